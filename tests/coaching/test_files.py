"""The coaching report as a page, on paper and as JSON: all of it, and nothing that runs."""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from io import BytesIO
from typing import get_args

import pytest
from pypdf import PdfReader
from sqlmodel import Session

from api.coaching_files import FORMATS, coaching_html, coaching_json, coaching_pdf
from api.coaching_words import Pen, coaching_words
from models.behaviours import Share
from models.coaching.worth_hearing import Why
from models.tables.goals import GOAL_STATES
from tests.coaching.company import Company
from tests.coaching.full import told

LANGUAGES = ("en", "fr")
THIN = "\u202f"
HOSTILE = "<script>alert('1')</script> & {{ 7*7 }} \x07 日本 x"
each_language = pytest.mark.parametrize("language", LANGUAGES)


class Page(HTMLParser):
    """The words of a page, its tags, and whatever it would ask for or run."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.asked: list[str] = []
        self._words: list[str] = []
        self._is_code = False
        self.feed(content.decode())
        self.close()

    @property
    def text(self) -> str:
        return flat(" ".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._is_code = tag in {"script", "style"}
        self.asked += [
            name for name, _value in attrs if name in {"src", "href"} or name[:2] == "on"
        ]

    def handle_endtag(self, tag: str) -> None:
        self._is_code = False

    def handle_data(self, data: str) -> None:
        if not self._is_code:
            self._words.append(data)


def flat(text: str) -> str:
    return " ".join(text.replace(THIN, " ").replace("\xa0", " ").split())


def paper(content: bytes) -> str:
    return flat("\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def test_a_page_tells_all_of_it(session: Session) -> None:
    text = Page(coaching_html(told(session), "en")).text
    for said in (
        "Coaching report: Rita",
        "Calls: 9 (90 min); in the time before: 0",
        "Work on: Clarity, in 8 of 9 calls (89%)",
        "“What Rita said” Call 0 Rita, 17 November 2026, 1:02:05",
        "Next time: Try this",
        "Reps' part of the talking 44%",
        "November 2026",
        "Budget Rita Call 1 Rita, 5 November 2026, 01:01 4 of 8 (50%) 0 4",
        "Kept in time:",
        "Send Rita the offer (Other; due",
        "Due next: Send the offer (Open; due 23 November 2026)",
        "Meddic Metrics Call 1 Rita, 5 November 2026, 00:05 4 of 8 calls (50%)",
        "the deal was lost",
        "Let Rita listen (open; agreed 11 October 2026)",
        "aim: 45%",
        "Mona: Well said, Rita Call 0 Rita, 17 November 2026, 00:05",
        "(calls: 4, reps: 1)",
    ):
        assert said in text, said


def test_a_page_in_french(session: Session) -> None:
    text = Page(coaching_html(told(session), "fr")).text
    for said in (
        "Bilan de coaching : Rita",
        "À travailler : Clarté, dans 8 appels sur 9 (89 %)",
        "« What Rita said » Call 0 Rita, 17 novembre 2026, 1:02:05",
        "La prochaine fois : Try this",
        "l’affaire a été perdue",  # noqa: RUF001
        "en cours ; convenu le 11 octobre 2026",
    ):
        assert said in text, said


@each_language
def test_paper_tells_what_the_page_tells(session: Session, language: str) -> None:
    report = told(session)
    page = Page(coaching_html(report, language))
    words = set(paper(coaching_pdf(report, language)).split())
    assert len(page.text.split()) > 200
    assert [one for one in page.text.split() if one not in words] == []


def test_what_a_page_looks_like_is_none_of_its_words() -> None:
    page = Page(b"<style>@page {}</style><p>Told</p><script>run()</script> and <b>so</b>")
    assert (page.text, page.tags) == ("Told and so", ["style", "p", "script", "b"])


@each_language
def test_nothing_in_a_page_runs_or_asks(session: Session, language: str) -> None:
    content = coaching_html(told(session, HOSTILE), language)
    page = Page(content)
    assert "script" not in page.tags
    assert page.asked == []
    assert b"default-src &#39;none&#39;; style-src &#39;sha256-" in content
    assert "<script>alert('1')</script> & {{ 7*7 }} \ufffd 日本 x" in page.text
    assert b"\x07" not in content
    assert b"@media print" in content


@each_language
def test_paper_takes_any_name(
    session: Session, language: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = paper(coaching_pdf(told(session, HOSTILE), language))
    assert "<script>alert('1')</script> & {{ 7*7 }}" in text
    assert caplog.text == ""


def test_json_is_what_the_api_gives(session: Session) -> None:
    report = told(session)
    kept = json.loads(coaching_json(report))
    assert kept["rep_name"] == "Rita"
    assert kept["heard"]["calls"] == report.heard.calls
    assert kept["areas"][0]["quotes"][0]["replay"]["start_s"] == 3725.0
    assert len(kept["behaviours"]) == len(report.behaviours)


@each_language
@pytest.mark.parametrize("ending", FORMATS)
def test_a_rep_without_calls_has_a_report(company: Company, ending: str, language: str) -> None:
    content = FORMATS[ending](company.report(), language)
    if ending == "html":
        text = Page(content).text
        assert coaching_words(language)("report.nothing") in text
        assert "Rita" in text


def test_languages_have_the_same_words_with_the_same_blanks() -> None:
    english, french = (coaching_words(one).phrases for one in LANGUAGES)
    assert set(english) == set(french)
    assert blanks(english) == blanks(french)


def blanks(phrases: Mapping[str, str]) -> dict[str, set[str]]:
    pieces = {key: phrase.split("{")[1:] for key, phrase in phrases.items()}
    return {key: {one.partition("}")[0] for one in found} for key, found in pieces.items()}


def test_every_reason_and_state_has_words() -> None:
    phrases = set(coaching_words("en").phrases)
    assert {f"hear.{one}" for one in get_args(Why)} == {
        one for one in phrases if one.startswith("hear.")
    }
    assert {f"state.{one}" for one in GOAL_STATES} <= phrases


def test_days_are_those_where_the_rep_works(session: Session) -> None:
    report = told(session)
    pen = Pen(coaching_words("en"), "Pacific/Auckland")
    assert pen.day(report.made_at) == "21 November 2026"
    assert (
        Pen(coaching_words("en"), report.zone).moment(report.made_at) == "20 November 2026, 19:00"
    )


def test_a_share_of_nothing_is_a_dash() -> None:
    pen = Pen(coaching_words("en"), "UTC")
    assert pen.share(Share(0, 0, None, None, None)) == "–"  # noqa: RUF001
    assert pen.calls(Share(1, 3, 1 / 3, 0.1, 0.8)) == "1 of 3 calls (33%)"
