"""What tells who is who on a call: each clue with its weight and the words behind it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from analyzer.lexicon import Lexicon, Phrase
from analyzer.lines import Line, Mention, as_said
from analyzer.names import plain, whose_name
from analyzer.recording import KnownVoice, Participant, Side
from analyzer.speech import Hearing, SpeakerId
from analyzer.transcript import Transcript, ends_sentence

# Roughly log odds; `analyzer.sides.SURE` is what their sums are held against.
CERTAIN = 12.0
"""The weight of a channel or a known voice, on which what is said casts no doubt."""
INTRODUCED = 4.0
BELONGS = 3.0
PRESENTED = 1.0
ADDRESSED = 2.0
NEAR_ADDRESSED = 0.75
MENTIONED = 1.0
MISSPELLED = 0.75
CLEAR = 1.0
SLIGHT = 0.3
ALIKE_VOICE = 0.6
"""The least cosine of one person's voice on two calls; two persons' stay under 0.56."""
VOICE_MARGIN = 0.1
REPEATS = 3
"""A clue of one kind counts this often: habits are not evidence."""


@dataclass(frozen=True, slots=True)
class Clue:
    """A reason to think that a speaker is someone or, with a negative weight, is not.

    `about` is a side, or a place in the list of participants. `why` goes on after "S1 ...", in
    the language of the call; of a clue of talk it is only what was said.
    """

    speaker: SpeakerId
    about: int | Side
    weight: float
    why: str


def talk_clues(lines: Iterable[Line], lexicon: Lexicon) -> tuple[Clue, ...]:
    """Who talks like a seller and who like a buyer; the same words count once."""
    kinds = (
        (lexicon.seller_clear, Side.SELLER, CLEAR),
        (lexicon.buyer_clear, Side.BUYER, CLEAR),
        (lexicon.seller_slight, Side.SELLER, SLIGHT),
        (lexicon.buyer_slight, Side.BUYER, SLIGHT),
    )
    counts: Counter[tuple[SpeakerId, Phrase]] = Counter()
    found: list[Clue] = []
    for line in lines:
        taken: set[tuple[Side, int]] = set()
        for phrases, side, weight in kinds:
            matches = (match for phrase in phrases for match in phrase.finditer(line.text))
            for match in sorted(matches, key=lambda match: match.span()):
                counts[line.speaker, match.re] += 1
                places = {(side, place) for place in range(*match.span())}
                if counts[line.speaker, match.re] <= REPEATS and not places & taken:
                    taken |= places
                    found.append(Clue(line.speaker, side, weight, line.quote(*match.span())))
    return tuple(found)


def name_clues(
    lines: Sequence[Line], lexicon: Lexicon, participants: Sequence[Participant]
) -> tuple[Clue, ...]:
    """Who says, or is told, who they are; `participants` have their sides."""
    counts: Counter[tuple[SpeakerId, int | Side, float]] = Counter()
    found: list[Clue] = []
    for at, line in enumerate(lines):
        neighbours = _neighbours(lines, at)
        for clue in _line_clues(line, neighbours, lexicon, participants):
            key = (clue.speaker, clue.about, clue.weight)
            counts[key] += 1
            if counts[key] <= REPEATS:
                found.append(clue)
    return tuple(found)


def _neighbours(lines: Sequence[Line], at: int) -> tuple[SpeakerId, ...]:
    """Who else speaks before a line, if anybody does, and after it."""
    ways = (range(at - 1, -1, -1), range(at + 1, len(lines)))
    others = ((lines[n].speaker for n in way) for way in ways)
    speaker = lines[at].speaker
    nearest = (next((other for other in way if other != speaker), None) for way in others)
    return tuple(other for other in nearest if other is not None)


def _line_clues(
    line: Line,
    neighbours: Sequence[SpeakerId],
    lexicon: Lexicon,
    participants: Sequence[Participant],
) -> Iterator[Clue]:
    """Clues of one utterance; a name that one rule explains is left alone by the next ones."""
    yield from _belonging(line, lexicon, participants)
    presented = dict(_named(line, lexicon.presentations))
    introduced = dict(_named(line, lexicon.introductions))
    for index, mention in enumerate(line.mentions):
        if index in presented:
            said = presented[index]
            yield from _about(line.speaker, mention, -ADDRESSED, lexicon.why("presents", said))
            for other in neighbours[-1:]:
                yield from _about(other, mention, PRESENTED, lexicon.why("presented", said))
        elif index in introduced:
            why = lexicon.why("says", introduced[index])
            yield from _about(line.speaker, mention, INTRODUCED, why)
        elif quote := _address(line, index, lexicon):
            yield from _about(line.speaker, mention, -ADDRESSED, lexicon.why("addresses", quote))
            for other in neighbours:
                yield from _about(other, mention, NEAR_ADDRESSED, lexicon.why("addressed", quote))
        # Where introductions are not known, "my name is Jim" would look the same.
        elif lexicon.introductions and _is_spoken_of(line, mention):
            said = as_said(line.words[mention.first : mention.last + 1])
            yield from _about(line.speaker, mention, -MENTIONED, lexicon.why("mentions", said))


def _belonging(line: Line, lexicon: Lexicon, participants: Sequence[Participant]) -> Iterator[Clue]:
    """The side of the company that someone says is theirs; once a line."""
    for phrase in (*lexicon.belonging, *lexicon.introductions):
        for match in phrase.finditer(line.text) if "company" in phrase.groupindex else ():
            companies = line.mentions[int(match["company"])].companies
            sides = {participants[n].side for n in companies.owners} if companies else set()
            if len(sides) == 1 and Side.UNKNOWN not in sides:
                why = lexicon.why("says", line.quote(*match.span()))
                yield Clue(line.speaker, sides.pop(), BELONGS, why)
                return


def _named(line: Line, phrases: Iterable[Phrase]) -> Iterator[tuple[int, str]]:
    """The names in the {name} slot of the phrases, with the words around them."""
    for phrase in phrases:
        for match in phrase.finditer(line.text):
            company = match["company"] if "company" in phrase.groupindex else None
            if company is not None and line.mentions[int(company)].companies is None:
                continue
            yield int(match["name"]), line.quote(*match.span())


def _about(speaker: SpeakerId, mention: Mention, weight: float, why: str) -> Iterator[Clue]:
    """A clue about each participant whom the name fits; a misspelled name is a weaker clue."""
    if mention.people is not None:
        sureness = 1.0 if mention.people.is_exact else MISSPELLED
        for owner in sorted(mention.people.owners):
            yield Clue(speaker, owner, weight * sureness, why)


def _address(line: Line, index: int, lexicon: Lexicon) -> str | None:
    """The words by which a line calls someone: a greeting and a name, or a name set apart.

    "Thanks, Hannah"; and without a greeting, by its commas: "Linda, what did the auditor say?",
    "I'm so sorry, Julien."
    """
    mention = line.mentions[index]
    place = line.text.index(f" {{{index}}} ") + 1
    for phrase in lexicon.greetings:
        for match in phrase.finditer(line.text, 0, place):
            if match.end() == place:
                return as_said(line.words[line.place(match.start()) : mention.last + 1])
    if mention.people is None or not mention.people.is_exact:
        return None
    last = line.words[mention.last]
    is_set_apart = last.text.endswith(",")
    if mention.first > 0 and not ends_sentence(line.words[mention.first - 1]):
        is_set_apart |= ends_sentence(last) or mention.last + 1 == len(line.words)
        is_set_apart &= line.words[mention.first - 1].text.endswith(",")
    return as_said(line.words[mention.first : mention.last + 1]) if is_set_apart else None


def _is_spoken_of(line: Line, mention: Mention) -> bool:
    """Whether the name stands inside a sentence, where its capital means a name."""
    is_exact = mention.people is not None and mention.people.is_exact
    return is_exact and mention.first > 0 and not ends_sentence(line.words[mention.first - 1])


def channel_clues(
    transcript: Transcript, hearing: Hearing, people: Sequence[Participant], lexicon: Lexicon
) -> Iterator[Clue]:
    """Whose channel each speaker is heard on, where channels were heard apart."""
    if hearing.channels == 1:
        return
    for speaker, channel in _channels(transcript).items():
        for seat, person in enumerate(people):
            if person.channel is not None:
                is_theirs = person.channel == channel
                key, weight = ("on_channel", CERTAIN) if is_theirs else ("off_channel", -CERTAIN)
                why = lexicon.why(key, channel=person.channel, name=person.name)
                yield Clue(speaker, seat, weight, why)


def label_clues(
    transcript: Transcript, hearing: Hearing, people: Sequence[Participant], lexicon: Lexicon
) -> Iterator[Clue]:
    """Who goes by the name of someone expected, where a transcript says who speaks."""
    if not hearing.is_written:
        return
    names = [person.name for person in people]
    for speaker, label in transcript.heard_as.items():
        own = whose_name(label, names)
        for seat in range(len(names)) if own is not None else ():
            weight = CERTAIN if seat == own else -CERTAIN
            yield Clue(speaker, seat, weight, lexicon.why("labelled", name=label))


def _channels(transcript: Transcript) -> dict[SpeakerId, int]:
    """The channel each speaker is heard on longest: a person may give them words of another."""
    heard_s: dict[tuple[SpeakerId, int], float] = {}
    for turn in transcript.turns:
        key = (turn.speaker, turn.channel)
        heard_s[key] = heard_s.get(key, 0.0) + turn.span.seconds
    longest = sorted(heard_s, key=lambda key: heard_s[key])
    return dict(longest)


def voice_clues(
    transcript: Transcript,
    hearing: Hearing,
    known: Sequence[KnownVoice],
    seats: Sequence[Participant],
    lexicon: Lexicon,
) -> Iterator[Clue]:
    """A speaker sounds like someone when no other voice comes near, on either hand."""
    places = {plain(person.name): seat for seat, person in enumerate(seats)}
    heard = {
        speaker: hearing.diarization.voices[label]
        for speaker, label in transcript.heard_as.items()
        if label in hearing.diarization.voices
    }
    cosines: dict[tuple[SpeakerId, int], float] = {}
    for speaker, voice in heard.items():
        for one in known:
            if len(one.embedding) == len(voice):
                pair = (speaker, places[plain(one.name)])
                cosine = sum(a * b for a, b in zip(voice, one.embedding, strict=True))
                cosines[pair] = max(cosine, cosines.get(pair, -1.0))
    for (speaker, seat), cosine in cosines.items():
        rivals = [
            other for (one, place), other in cosines.items() if (one == speaker) != (place == seat)
        ]
        if cosine >= max(ALIKE_VOICE, VOICE_MARGIN + max(rivals, default=-1.0)):
            why = lexicon.why("known_voice", name=seats[seat].name, likeness=round(100 * cosine))
            yield Clue(speaker, seat, CERTAIN, why)
