"""What a person said of the speakers of a call: names and sides that no evidence outweighs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from analyzer.clues import Clue
from analyzer.lexicon import Lexicon
from analyzer.names import find, person_aliases, plain
from analyzer.recording import Participant, Side
from analyzer.speech import SpeakerId

SAID = 100.0
"""The weight of what a person said: more than all other evidence."""


@dataclass(frozen=True, slots=True)
class Known:
    """Names and sides by the diarizer's labels, or by the speakers of a report."""

    names: Mapping[SpeakerId, str] = field(default_factory=dict)
    sides: Mapping[SpeakerId, Side] = field(default_factory=dict)

    def then(self, later: "Known") -> "Known":
        """What is known once more was said."""
        return Known({**self.names, **later.names}, {**self.sides, **later.sides})

    def by_id(self, heard_as: Mapping[SpeakerId, SpeakerId]) -> "Known":
        """What is known of labels, of the speakers of a report that are there."""
        ids = {label: speaker for speaker, label in heard_as.items()}
        return Known(
            {ids[label]: name for label, name in self.names.items() if label in ids},
            {ids[label]: side for label, side in self.sides.items() if label in ids},
        )

    def clues(self, seats: Sequence[Participant]) -> Iterator[Clue]:
        """For each side, and for the seat of someone named, unless it is on another side."""
        for speaker, side in self.sides.items():
            if side != Side.UNKNOWN:
                yield Clue(speaker, side, SAID, "")
        for speaker, name in self.names.items():
            seat = _seat(name, seats)
            if seat is not None:
                sides = {self.sides.get(speaker, Side.UNKNOWN), seats[seat].side}
                if len(sides - {Side.UNKNOWN}) < 2:
                    yield Clue(speaker, seat, SAID, "")

    def reasons(self, speaker: SpeakerId, lexicon: Lexicon) -> list[str]:
        """That a person said who it is, or on which side; nothing where nobody did."""
        match speaker in self.names, speaker in self.sides:
            case True, True:
                return [lexicon.why("said_both")]
            case True, False:
                return [lexicon.why("said_name")]
            case False, True:
                return [lexicon.why("said_side")]
        return []


def _seat(name: str, seats: Sequence[Participant]) -> int | None:
    """The one seat that a name, or a part of it, is written for."""
    words = plain(name)
    match = find(words, person_aliases([person.name for person in seats]))
    if match and match.is_exact and match.length == len(words) and len(match.owners) == 1:
        return next(iter(match.owners))
    return None
