"""What stands beside a transcript: every part of the report, in words, with quotes that play."""

import re
from dataclasses import replace
from io import BytesIO
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine
from sqlmodel import Session, select

from analyzer.agenda import Coverage
from analyzer.coaching import Coaching
from analyzer.summary import Summary
from models.database import session_scope
from models.tables import Correction, Deal, User
from tests.api.conftest import People
from tests.models.kept_calls import fixture_report
from tests.pages.conftest import Pages
from tests.pages.heard_calls import ENGLISH, FRENCH, heard_call
from tests.rendered import HOSTILE, understood_call

PARTS = ("summary", "tips", "agenda", "steps", "questions", "objections", "prices")
MORE = ("competitors", "topics", "metrics", "comments", "clips")


def _speaks(engine: Engine, user: User, language: str) -> None:
    with session_scope(engine) as session:
        session.get_one(User, user.id).language = language


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        (ENGLISH, "en", ("Tips", "Agenda", "Next steps", "Objections", "Numbers")),
        (ENGLISH, "fr", ("Conseils", "Ordre du jour", "Prochaines étapes", "appel en chiffres")),
        (FRENCH, "fr", ("Conseils", "Vendeur", "Client", "Sujets abordés")),
    ],
)
def test_every_part_is_there_in_the_readers_language(
    pages: Pages, people: People, engine: Engine, name: str, language: str, words: tuple[str, ...]
) -> None:
    _speaks(engine, people.rep, language)
    page = pages(people.rep).get(f"/calls/{heard_call(engine, people.rep, name)}").text
    for part in (*PARTS, *MORE):
        assert f'id="{part}"' in page
        assert f'href="#{part}"' in page
    for word in words:
        assert f">{word}" in page or f"{word}<" in page or word in page


def test_a_quote_plays_here_and_without_scripts_leads_to_its_second(
    pages: Pages, people: People, engine: Engine
) -> None:
    call_id = heard_call(engine, people.rep)
    page = pages(people.rep).get(f"/calls/{call_id}").text
    quotes = re.findall(r'class="quote (\w+)" href="(\S+)" data-play="([\d.]+)"', page)
    assert len(quotes) > 5
    assert {side for side, _, _ in quotes} <= {"seller", "buyer", "unknown"}
    assert all(path == f"/calls/{call_id}?at={at}" for _, path, at in quotes)


def test_each_number_says_how_it_is_made(pages: Pages, people: People, engine: Engine) -> None:
    page = pages(people.rep).get(f"/calls/{heard_call(engine, people.rep)}").text
    numbers = page.split('id="metrics"')[1].split("</section>")[0]
    assert numbers.count("<details>") == len(fixture_report(ENGLISH).metrics)
    assert "seller speaking time" in numbers.lower() or "talk time" in numbers.lower()
    assert "Formula" in numbers


def test_parts_without_anything_say_so(pages: Pages, people: People, engine: Engine) -> None:
    bare = replace(
        fixture_report(ENGLISH),
        moments=(),
        coverage=Coverage(),
        topics=(),
        summary=Summary(),
        coaching=Coaching(),
        scorecards=(),
    )
    call_id = heard_call(engine, people.rep, report=bare)
    page = pages(people.rep).get(f"/calls/{call_id}").text
    for said in (
        "No price was talked about.",
        "No competitor was named.",
        "No next step was heard.",
        "nothing to tick off",
        "Nothing in this call stands out",
        "No objections from the buyer",
        "too short to be split",
        "No comments on this call yet.",
    ):
        assert said in page


def test_words_of_a_call_are_escaped(pages: Pages, people: People, engine: Engine) -> None:
    hostile = understood_call(HOSTILE)
    call_id = heard_call(engine, people.rep, report=hostile, title="<b>Hostile</b>")
    page = pages(people.rep).get(f"/calls/{call_id}").text
    assert "onerror=alert(1)&gt;" in page
    assert "<img src=x" not in page
    assert "<b>Hostile" not in page


def test_a_tip_is_set_aside_and_taken_up_again(
    pages: Pages, people: People, engine: Engine
) -> None:
    call_id, client = heard_call(engine, people.rep), pages(people.rep)
    tip = fixture_report(ENGLISH).coaching.improve[0]
    assert f'value="{tip.rule}"' in client.get(f"/calls/{call_id}").text
    done = client.post(f"/calls/{call_id}/tips/set-aside", data={"rule": tip.rule})
    assert (done.status_code, done.headers["location"]) == (303, f"/calls/{call_id}#tips")
    page = client.get(f"/calls/{call_id}").text
    assert f'value="{tip.rule}"' not in page
    assert "A tip was set aside on" in page
    with Session(engine) as session:
        row = session.exec(select(Correction).where(Correction.call_id == call_id)).one()
    undo = f"/calls/{call_id}/tips/{row.id}/restore"
    assert undo in page
    assert client.post(undo).status_code == 303
    assert f'value="{tip.rule}"' in client.get(f"/calls/{call_id}").text


def test_an_unknown_tip_cannot_be_set_aside(pages: Pages, people: People, engine: Engine) -> None:
    call_id = heard_call(engine, people.rep)
    told = pages(people.rep).post(f"/calls/{call_id}/tips/set-aside", data={"rule": ""})
    assert told.status_code == 422


def _path(call_id: UUID, part: str) -> str:
    return f"/calls/{call_id}/{part}"


def test_strangers_find_nothing(pages: Pages, people: People, engine: Engine) -> None:
    call_id = heard_call(engine, people.rep)
    for who in (people.stranger, people.peer, people.boss):
        client = pages(who)
        for part in ("comments", "clips", "report.pdf"):
            assert client.get(_path(call_id, part)).status_code == 404
        assert client.post(_path(call_id, "comments"), data={"text": "Hi"}).status_code == 404
        clip = {"title": "x", "start": "1", "end": "9"}
        assert client.post(_path(call_id, "clips"), data=clip).status_code == 404
        tip = {"rule": "long_monologue"}
        assert client.post(_path(call_id, "tips/set-aside"), data=tip).status_code == 404


def test_the_deal_stands_first_with_what_may_go_wrong(
    pages: Pages, people: People, engine: Engine
) -> None:
    with session_scope(engine) as session:
        deal = Deal(name="Vantage <rollout>", rep_id=people.rep.id, stage="proposal")
        deal.amount_minor, deal.currency = 4_800_000, "EUR"
        session.add(deal)
        session.flush()
        deal_id = deal.id
    call_id = heard_call(engine, people.rep, deal_id=deal_id)
    page = pages(people.rep).get(f"/calls/{call_id}").text
    panel = page.split('id="deal"')[1].split("</section>")[0]
    assert f'href="/deals/{deal_id}"' in panel
    assert "Vantage &lt;rollout&gt;" in panel
    assert "€48,000" in panel
    assert "Proposal" in panel


@pytest.mark.parametrize(("name", "language"), [(ENGLISH, "fr"), (FRENCH, "en")])
def test_the_report_is_a_pdf_to_keep(
    pages: Pages, people: People, engine: Engine, name: str, language: str
) -> None:
    _speaks(engine, people.rep, language)
    call_id = heard_call(engine, people.rep, name, title="A <call> & more")
    made = pages(people.rep).get(f"/calls/{call_id}/report.pdf")
    assert made.headers["content-type"] == "application/pdf"
    assert made.headers["cache-control"] == "private, no-store"
    text = "\n".join(one.extract_text() for one in PdfReader(BytesIO(made.content)).pages)
    wanted = {
        "en": ("Coaching", "Agenda", "Next steps", "Objections", "Seller"),
        "fr": ("Conseils", "Ordre du jour", "Prochaines étapes", "Objections", "Vendeur"),
    }
    for words in wanted[language]:
        assert words in text
