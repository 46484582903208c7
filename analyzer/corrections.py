"""What a person put right, applied on top of what was heard; the hearing itself stays as it is.

Speakers go by the diarizer's own labels, which stay when S1, S2... are counted anew, and words
by when they are said, on the recording's own clock.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from analyzer.known_speakers import Known
from analyzer.recording import Side
from analyzer.regrouping import Giver, handed_over, in_order, renamed
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.timeline import distance_s, union
from analyzer.transcript import PAUSE_S, with_owners

ADDED = "added "
"""How the label of a speaker starts whom nobody had heard apart."""


@dataclass(frozen=True, slots=True)
class NameSpeaker:
    """A speaker is called by another name."""

    speaker: SpeakerId
    name: str


@dataclass(frozen=True, slots=True)
class SetSide:
    """A speaker is on another side, or on none that is known."""

    speaker: SpeakerId
    side: Side


@dataclass(frozen=True, slots=True)
class SwapSides:
    """Whoever was told to sell buys, and the other way round."""


@dataclass(frozen=True, slots=True)
class MergeSpeakers:
    """Two speakers are one person, who goes on as `into`."""

    absorbed: SpeakerId
    into: SpeakerId


@dataclass(frozen=True, slots=True)
class GiveWords:
    """Words whose middle is in `span` are another speaker's; only those `of` one, if it is said."""

    span: Span
    to: SpeakerId
    of: SpeakerId | None = None


@dataclass(frozen=True, slots=True)
class FixWords:
    """A speaker's words whose middle is in `span` were others; no text means none were said."""

    span: Span
    speaker: SpeakerId
    text: str


@dataclass(frozen=True, slots=True)
class DismissTip:
    """The call gets no tip by a rule of the playbook; the next best takes its place."""

    rule: str


Correction = NameSpeaker | SetSide | SwapSides | MergeSpeakers | GiveWords | FixWords | DismissTip
NO_CORRECTIONS: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A correction that did not apply: its place in the order, and why in one line."""

    place: int
    correction: Correction
    why: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """A hearing as put right, and what else is to be known when it is understood.

    `known` is what was said of the speakers, cut wherever sides were swapped. `is_regrouped`
    when somebody's words became another's; `dismissed` are ids of tip rules.
    """

    hearing: Hearing
    known: tuple[Known, ...] = ()
    dismissed: frozenset[str] = frozenset()
    is_regrouped: bool = False
    skipped: tuple[Skipped, ...] = ()


def apply_corrections(hearing: Hearing, corrections: Sequence[Correction]) -> Corrected:
    """Apply corrections in order; one that is about nothing that is there now is skipped.

    Words that no correction is about stay with who said them, whatever becomes of the turns.
    """
    if not corrections:
        return Corrected(hearing)
    draft = _Draft(hearing)
    outcomes = [draft.put_right(one) for one in corrections]
    skipped = (Skipped(place, corrections[place], why) for place, why in enumerate(outcomes) if why)
    return replace(draft.corrected(), skipped=tuple(skipped))


def added_speaker(start_s: float, taken: Collection[SpeakerId]) -> SpeakerId:
    """A label for someone nobody had heard apart, whose words start at `start_s`."""
    label = SpeakerId(f"{ADDED}{start_s:.3f}")
    while label in taken:
        label = SpeakerId(f"{label}'")
    return label


class _Draft:
    """A hearing while it is put right; each step says why it did not apply, or nothing."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = with_owners(hearing)
        self._names: list[dict[SpeakerId, str]] = [{}]
        self._sides: list[dict[SpeakerId, Side]] = [{}]
        self._dismissed: set[str] = set()
        self._is_regrouped = False

    def corrected(self) -> Corrected:
        """What has come of it."""
        known = tuple(map(Known, self._names, self._sides))
        return Corrected(
            with_owners(self._hearing),
            () if known == (Known(),) else known,
            frozenset(self._dismissed),
            self._is_regrouped,
        )

    def put_right(self, one: Correction) -> str:
        """Apply one correction."""
        match one:
            case NameSpeaker() | SetSide():
                return self._identify(one)
            case SwapSides():
                return self._swap()
            case MergeSpeakers():
                return self._merge(one)
            case GiveWords():
                return self._give(one)
            case FixWords():
                return self._fix(one)
            case DismissTip():
                self._dismissed.add(one.rule)
                return ""

    def _identify(self, one: NameSpeaker | SetSide) -> str:
        if why := self._missing(one.speaker):
            return why
        if isinstance(one, NameSpeaker):
            self._names[-1][one.speaker] = one.name
        else:
            self._sides[-1][one.speaker] = one.side
        return ""

    def _swap(self) -> str:
        if len(self._names) > 1 and not self._names[-1] and not self._sides[-1]:
            self._names.pop()  # swapped back
            self._sides.pop()
        else:
            self._names.append({})
            self._sides.append({})
        return ""

    def _merge(self, one: MergeSpeakers) -> str:
        if why := self._missing(one.absorbed) or self._missing(one.into):
            return why
        found = self._hearing.diarization
        voices = {label: voice for label, voice in found.voices.items() if label != one.absorbed}
        if one.absorbed in found.voices:
            voices.setdefault(one.into, found.voices[one.absorbed])
        self._regroup(
            [one.into if owner == one.absorbed else owner for owner in self._hearing.owners],
            lambda turns: renamed(turns, {one.absorbed: one.into}),
            voices,
        )
        return ""

    def _give(self, one: GiveWords) -> str:
        if not one.to.startswith(ADDED) and (why := self._missing(one.to)):
            return why
        words, owners = self._hearing.words, list(self._hearing.owners)
        moved = {n: words[n] for n in self._at(one.span, one.of) if owners[n] != one.to}
        if not moved:
            return f"no words of anyone else {_between(one.span)}"
        givers = {owners[n]: Giver([], []) for n in moved}
        for n, word in enumerate(words):
            if giver := givers.get(owners[n]):
                (giver.given if n in moved else giver.kept).append(word.span.middle)
        for n in moved:
            owners[n] = one.to
        voices = self._hearing.diarization.voices
        self._regroup(owners, lambda turns: handed_over(turns, one.span, one.to, givers), voices)
        self._hear_words(tuple(moved.values()), one.to)
        return ""

    def _fix(self, one: FixWords) -> str:
        words, owners = self._hearing.words, self._hearing.owners
        wrong = self._at(one.span, one.speaker)
        if not wrong:
            return f"no words of {one.speaker!r} {_between(one.span)}"
        said = [words[n] for n in wrong]
        right = tuple(_spread(one.text.split(), said))
        first, gone = wrong[0], set(wrong)
        left = [n for n in range(first, len(words)) if n not in gone]
        self._hearing = replace(
            self._hearing,
            words=(*words[:first], *right, *(words[n] for n in left)),
            owners=(*owners[:first], *(one.speaker for _ in right), *(owners[n] for n in left)),
        )
        return ""

    def _regroup(
        self,
        owners: Sequence[SpeakerId],
        regroup: Callable[[Sequence[Turn]], tuple[Turn, ...]],
        voices: Mapping[SpeakerId, tuple[float, ...]],
    ) -> None:
        """Give words and turns to others."""
        found = self._hearing.diarization
        diarization = Diarization(regroup(found.turns), regroup(found.exclusive), voices)
        self._hearing = replace(self._hearing, diarization=diarization, owners=tuple(owners))
        self._is_regrouped = True

    def _hear_words(self, words: Sequence[Word], speaker: SpeakerId) -> None:
        """Let words that lie in no turn of their speaker make one."""
        found = self._hearing.diarization
        own = union(turn.span for turn in found.turns if turn.speaker == speaker)
        bare = [word for word in words if not own or distance_s(own, word.span) > 0]
        spans = union((word.span for word in bare), bridge_s=PAUSE_S)
        turns = [*found.turns, *(Turn(span, speaker, bare[0].channel) for span in spans)]
        diarization = replace(found, turns=in_order(turns))
        self._hearing = replace(self._hearing, diarization=diarization)

    def _at(self, span: Span, speaker: SpeakerId | None) -> list[int]:
        """The places of words, of anyone or one speaker, whose middle is in a span."""
        spoken = zip(self._hearing.words, self._hearing.owners, strict=True)
        return [
            n
            for n, (word, owner) in enumerate(spoken)
            if span.start <= word.span.middle < span.end and speaker in (None, owner)
        ]

    def _missing(self, speaker: SpeakerId) -> str:
        turns = self._hearing.diarization.turns
        there = speaker in self._hearing.owners or any(turn.speaker == speaker for turn in turns)
        return "" if there else f"there is no speaker {speaker!r} any more"


def _between(span: Span) -> str:
    return f"between {span.start:g} and {span.end:g} s"


def _spread(texts: Sequence[str], said: Sequence[Word]) -> Iterator[Word]:
    """Words over the time of those they replace, each as long as its letters are many."""
    start, end = min(w.span.start for w in said), max(w.span.end for w in said)
    done = list(accumulate(map(len, texts), initial=0))
    edges = [start + (end - start) * length / (done[-1] or 1) for length in done]
    for text, (since, until) in zip(texts, pairwise([*edges[:-1], end]), strict=True):
        yield Word(Span(since, max(since, until)), text, 1.0, said[0].channel)
