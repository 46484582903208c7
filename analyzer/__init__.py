"""Talktrack's library: hear a sales call, then understand it."""

from analyzer.engines import EngineChoice, Engines, load_engines
from analyzer.errors import (
    AnalyzerError,
    BadMeeting,
    BadRecording,
    BadReport,
    EngineFailed,
    EngineMissing,
    OutOfRoom,
)
from analyzer.meeting_file import load_agenda, load_meeting
from analyzer.pipeline import analyze, hear, understand
from analyzer.recording import AgendaItem, Meeting, Participant, Recording, Side
from analyzer.report import CallReport
from analyzer.speech import Hearing

__all__ = [
    "AgendaItem",
    "AnalyzerError",
    "BadMeeting",
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
    "Recording",
    "Side",
    "analyze",
    "hear",
    "load_agenda",
    "load_engines",
    "load_meeting",
    "understand",
]
