"""Small hand-built calls."""

from collections.abc import Iterable
from typing import Any

from analyzer.conversation import Conversation, quote
from analyzer.lexicon import load_lexicon
from analyzer.metrics import Metric
from analyzer.moments import Kind, Moment
from analyzer.playbook import Playbook
from analyzer.reading import cut_sentences
from analyzer.recording import Meeting, Side
from analyzer.report import CallReport
from analyzer.sides import Speaker
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Turn, Word
from analyzer.transcript import Transcript, Utterance, assemble

SELLER, BUYER = SpeakerId("S1"), SpeakerId("S2")


def words(
    text: str, start: float, pace_s: float = 0.5, confidence: float = 0.9
) -> tuple[Word, ...]:
    """The words of a text, one every `pace_s` seconds."""
    spans = ((start + i * pace_s, start + (i + 0.8) * pace_s) for i in range(len(text.split())))
    return tuple(
        Word(Span(*span), word, confidence) for span, word in zip(spans, text.split(), strict=True)
    )


def call_report(
    said: Iterable[tuple[SpeakerId, tuple[Word, ...]]],
    *,
    metrics: Iterable[Metric] = (),
    meeting: Meeting | None = None,
    language: str = "en",
    duration_s: float = 30.0,
) -> CallReport:
    """A report of what a seller and a buyer said, in turns."""
    utterances = tuple(Utterance(i, who, spoken) for i, (who, spoken) in enumerate(said))
    speakers = (
        Speaker(SELLER, "Tom", Side.SELLER, "Names the price"),
        Speaker(BUYER, None, Side.BUYER, "Asks for the price"),
    )
    turns = tuple(Turn(utterance.span, utterance.speaker) for utterance in utterances)
    return CallReport(
        meeting or Meeting(),
        Transcript(language, duration_s, utterances, turns),
        speakers,
        {metric.slug: metric for metric in metrics},
    )


def turn(speaker: str, start: float, end: float, channel: int = 0) -> Turn:
    """One stretch of one speaker."""
    return Turn(Span(start, end), SpeakerId(speaker), channel)


def hearing(
    spoken: Iterable[Word] = (),
    turns: Iterable[Turn] = (),
    *,
    exclusive: Iterable[Turn] = (),
    language: str = "en",
    duration_s: float = 60.0,
    channels: int = 1,
) -> Hearing:
    """What engines might have heard."""
    diarization = Diarization(tuple(turns), tuple(exclusive))
    return Hearing(duration_s, language, tuple(spoken), diarization, channels)


def conversation(
    said: Iterable[tuple[str, str]], language: str = "en", pause_s: float = 0.4
) -> Hearing:
    """A call of (speaker, text) lines, one after the other, three words a second."""
    spoken: list[Word] = []
    turns: list[Turn] = []
    start = 0.5
    for speaker, text in said:
        line = words(text, start, pace_s=1 / 3)
        spoken += line
        turns.append(turn(speaker, start, line[-1].span.end))
        start = line[-1].span.end + pause_s
    return hearing(spoken, turns, exclusive=turns, language=language, duration_s=start)


def talk(
    said: Iterable[tuple[str, str]],
    language: str = "en",
    *,
    meeting: Meeting | None = None,
    playbook: Playbook | None = None,
) -> Conversation:
    """A call of (speaker, text) lines, ready for finders; S1 sells, anyone else buys."""
    transcript = assemble(conversation(said, language))
    speakers = tuple(
        Speaker(new, None, Side.SELLER if old == SELLER else Side.BUYER, "Told by the test")
        for new, old in transcript.heard_as.items()
    )
    lexicon = load_lexicon(language)
    sentences = cut_sentences(transcript, lexicon)
    return Conversation(
        transcript, sentences, speakers, meeting or Meeting(), playbook or Playbook(), lexicon
    )


def moment(call: Conversation, kind: Kind, start: str, **details: Any) -> Moment:
    """A moment of the first sentence that starts so."""
    sentence = next(one for one in call.sentences if one.text.startswith(start))
    return Moment(kind, sentence.speaker, call.side(sentence), quote(sentence), **details)
