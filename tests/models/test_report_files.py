import json
import re
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlmodel import Session

from analyzer.codec import dumps_report, hearing_from_json, report_to_json
from analyzer.corrections import FixWords, NameSpeaker
from analyzer.errors import BadReport
from analyzer.formats import FORMATS, Rendering
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Meeting
from analyzer.speech import Span, SpeakerId
from analyzer.understanding import Readers, understand_with
from models.errors import BadInput, Missing
from models.hearings import keep_hearing
from models.report_files import MEDIA_TYPES, render
from models.reports import keep_report, load_report
from models.tables import Correction
from tests.builders import conversation
from tests.models.kept_calls import FIXTURES, fixture_hearing, fixture_report, new_call, understood


def placeless(written: str) -> str:
    """Without what a millisecond, or a thousandth of certainty, may move by a hair's breadth."""
    return re.sub(r'\d+\.\d{3}(?!\d)| class="doubt"', "", written)


@pytest.mark.parametrize("name", FIXTURES)
def test_a_report_comes_back_as_it_was_understood(session: Session, name: str) -> None:
    call, report = new_call(session), fixture_report(name)
    keep_report(session, call, report)
    loaded = load_report(session, call.id)
    assert report_to_json(loaded) == report_to_json(report)
    assert list(loaded.metrics) == list(report.metrics)
    assert replace(loaded, transcript=report.transcript) == report
    assert loaded.transcript.heard_as == report.transcript.heard_as


@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize("form", FORMATS)
def test_every_file_is_written_as_at_first(session: Session, name: str, form: str) -> None:
    call, report = new_call(session), fixture_report(name)
    keep_report(session, call, report)
    media_type, written = render(session, call.id, form)
    assert placeless(written) == placeless(FORMATS[form](report, Rendering()))
    assert media_type == MEDIA_TYPES[form]


def test_a_page_is_in_the_readers_language_and_without_sound(session: Session) -> None:
    call = new_call(session, title="Rendez-vous <b>")
    keep_report(session, call, understood(conversation([("A", "Hello there.")]), Meeting()))
    _, page = render(session, call.id, "html", language="fr")
    assert '<html lang="fr"' in page
    assert "Rendez-vous &lt;b&gt;" in page
    assert "data:audio" not in page


def test_json_and_hearing_are_served_as_json(session: Session) -> None:
    call = new_call(session)
    keep_hearing(session, call, fixture_hearing(FIXTURES[0]))
    keep_report(session, call, fixture_report(FIXTURES[0]))
    media_type, written = render(session, call.id, "json")
    assert media_type == "application/json"
    assert json.loads(written) == json.loads(dumps_report(fixture_report(FIXTURES[0])))
    media_type, written = render(session, call.id, "hearing")
    assert media_type == "application/json"
    assert hearing_from_json(json.loads(written)) == fixture_hearing(FIXTURES[0])


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_there_is_no_file_before_there_is_a_report(session: Session, form: str) -> None:
    call = new_call(session)
    for one in (call.id, uuid4()):
        with pytest.raises(Missing, match="wait until"):
            render(session, one, form)


@pytest.mark.parametrize("form", ["pdf", "", "../json", "x" * 9000])
def test_a_format_that_nobody_writes_is_refused(session: Session, form: str) -> None:
    with pytest.raises(BadInput, match="known: hearing, html, json") as refusal:
        render(session, new_call(session).id, form)
    assert len(str(refusal.value)) < 200


def test_a_report_is_shown_as_understood_whatever_was_put_right_since(session: Session) -> None:
    heard = conversation([("A", "One two three."), ("B", "Four five.")])
    names = [NameSpeaker(SpeakerId("A"), "Ann")]
    report = understand_with(heard, Meeting(), standard_playbook(), Readers(), names)
    call = new_call(session)
    keep_hearing(session, call, heard)
    keep_report(session, call, report, corrections=1)
    later = FixWords(Span(0.0, 2.0), SpeakerId("A"), "Entirely other words than these")
    what = {"start": later.span.start, "end": later.span.end, "speaker": "A", "text": later.text}
    session.add(Correction(call_id=call.id, kind="fix_words", what=what))
    session.flush()
    _, written = render(session, call.id, "txt")
    assert "Ann: One two three." in written


def test_a_report_of_another_version_is_to_be_understood_again(session: Session) -> None:
    call = new_call(session)
    keep_report(session, call, fixture_report(FIXTURES[0]))
    session.execute(text("UPDATE report SET kept = NULL"))
    with pytest.raises(BadReport, match="understand the call again"):
        load_report(session, call.id)


def test_no_file_of_the_disk_is_read_for_a_page(session: Session, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"secret")
    call = new_call(session, title=str(secret))
    keep_report(session, call, understood(conversation([("A", "Hello there.")])))
    _, page = render(session, call.id, "html")
    assert "c2VjcmV0" not in page
