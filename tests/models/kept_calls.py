"""Calls to keep: the fixtures', understood without models, and small ones made by hand."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from analyzer import CallReport, Hearing, load_meeting
from analyzer.codec import hearing_from_json
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Meeting
from analyzer.understanding import Readers, understand_with
from fixtures.make_calls import CALLS, SOURCES
from models.tables import Call, User

FIXTURES = tuple(SOURCES)


def new_call(session: Session, **columns: Any) -> Call:
    """A call of a rep of its own."""
    rep = User(email=f"{uuid4().hex}@talk.example", name="Rep")
    session.add(rep)
    session.flush()
    started_at = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
    call = Call(**{"title": "A call", "rep_id": rep.id, "started_at": started_at, **columns})
    session.add(call)
    session.flush()
    return call


@cache
def fixture_hearing(name: str) -> Hearing:
    """What was heard of a fixture."""
    return hearing_from_json(json.loads((CALLS / name / "hearing.json").read_text("utf-8")))


@cache
def fixture_report(name: str) -> CallReport:
    """A fixture understood without models."""
    return understood(fixture_hearing(name), load_meeting(meeting_file(name)))


def meeting_file(name: str) -> Path:
    """What was known of a fixture."""
    return CALLS / name / "meeting.json"


def understood(hearing: Hearing, meeting: Meeting | None = None) -> CallReport:
    """A hearing understood without models."""
    return understand_with(hearing, meeting or Meeting(), standard_playbook(), Readers())
