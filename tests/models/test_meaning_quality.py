"""With the real weights, what people ask for in other words is found, also across languages."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import true
from sqlmodel import Session

from analyzer.engines.e5 import E5Embedder
from analyzer.transcript import Transcript, assemble
from models.meaning_space import place_question
from models.passages import passage_rows
from models.search import SearchFilters, meaning
from models.tables import Call, Passage, User
from tests.builders import conversation
from tests.models.market import held, person

FIXTURES = Path(__file__).parents[2] / "fixtures"
OTHERS = ("en/a0[1-3]*.yaml", "fr/c0[1-3]*.yaml")
"""Calls that hold nothing of what is asked."""
SAME = {
    "where is customer information physically stored?": "Ohio",
    "how fast must a security breach be reported to us": "seventy-two",
    "nurses share the same password": "shared logins",
    "he refuses because spending was frozen": "froze everything",
    "they are tied to another supplier until summer": "until next June",
    "l'employée qui s'occupe des plannings s'en va": "retraite",
    "qui doit valider la dépense ?": "directrice financière, qui signe",
    "les conducteurs craignent d'être espionnés": "surveiller",
    "c'est deux fois plus cher que la concurrence": "moitié du prix",
    "rachat d'une entreprise en cours": "racheter",
}
ACROSS = {
    "drivers fear being tracked": "surveiller",
    "penalties for late deliveries": "pénalités",
    "the planner is retiring in December": "retraite",
    "how much are they ready to spend per year": "quarante mille",
    "planning done on a map on the wall": "carte, au mur",
    "où sont hébergées les données des patients ?": "Ohio",
    "délai de notification en cas d'incident de sécurité": "seventy-two",
    "le test d'intrusion est trop vieux": "penetration test",
    "contrat en cours jusqu'en juin avec un concurrent": "until next June",
    "pas de budget cette année, tout est gelé": "froze everything",
}
FIRST = 3


@cache
def embedder() -> E5Embedder:
    return E5Embedder()


def scripts() -> Iterator[Any]:
    paths = sorted((FIXTURES / "calls").glob("*/script.yaml"))
    paths += [path for some in OTHERS for path in sorted((FIXTURES / "scripts").glob(some))]
    return (yaml.safe_load(path.read_text("utf-8")) for path in paths)


def heard(script: Any) -> Transcript:
    names: dict[str, str] = {}
    said = [
        (names.setdefault(turn["speaker"], f"S{len(names) + 1}"), turn["text"])
        for turn in script["turns"]
    ]
    return assemble(conversation(said, script["language"]))


def keep(session: Session, rep: User, script: Any) -> Call:
    """The call with its utterances and passages."""
    transcript = heard(script)
    lines = [one.text for one in transcript.utterances]
    call = held(session, rep, lines, language=script["language"])
    rows = passage_rows(transcript, (), embedder())
    session.add_all(Passage(call_id=call.id, **row) for row in rows)
    return call


def nearest(session: Session, question: str) -> list[str]:
    """What is said in the passages nearest to a question, whichever call they are of."""
    vector = place_question(question, embedder())
    search = meaning._Search(session, vector, [true()], SearchFilters())
    rows = meaning._nearest(search)[0][:FIRST]
    snippets = meaning._snippets(session, rows)
    return [" ".join(line.text for line in one.lines) for some in snippets.values() for one in some]


@pytest.mark.engine
def test_what_is_meant_is_among_the_first_three(session: Session) -> None:
    rep = person(session, "ann")
    for script in scripts():
        keep(session, rep, script)
    session.flush()
    missed = {
        name: [
            question
            for question, words in asked.items()
            if not any(words in said for said in nearest(session, question))
        ]
        for name, asked in (("same", SAME), ("across", ACROSS))
    }
    assert len(missed["same"]) <= 3, missed
    assert len(missed["across"]) <= 3, missed
