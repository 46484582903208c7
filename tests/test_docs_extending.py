"""docs/extending.md and docs/playbook.md are so: their examples load and do what they say."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from analyzer import lexicon as lexicons
from analyzer import metrics
from analyzer.formats.wording import wording
from analyzer.lexicon import load_lexicon, phrases_of
from analyzer.playbook import Playbook, merged
from analyzer.playbook_file import load_playbook, standard_playbook
from analyzer.report import CallReport
from tests.builders import BUYER, SELLER, call_report, talk, words
from tests.docs_playbook import PAGE, playbook_tables

DOCS = PAGE.parent
SECTIONS = dict(
    re.findall(
        r"^## (.*?)(?::.*?)?\n(.*?)(?=^## |\Z)",
        (DOCS / "extending.md").read_text("utf-8"),
        re.DOTALL | re.MULTILINE,
    )
)
PLAYBOOK, LANGUAGE, FINDER, METRIC = SECTIONS.values()


def blocks(section: str, language: str) -> Sequence[str]:
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def load(text: str, folder: Path) -> Playbook:
    (folder / "team.toml").write_text(text, "utf-8")
    return load_playbook(folder / "team.toml")


def call() -> CallReport:
    return call_report([(SELLER, words("Hello there", 0.0)), (BUYER, words("Good morning", 5.0))])


def test_every_section_says_at_most_three_files() -> None:
    for section in SECTIONS.values():
        steps = re.findall(r"^\d\. |and (\d)\. ", section, re.MULTILINE)
        assert len(steps) <= 3


@pytest.mark.parametrize("block", blocks(PLAYBOOK, "toml"))
def test_each_entry_of_a_playbook_loads_alone(block: str, tmp_path: Path) -> None:
    assert load(block, tmp_path) != standard_playbook()


def test_all_entries_load_together(tmp_path: Path) -> None:
    both = load("\n".join(blocks(PLAYBOOK, "toml")), tmp_path)
    for key in ("trackers", "tips", "scorecards", "competitors", "agendas"):
        assert len(getattr(both, key)) == len(getattr(standard_playbook(), key)) + 1


def test_the_tip_speaks_of_what_it_measures(tmp_path: Path) -> None:
    own = load(blocks(PLAYBOOK, "toml")[1], tmp_path).tips[-1]
    assert own.conditions[0].measure in own.finding["en"]


def test_a_language_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lexicons").mkdir()
    (block,) = blocks(LANGUAGE, "toml")
    (tmp_path / "lexicons" / "it.toml").write_text(block, "utf-8")
    monkeypatch.setattr(lexicons, "files", lambda _package: tmp_path)
    italian = lexicons.load_lexicon.__wrapped__("it")
    assert italian.is_question("quanto costa")
    assert not italian.is_question("costa molto")
    assert italian.is_backchannel("Sì, certo.")
    assert italian.finds("objection.price", " ^ e troppo caro per noi ")


def test_the_finder_finds(tmp_path: Path) -> None:
    (code,), (words_of_it,) = blocks(FINDER, "python"), blocks(FINDER, "toml")
    found: dict[str, object] = {}
    exec(compile(code, "referrals.py", "exec"), found)  # noqa: S102 (the page's own code)
    offers = tomllib.loads(words_of_it)["cues"]["referral"]["offer"]
    cues = {"referral.offer": phrases_of(tuple(offers), "en")}
    said = [(SELLER, "I can introduce you to a client."), (BUYER, "Let me introduce you to Ann.")]
    conversation = replace(talk(said), lexicon=replace(load_lexicon("en"), cues=cues))
    (moment,) = found["find_referrals"](conversation)  # type: ignore[operator]
    assert (moment.kind, moment.quote.text) == ("positive", "Let me introduce you to Ann.")


def test_the_metric_measures() -> None:
    (code,) = blocks(METRIC, "python")
    names = dict(vars(metrics))
    exec(compile(code, "metrics.py", "exec"), names)  # noqa: S102 (the page's own code)
    report = call()
    sides = {speaker.id: speaker.side for speaker in report.speakers}
    heard = metrics._Call(report.transcript, sides)
    assert names["BUYER_SHARE"].compute(heard).value == pytest.approx(0.9 / 30, abs=0.01)


def test_the_metric_is_worded_like_the_others() -> None:
    (block,) = blocks(METRIC, "toml")
    ((_, phrases),) = tomllib.loads(block)["metric"].items()
    assert {f"metric.talk_ratio.{key}" for key in phrases} == {
        key for key in wording("en").phrases if key.startswith("metric.talk_ratio.")
    }


def test_the_example_of_a_playbook_is_read_whole(tmp_path: Path) -> None:
    (example,) = blocks(PAGE.read_text("utf-8"), "toml")
    table = tomllib.loads(example)
    both = load(example, tmp_path)
    assert set(table) == set(Playbook.__dataclass_fields__)
    assert {one.id for one in both.tips} >= {"asks-many-questions", "visit-without-date"}
    assert both.agenda_for("site_visit")[1].minutes == 10
    assert merged(standard_playbook(), Playbook(disabled=("verbal_tics",))) != standard_playbook()


def test_the_keys_of_the_page_are_those_of_the_definitions() -> None:
    page = PAGE.read_text("utf-8")
    assert playbook_tables() in page, "run: python -m tests.docs_playbook --write"
