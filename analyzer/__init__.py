"""Talktrack's library: hear a sales call, then understand it."""

from analyzer.engines import EngineChoice, Engines, load_engines
from analyzer.errors import (
    AnalyzerError,
    BadMeeting,
    BadPlaybook,
    BadRecording,
    BadReport,
    EngineFailed,
    EngineMissing,
    OutOfRoom,
)
from analyzer.meeting_file import load_agenda, load_meeting
from analyzer.pipeline import analyze, hear, understand
from analyzer.playbook import Playbook
from analyzer.playbook_file import load_playbook
from analyzer.recording import AgendaItem, Meeting, Participant, Recording, Side
from analyzer.report import CallReport
from analyzer.speech import Hearing

__all__ = [
    "AgendaItem",
    "AnalyzerError",
    "BadMeeting",
    "BadPlaybook",
    "BadRecording",
    "BadReport",
    "CallReport",
    "EngineChoice",
    "EngineFailed",
    "EngineMissing",
    "Engines",
    "Hearing",
    "Meeting",
    "OutOfRoom",
    "Participant",
    "Playbook",
    "Recording",
    "Side",
    "analyze",
    "hear",
    "load_agenda",
    "load_engines",
    "load_meeting",
    "load_playbook",
    "understand",
]
