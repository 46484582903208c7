"""The report of a call: everything said about it, in one value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from analyzer.agenda import Coverage
from analyzer.call_type import CallType
from analyzer.coaching import Coaching
from analyzer.metrics import Metric
from analyzer.moments import Moment
from analyzer.playbook import Texts
from analyzer.recording import Meeting, Side
from analyzer.scorecards import FilledScorecard
from analyzer.sides import Speaker
from analyzer.speech import Hearing
from analyzer.summary import Summary
from analyzer.topics import Topic
from analyzer.transcript import Transcript

SCHEMA = "talktrack/report/1"

Notice = Literal[
    "no_speech",
    "no_words",
    "language_uncertain",
    "one_voice",
    "one_voice_written",
    "sides_unknown",
    "times_reckoned",
]
"""What a reader must know first; each is worded in every language of the formats."""

_SURE_LANGUAGE = 0.5


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a rep and a manager read; `engines` says which models heard the call."""

    meeting: Meeting
    transcript: Transcript
    speakers: tuple[Speaker, ...]
    metrics: Mapping[str, Metric]
    channels: int = 1
    engines: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    moments: tuple[Moment, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    topics: tuple[Topic, ...] = ()
    call_type: CallType = field(default_factory=CallType)
    scorecards: tuple[FilledScorecard, ...] = ()
    summary: Summary = field(default_factory=Summary)
    coaching: Coaching = field(default_factory=Coaching)
    titles: Mapping[str, Texts] = field(default_factory=dict)
    """What the playbook calls the ids of call types and trackers, as "call_type.demo"."""


def words_of(report: CallReport) -> CallReport:
    """The report without what was made of the words: who said what, and no more."""
    return CallReport(
        meeting=report.meeting,
        transcript=report.transcript,
        speakers=report.speakers,
        metrics={},
        channels=report.channels,
        engines=report.engines,
        notices=report.notices,
    )


def notices_of(hearing: Hearing, speakers: Sequence[Speaker]) -> tuple[Notice, ...]:
    """What limits the report of a hearing, the gravest alone when there is nothing to read."""
    if not hearing.diarization.turns:
        return ("no_speech",)
    if not hearing.words:
        return ("no_words",)
    notices: list[Notice] = []
    if hearing.language_certainty < _SURE_LANGUAGE:
        notices.append("language_uncertain")
    if len(speakers) == 1:
        notices.append("one_voice_written" if hearing.is_written else "one_voice")
    elif not {Side.SELLER, Side.BUYER} <= {speaker.side for speaker in speakers}:
        notices.append("sides_unknown")
    if hearing.has_reckoned_times:
        notices.append("times_reckoned")
    return tuple(notices)
