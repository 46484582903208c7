"""Who sells and who buys, why we think so, and when we do not know."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from analyzer.clues import (
    CERTAIN,
    CLEAR,
    Clue,
    channel_clues,
    label_clues,
    name_clues,
    talk_clues,
    voice_clues,
)
from analyzer.known_speakers import SAID, Known
from analyzer.lexicon import Lexicon, load_lexicon
from analyzer.lines import read_lines
from analyzer.names import plain
from analyzer.recording import KnownVoice, Meeting, Participant, Side
from analyzer.seating import SIGN, Seating
from analyzer.speech import Hearing, SpeakerId
from analyzer.transcript import Transcript

SURE = 2.5
"""How much more the best reading of the evidence must weigh than any other."""
TALK = 4.0
"""The most that talking like one side can weigh."""
DOUBT = 3.0
"""Weighs like phrases that speak for neither side: a few phrases prove little."""
MIXED = 0.35
"""Who talks like both sides, the lesser one this much, may be two people mixed up."""
MIXED_LEAST = 8 * CLEAR
BRIEF = 0.02
"""Who says less than this share of the words is not told from what is left."""
_OTHER = {Side.SELLER: Side.BUYER, Side.BUYER: Side.SELLER}


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of the call; `why` is the evidence, also when the side is unknown.

    It is in the language of the call, or in English, with a capital and without a full stop.
    """

    id: SpeakerId
    name: str | None
    side: Side
    why: str


def tell_sides(
    transcript: Transcript,
    hearing: Hearing,
    meeting: Meeting,
    manner: Iterable[Clue] = (),
    known: Sequence[Known] = (),
) -> tuple[Speaker, ...]:
    """Name the speakers and tell seller from buyer; unsure means `Side.UNKNOWN`, never a guess.

    All that speaks for a reading is added up: known channels and voices, the names people say,
    and who talks like a seller, by phrases and by `manner` (`analyzer.manner`). A speaker gets at
    most one seat of the invitation, so the whole call is weighed at once; a name or a side is told
    only when no other reading comes within `SURE` of the best one, and what is said does not
    contradict it. What a person said comes first, and tells of the others too; between one
    `known` and the next, whoever sold buys and the other way round.
    """
    people = _with_sides(meeting.participants)
    seats = (*people, *_other_voices(people, meeting.voices))
    lexicon = load_lexicon(transcript.language)
    lines = read_lines(transcript, lexicon, people)
    case = _Case(
        seats,
        (
            *channel_clues(transcript, hearing, people, lexicon),
            *label_clues(transcript, hearing, seats, lexicon),
            *voice_clues(transcript, hearing, meeting.voices, seats, lexicon),
            *name_clues(lines, lexicon, people),
        ),
        talk_clues(lines, lexicon),
        tuple(manner),
        _brief(transcript),
        lexicon,
    )
    speakers = _tell(case, transcript.speakers)
    for n, said in enumerate(known):
        swapped = {one.id: _OTHER[one.side] for one in speakers if one.side in _OTHER} if n else {}
        case = case.knowing(Known({}, swapped)).knowing(said.by_id(transcript.heard_as))
        speakers = _tell(case, transcript.speakers)
    return speakers


def _tell(case: "_Case", ids: Sequence[SpeakerId]) -> tuple[Speaker, ...]:
    verdicts = _judge(case, ids)
    seated = {one.speaker: case.seats[one.seat].name for one in verdicts if one.seat is not None}
    names: Mapping[SpeakerId, str] = {**seated, **case.known.names}
    return tuple(
        Speaker(
            one.speaker,
            names.get(one.speaker),
            case.known.sides.get(one.speaker, one.side),
            _capital(_why(case, one, verdicts)),
        )
        for one in verdicts
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """The evidence: who was expected, what tells who is who, what sounds like which side."""

    seats: tuple[Participant, ...]
    clues: tuple[Clue, ...]
    talk: tuple[Clue, ...]
    manner: tuple[Clue, ...]
    brief: frozenset[SpeakerId]
    lexicon: Lexicon
    known: Known = field(default_factory=Known)

    def knowing(self, said: Known) -> "_Case":
        """The same with what a person said."""
        known = self.known.then(said)
        found = (clue for clue in self.clues if clue.weight < SAID)
        return replace(self, known=known, clues=(*found, *known.clues(self.seats)))

    def seating(self, speakers: Sequence[SpeakerId]) -> Seating:
        """The evidence as numbers."""
        places = range(len(self.seats))
        return Seating(
            tuple(person.side for person in self.seats),
            {one: tuple(_net(self.clues, one, place) for place in places) for one in speakers},
            {one: self.lean(one) for one in speakers},
            self.brief,
        )

    def lean(self, speaker: SpeakerId) -> float:
        """Half of what speaks for selling against buying, whoever it is."""
        sells, buys = self.sounds(speaker)
        talk = TALK * (sells - buys) / (sells + buys + DOUBT)
        return (talk + _lean(self.clues, speaker) + _lean(self.manner, speaker)) / 2

    def sounds(self, speaker: SpeakerId) -> tuple[float, float]:
        """The weight of what sounds like a seller, and of what sounds like a buyer."""
        return _sum(self.talk, speaker, Side.SELLER), _sum(self.talk, speaker, Side.BUYER)

    def is_doubtful(self, speaker: SpeakerId, side: Side) -> bool:
        """Whether someone talks like the other side, or like both."""
        if any(c.speaker == speaker and c.weight >= CERTAIN for c in self.clues):
            return False
        if _lean(self.manner, speaker) * SIGN.get(side, 0) >= SURE / 2:
            return False
        sells, buys = self.sounds(speaker)
        is_mixed = sells + buys >= MIXED_LEAST and min(sells, buys) >= MIXED * (sells + buys)
        return is_mixed or (buys - sells) * SIGN.get(side, 0) >= 2 * CLEAR


def _sum(clues: Iterable[Clue], speaker: SpeakerId, about: int | Side) -> float:
    return sum(c.weight for c in clues if c.speaker == speaker and c.about == about)


def _lean(clues: Iterable[Clue], speaker: SpeakerId) -> float:
    """What speaks for selling less what speaks for buying."""
    return sum(SIGN[c.about] * c.weight for c in clues if c.speaker == speaker and c.about in SIGN)


def _net(clues: Iterable[Clue], speaker: SpeakerId, place: int) -> float:
    """The sum of the clues; but for those that are certain, clues that disagree weigh less."""
    weights = [c.weight for c in clues if c.speaker == speaker and c.about == place]
    certain = sum(weight for weight in weights if abs(weight) >= CERTAIN)
    said = [weight for weight in weights if abs(weight) < CERTAIN]
    net = sum(said)
    return certain + (net * abs(net) / sum(map(abs, said)) if said else 0.0)


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the evidence says of one speaker; `seat` is a place in the case's seats."""

    speaker: SpeakerId
    seat: int | None = None
    side: Side = Side.UNKNOWN
    margin: float = 0.0
    is_doubted: bool = False


def _judge(case: _Case, speakers: Sequence[SpeakerId]) -> tuple[_Verdict, ...]:
    seating = case.seating(speakers)
    verdicts = tuple(_weigh(seating, one) for one in speakers)
    main = [one for one in verdicts if one.speaker not in case.brief]
    doubted = {one.speaker for one in main if case.is_doubtful(one.speaker, one.side)}
    if doubted and len(main) == 2:
        is_settled = any(case.known.sides.get(one.speaker) in SIGN for one in main)
        doubted = set() if is_settled else {one.speaker for one in main}
    if doubted:
        return tuple(
            _Verdict(one.speaker, is_doubted=True) if one.speaker in doubted else one
            for one in verdicts
        )
    opposed = _oppose(main, case.seats)
    verdicts = tuple(opposed if opposed and opposed.speaker == v.speaker else v for v in verdicts)
    last = _last_seat(seating, verdicts)
    return tuple(last if last and last.speaker == v.speaker else v for v in verdicts)


def _last_seat(seating: Seating, verdicts: Sequence[_Verdict]) -> _Verdict | None:
    """Seat the one speaker who has no name in the one seat that is left, if the sides agree."""
    unnamed = [verdict for verdict in verdicts if verdict.seat is None]
    taken = {verdict.seat for verdict in verdicts}
    free = [place for place in range(len(seating.seats)) if place not in taken]
    if len(unnamed) != 1 or len(free) != 1 or len(verdicts) < 2:
        return None
    is_fit = seating.seats[free[0]] == unnamed[0].side != Side.UNKNOWN
    is_opposed = seating.seat_margin(unnamed[0].speaker, free[0]) <= -SURE
    return replace(unnamed[0], seat=free[0]) if is_fit and not is_opposed else None


def _weigh(seating: Seating, speaker: SpeakerId) -> _Verdict:
    margin = seating.seller_margin(speaker)
    side = Side.UNKNOWN
    if abs(margin) >= SURE:
        side = Side.SELLER if margin > 0 else Side.BUYER
    places = range(len(seating.seats))
    seat = next((n for n in places if seating.seat_margin(speaker, n) >= SURE), None)
    return _Verdict(speaker, seat, side, margin)


def _oppose(verdicts: Sequence[_Verdict], seats: Sequence[Participant]) -> _Verdict | None:
    """Of two speakers, put the one who cannot be told opposite the one who can.

    Not when evidence points to the same side, nor when only that side was invited.
    """
    known = [verdict for verdict in verdicts if verdict.side != Side.UNKNOWN]
    unknown = [verdict for verdict in verdicts if verdict.side == Side.UNKNOWN]
    if len(known) != 1 or len(unknown) != 1:
        return None
    opposite = _OTHER[known[0].side]
    sides = [person.side for person in seats]
    is_internal = sides.count(known[0].side) > 1 and opposite not in sides
    if is_internal or unknown[0].margin * SIGN[opposite] < 0:
        return None
    return replace(unknown[0], side=opposite)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _why(case: _Case, verdict: _Verdict, verdicts: Iterable[_Verdict]) -> str:
    """The one or two strongest reasons, as one sentence about the speaker."""
    said = case.known.reasons(verdict.speaker, case.lexicon)
    if verdict.side == Side.UNKNOWN and verdict.seat is None:
        return case.lexicon.listed(said or [_why_unknown(case, verdict)])
    own = [clue for clue in case.clues if clue.speaker == verdict.speaker]
    agreeing = [
        c for c in own if c.about in (verdict.seat, verdict.side) and c.why and c.weight > 0
    ]
    reasons = [clue.why for clue in sorted(agreeing, key=lambda clue: -clue.weight)]
    quotes = _quotes(case, verdict.speaker, verdict.side)
    if quotes:
        talks = case.lexicon.why(f"talks_{verdict.side}", quotes=case.lexicon.listed(quotes[:2]))
        reasons = [*reasons[:1], talks]
    else:
        reasons += [
            clue.why
            for clue in case.manner
            if clue.speaker == verdict.speaker and clue.about == verdict.side
        ]
    reasons += [c.why for c in own if c.weight < 0 and c.about != verdict.seat]
    if not reasons and not said:
        reasons = [_why_left(case, verdict, verdicts)]
    return case.lexicon.listed(list(dict.fromkeys((*said, *reasons)))[:2])


def _why_left(case: _Case, verdict: _Verdict, verdicts: Iterable[_Verdict]) -> str:
    """Who the others are or, when they are doubted, only what they say."""
    others = [
        case.lexicon.why(f"other_{v.side}") if v.seat is None else case.seats[v.seat].name
        for v in verdicts
        if v.speaker != verdict.speaker
        and (v.seat is not None or v.side == _OTHER.get(verdict.side))
    ]
    if not others:
        return case.lexicon.why("inferred")
    return case.lexicon.why("left", others=case.lexicon.listed(list(dict.fromkeys(others))))


def _why_unknown(case: _Case, verdict: _Verdict) -> str:
    why = case.lexicon.why
    if verdict.speaker in case.brief:
        return why("brief")
    sells, buys = (_quotes(case, verdict.speaker, side) for side in SIGN)
    reason = why("torn", sells=sells[0], buys=buys[0]) if sells and buys else why("nothing")
    return why("mixed_up", reason=reason) if verdict.is_doubted else reason


def _quotes(case: _Case, speaker: SpeakerId, side: Side) -> list[str]:
    """What sounds like the side, the clearest first, none inside another."""
    clues = [c for c in case.talk if c.speaker == speaker and c.about == side]
    kept: list[str] = []
    for clue in sorted(clues, key=lambda clue: -clue.weight):
        if not any(clue.why in other for other in kept):
            kept.append(clue.why)
    return [case.lexicon.quoted(said) for said in kept]


def _brief(transcript: Transcript) -> frozenset[SpeakerId]:
    counts = Counter(dict.fromkeys(transcript.speakers, 0))
    for said in transcript.utterances:
        counts[said.speaker] += len(said.words)
    return frozenset(one for one, count in counts.items() if count <= BRIEF * counts.total())


def _with_sides(people: Sequence[Participant]) -> tuple[Participant, ...]:
    """Those whose side is not said are on the side of their company's others.

    Someone of another company is on the other side, when only one side is said.
    """
    sides = {_company(one): one.side for one in people if one.side != Side.UNKNOWN}
    said = set(sides.values())
    stranger = _OTHER[said.pop()] if len(said) == 1 and "" not in sides else Side.UNKNOWN
    return tuple(
        replace(one, side=sides.get(_company(one), stranger))
        if one.side == Side.UNKNOWN and _company(one)
        else one
        for one in people
    )


def _company(person: Participant) -> str:
    return " ".join(plain(person.company or "")) or (person.email or "").partition("@")[2].lower()


def _other_voices(
    people: Sequence[Participant], voices: Sequence[KnownVoice]
) -> tuple[Participant, ...]:
    """People whose voices are known and who were not invited."""
    invited = {plain(person.name) for person in people}
    known = {plain(voice.name): Participant(voice.name, voice.side) for voice in voices}
    return tuple(person for name, person in known.items() if name not in invited)
