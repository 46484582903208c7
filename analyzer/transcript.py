"""Who said what: words laid over turns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from analyzer.lexicon import Lexicon, load_lexicon
from analyzer.speech import UNPRINTABLE, UNREADABLE, Hearing, Span, SpeakerId, Turn, Word
from analyzer.timeline import distance_s, shared_s, union

PAUSE_S = 2.0
"""A silence this long ends an utterance."""
STICKY_S = 0.05
"""A speaker needs this much more of a word than the one who spoke the word before."""
EDGE_S = 0.3
"""How far a recognised word may be from where it was spoken; see METRICS 2.3."""
BACKCHANNEL_S = 1.0
BACKCHANNEL_WORDS = 3


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker says before another takes over; never empty.

    A backchannel ("mm", "d'accord") is kept as an utterance of its own but does not interrupt
    the speaker it falls into: see METRICS 2.4.
    """

    index: int
    speaker: SpeakerId
    words: tuple[Word, ...]
    is_backchannel: bool = False

    @property
    def span(self) -> Span:
        """From the first word's start to the last word's end."""
        return Span(self.words[0].span.start, max(w.span.end for w in self.words))

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(word.text for word in self.words)

    @property
    def sentences(self) -> tuple[tuple[Word, ...], ...]:
        """The words, cut where the recogniser closed a sentence."""
        ends = [n for n, word in enumerate(self.words, start=1) if ends_sentence(word)]
        cuts = sorted({0, *ends, len(self.words)})
        return tuple(self.words[start:end] for start, end in pairwise(cuts))


@dataclass(frozen=True, slots=True)
class Transcript:
    """The call as a conversation; utterances by start, turns may overlap.

    `heard_as` maps each speaker to the diarizer's own label, which voices go by.
    """

    language: str
    duration_s: float
    utterances: tuple[Utterance, ...]
    turns: tuple[Turn, ...]
    heard_as: Mapping[SpeakerId, SpeakerId] = field(default_factory=dict)

    @property
    def speakers(self) -> tuple[SpeakerId, ...]:
        """Everyone heard, in order of first word or turn."""
        firsts = [(turn.span.start, turn.speaker) for turn in self.turns]
        firsts += [(said.span.start, said.speaker) for said in self.utterances]
        return tuple(dict.fromkeys(speaker for _, speaker in sorted(firsts)))


def assemble(hearing: Hearing) -> Transcript:
    """Lay each word on the speaker heard there, and each speaker's words into utterances.

    By word, never by recognised segment, and a word only goes to turns of its own channel, unless
    the hearing knows its owner.
    Speakers are renumbered S1, S2... as they first appear. Where nobody was diarized, the words
    of a channel belong to one speaker and make the turns. One sweep: an hour takes well under a
    second (comparing every word with every turn took 22 s).
    """
    hearing, lexicon = with_owners(hearing), load_lexicon(hearing.language)
    said = _cut([_printable(word) for word in hearing.words], hearing.owners, lexicon)
    turns = tuple(sorted((*hearing.diarization.turns, *_missing_turns(said, hearing)), key=_order))
    draft = Transcript(hearing.language, hearing.duration_s, tuple(said), turns)
    names = {old: SpeakerId(f"S{n}") for n, old in enumerate(draft.speakers, start=1)}
    return replace(
        draft,
        utterances=tuple(replace(one, speaker=names[one.speaker]) for one in said),
        turns=tuple(replace(turn, speaker=names[turn.speaker]) for turn in turns),
        heard_as={new: old for old, new in names.items()},
    )


def with_owners(hearing: Hearing) -> Hearing:
    """The same hearing with its words in time order, each with the label of who says it."""
    if hearing.owners:
        pairs = list(zip(hearing.words, hearing.owners, strict=True))
        pairs.sort(key=lambda pair: pair[0].span)
        words = tuple(word for word, _ in pairs)
        return replace(hearing, words=words, owners=tuple(owner for _, owner in pairs))
    words = tuple(sorted(hearing.words, key=lambda word: word.span))
    return replace(hearing, words=words, owners=tuple(_speakers_of(words, hearing)))


def ends_sentence(word: Word) -> bool:
    """Whether the recogniser closed a sentence after the word."""
    return word.text.rstrip("\"'»”) ").endswith((".", "?", "!", "…"))


def _printable(word: Word) -> Word:
    """The word without signs that no report can hold."""
    if not UNPRINTABLE.search(word.text):
        return word
    return replace(word, text=UNPRINTABLE.sub(UNREADABLE, word.text))


@dataclass(frozen=True, slots=True)
class _Voice:
    """Where one speaker is heard on one channel: sorted, disjoint, never empty."""

    speaker: SpeakerId
    spans: tuple[Span, ...]

    def nearness(self, span: Span) -> float:
        """Seconds shared with the speaker; when there are none, minus the seconds to them."""
        return shared_s(self.spans, span) or -distance_s(self.spans, span)

    def is_at_edge(self, word: Word) -> bool:
        """Whether the word may be this speaker's, were its time a little off."""
        return self.nearness(Span(word.span.middle, word.span.middle)) >= -EDGE_S


def _speakers_of(words: Sequence[Word], hearing: Hearing) -> list[SpeakerId]:
    """The diarizer's label for each word, channel by channel."""
    told = (hearing.diarization.exclusive, hearing.diarization.turns)
    found: dict[int, SpeakerId] = {}
    for channel in range(hearing.channels):
        own = [n for n, word in enumerate(words) if _channel(word, hearing) == channel]
        exclusive, turns = (
            _voices(turn for turn in some if _channel(turn, hearing) == channel) for some in told
        )
        voices = exclusive or turns
        labels = _lay([words[n] for n in own], voices) if voices else [_nobody(channel)] * len(own)
        found.update(zip(own, labels, strict=True))
    return [found[n] for n in range(len(words))]


def _channel(heard: Word | Turn, hearing: Hearing) -> int:
    """The channel that counts: all is one when channels were not heard apart."""
    return min(heard.channel, hearing.channels - 1)


def _nobody(channel: int) -> SpeakerId:
    return SpeakerId(f"channel {channel}")


def _voices(turns: Iterable[Turn]) -> dict[SpeakerId, _Voice]:
    spans: dict[SpeakerId, list[Span]] = {}
    for turn in turns:
        if turn.span.seconds > 0:
            spans.setdefault(turn.speaker, []).append(turn.span)
    return {speaker: _Voice(speaker, union(held)) for speaker, held in spans.items()}


def _lay(words: Sequence[Word], voices: Mapping[SpeakerId, _Voice]) -> list[SpeakerId]:
    """Give each word to the speaker who has most of it, or to the nearest one.

    A word stays with the speaker of the word before when another has only `STICKY_S` more of
    it. Recogniser and diarizer disagree by up to `EDGE_S` at a change of speaker; so where the
    change falls inside a sentence, one or two words at its edge follow the punctuation.
    """
    labels: list[SpeakerId] = []
    for word in words:
        near = {speaker: voice.nearness(word.span) for speaker, voice in voices.items()}
        best = max(near, key=near.__getitem__)
        if labels and near[labels[-1]] > 0 and near[best] - near[labels[-1]] < STICKY_S:
            best = labels[-1]
        labels.append(best)
    for n in range(1, len(words)):
        if labels[n] != labels[n - 1] and not ends_sentence(words[n - 1]):
            _move_change(n, words, labels, voices)
    return labels


def _move_change(
    at: int, words: Sequence[Word], labels: list[SpeakerId], voices: Mapping[SpeakerId, _Voice]
) -> None:
    """Move the change of speaker before word `at` to the end of a sentence close by.

    Never past another change, and never so that a stretch of words loses its last one: a lone
    "right" inside someone's sentence is real.
    """
    before, after = labels[at - 1], labels[at]
    for cut in (at + 1, at - 1, at + 2, at - 2):
        moved = range(min(cut, at), max(cut, at))
        kept, old, new = (cut, after, before) if cut > at else (cut - 1, before, after)
        if (
            0 <= kept < len(words)
            and ends_sentence(words[cut - 1])
            and all(labels[n] == old for n in (*moved, kept))
            and all(voices[new].is_at_edge(words[n]) for n in moved)
        ):
            labels[moved.start : moved.stop] = [new] * len(moved)
            return


def _missing_turns(said: Sequence[Utterance], hearing: Hearing) -> list[Turn]:
    """Turns for speakers nobody diarized: as long as what they say."""
    known = {turn.speaker for turn in hearing.diarization.turns}
    known |= {turn.speaker for turn in hearing.diarization.exclusive}
    return [
        Turn(one.span, one.speaker, one.words[0].channel)
        for one in said
        if one.speaker not in known
    ]


def _order(turn: Turn) -> tuple[Span, SpeakerId]:
    return turn.span, turn.speaker


def _cut(
    words: Sequence[Word], labels: Sequence[SpeakerId], lexicon: Lexicon
) -> tuple[Utterance, ...]:
    """The words as utterances, each word in exactly one."""
    first = _stretches(words, labels, frozenset())
    silent = _backchannels(words, labels, first, lexicon)
    return tuple(
        Utterance(index, labels[own[0]], tuple(words[n] for n in own), own[0] in silent)
        for index, own in enumerate(_stretches(words, labels, silent))
    )


def _stretches(
    words: Sequence[Word], labels: Sequence[SpeakerId], silent: frozenset[int]
) -> list[list[int]]:
    """Each speaker's words, cut at long pauses and where someone not `silent` speaks in one.

    People who talk at the same time, on two channels, do not chop each other's sentences: it
    takes a word that lies in the other's pause.
    """
    latest: dict[SpeakerId, list[int]] = {}
    found: list[list[int]] = []
    for n, word in enumerate(words):
        own = latest.get(labels[n])
        if own is not None:
            pause = Span(words[own[-1]].span.end, word.span.start)
            others = (words[m] for m in range(own[-1] + 1, n) if m not in silent)
            is_cut = pause.seconds > PAUSE_S or (own[-1] in silent) != (n in silent)
            if is_cut or any(_lies_in(other.span, pause) for other in others):
                own = None
        if own is None:
            own = latest[labels[n]] = []
            found.append(own)
        own.append(n)
    return found


def _lies_in(span: Span, pause: Span) -> bool:
    """Whether at least half of a word is in a pause."""
    return pause.start <= span.middle <= pause.end and pause.overlap(span) * 2 >= span.seconds


def _backchannels(
    words: Sequence[Word],
    labels: Sequence[SpeakerId],
    stretches: Sequence[Sequence[int]],
    lexicon: Lexicon,
) -> frozenset[int]:
    """Words that only say "I am listening": short, of the lexicon, inside another's talk."""

    def is_short(own: Sequence[int]) -> bool:
        seconds = words[own[-1]].span.end - words[own[0]].span.start
        text = " ".join(words[n].text for n in own)
        few = len(own) <= BACKCHANNEL_WORDS and seconds <= BACKCHANNEL_S
        return few and lexicon.is_backchannel(text)

    short = [own for own in stretches if is_short(own)]
    aside = {n for own in short for n in own}

    def is_inside(own: Sequence[int]) -> bool:
        before, after = own[0] - 1, own[-1] + 1
        if before < 0 or after == len(words) or before in aside or after in aside:
            return False
        is_answer = words[before].text.endswith("?")
        pause = words[after].span.start - words[before].span.end
        same = labels[before] == labels[after] != labels[own[0]]
        return same and pause <= PAUSE_S and not is_answer

    return frozenset(n for own in short if is_inside(own) for n in own)
