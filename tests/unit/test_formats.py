import dataclasses
import re
from datetime import datetime
from html import unescape
from typing import get_args

import pytest

from analyzer.formats import FORMATS, Rendering
from analyzer.playbook_file import standard_playbook
from analyzer.recording import DealLink, Meeting, Participant, Side
from analyzer.report import Notice
from analyzer.understanding import Readers, understand_with
from tests.builders import call_report, conversation
from tests.rendered import render, short_call


@pytest.mark.parametrize("name", FORMATS)
def test_says_who_said_what(name: str) -> None:
    written = re.sub(r"<[^v][^>]*>", "", render(short_call(), name))
    assert "Tom" in written
    assert "Hello" in written
    assert "thanks" in written


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("html", "a été entendu."),
        ("md", "a été entendu."),
        ("txt", "a été entendu."),
        ("srt", ""),
        ("vtt", "WEBVTT\n"),
    ],
)
def test_writes_a_call_in_which_nothing_was_said(name: str, expected: str) -> None:
    assert expected in render(call_report([], language="fr", duration_s=0.0), name)


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_follows_the_language_of_the_call_unless_told(name: str) -> None:
    french = short_call(language="fr")
    assert "Client" in render(french, name) or "client" in render(french, name)
    assert "buyer" in render(french, name, Rendering(language="en")).lower()


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_tells_the_meeting(name: str) -> None:
    meeting = Meeting(
        title="Demo",
        started_at=datetime.fromisoformat("2026-09-03T14:00:00-05:00"),
        deal=DealLink(name="Harbour"),
    )
    written = render(short_call(meeting=meeting), name)
    assert "Demo" in written
    assert "3 September 2026, 14:00" in written
    assert "Harbour" in written


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_puts_notices_first(name: str) -> None:
    report = dataclasses.replace(short_call(), notices=("sides_unknown",))
    written = render(report, name)
    assert written.index("We could not tell for sure") < written.index("Hello")


def seen(written: str) -> str:
    """What a reader meets, labels and hints included."""
    written = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", written)
    hints = re.findall(r'(?:title|aria-label|placeholder|data-\w+)="([^"]*)"', written)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", written), *hints]))


@pytest.mark.parametrize(
    ("language", "said", "foreign"),
    [
        (
            "fr",
            [("A", "Bonjour Tom. Notre budget est serré."), ("B", "Il pleut."), ("C", "Oui.")],
            r"\b(the|is|of|who|not|says|seller|buyer|voices?|talk|replies)\b",
        ),
        (
            "en",
            [("A", "Hello, Tom. Our budget is tight."), ("B", "It rains."), ("C", "Yes.")],
            r"\b(les?|la|des?|qui|dit|vendeur|client|voix|parole)\b",
        ),
    ],
)
@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_a_page_is_in_one_language(
    name: str, language: str, said: list[tuple[str, str]], foreign: str
) -> None:
    meeting = Meeting(participants=(Participant("Tom", Side.SELLER),))
    heard = conversation(said, language)
    report = understand_with(heard, meeting, standard_playbook(), Readers())
    report = dataclasses.replace(report, notices=get_args(Notice))
    assert re.findall(foreign, seen(render(report, name)).lower()) == []


def test_falls_back_on_the_file_name_for_a_title() -> None:
    assert "# call\\_1.mp3\n" in render(short_call(), "md", Rendering(file_name="call_1.mp3"))
