"""What a transcript file says, before and after it is laid out as a hearing."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from analyzer.names import whose_name
from analyzer.recording import Meeting, Participant
from analyzer.speech import Hearing, SpeakerId
from analyzer.transcripts.signing import side_of

MOST_WORDS = 500_000
"""More than a day of talk."""
FileKind = Literal["vtt", "srt", "json", "txt"]
WrittenNotice = Literal["no_speakers", "some_speakers", "rough_times", "mended_times"]
"""What a transcript lacks.

`no_speakers`: nobody is told from anybody, so nor are sides. `some_speakers`: what nobody signed
went to the speaker before. `rough_times`: ends, or all times, were reckoned from the text.
`mended_times`: some times went backwards or ended before they began.
"""


class Unfit(Exception):
    """Something in a file that cannot be used, and where; the reader adds the file's name."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word as a file has it; None where the file does not say when."""

    text: str
    start: float | None = None
    end: float | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Piece:
    """What one speaker says at once, in seconds; `place` says where in the file it stands.

    Where there are `words`, `text` does not count.
    """

    text: str = ""
    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    words: tuple[Said, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A file as read; `maker` says whose format it is."""

    source: FileKind
    maker: str
    pieces: tuple[Piece, ...]
    language: str | None = None
    title: str | None = None
    started_at: datetime | None = None
    duration_s: float | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """What the file calls speakers, by the labels that its pieces have."""


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call as its transcript tells it; `names` are of those speakers who have one."""

    hearing: Hearing
    names: Mapping[SpeakerId, str]
    source: FileKind
    title: str | None = None
    started_at: datetime | None = None
    notices: tuple[WrittenNotice, ...] = ()

    def hearing_in(self, language: str | None) -> Hearing:
        """The hearing, in the language that somebody told; None keeps what was found."""
        if language is None:
            return self.hearing
        return replace(self.hearing, language=language, language_certainty=1.0)

    def meeting(self, known: Meeting) -> Meeting:
        """What is known of the meeting, with what the file says of it where nothing is known.

        Who speaks and is not among the participants joins them, on a side that is yet to be told
        unless the name is a role: "Agent", "Customer".
        """
        invited = [one.name for one in known.participants]
        strangers = (name for name in self.names.values() if whose_name(name, invited) is None)
        return replace(
            known,
            title=known.title or self.title,
            started_at=known.started_at or self.started_at,
            participants=(
                *known.participants,
                *(Participant(name, side_of(name)) for name in strangers),
            ),
        )
