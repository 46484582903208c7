"""Talktrack's library: hear a sales call, then understand it."""

from analyzer.engines import EngineChoice, Engines, load_engines
from analyzer.errors import (
    AnalyzerError,
    BadCorrection,
    BadMeeting,
    BadPlaybook,
    BadRecording,
    BadReport,
    BadTranscript,
    EngineFailed,
    EngineMissing,
    OutOfRoom,
)
from analyzer.meeting_file import load_agenda, load_meeting
from analyzer.pipeline import analyze, hear, understand
from analyzer.playbook import Playbook
from analyzer.playbook_file import load_playbook, read_playbook
from analyzer.recording import AgendaItem, Meeting, Participant, Recording, Side
from analyzer.report import CallReport
from analyzer.speech import Diarization, Hearing
from analyzer.transcripts import WrittenCall, load_transcript, read_transcript

__all__ = [
    "AgendaItem",
    "AnalyzerError",
    "BadCorrection",
    "BadMeeting",
    "BadPlaybook",
    "BadRecording",
    "BadReport",
    "BadTranscript",
    "CallReport",
    "Diarization",
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
    "WrittenCall",
    "analyze",
    "hear",
    "load_agenda",
    "load_engines",
    "load_meeting",
    "load_playbook",
    "load_transcript",
    "read_playbook",
    "read_transcript",
    "understand",
]
