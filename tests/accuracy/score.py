"""How well a call was heard: its words, who said them, and on which side they are.

WER     word error rate after Whisper's text normalisation (jiwer)
cpWER   concatenated minimum-permutation WER: wrong words and wrong speakers (meeteval)
swap    cpWER - WER: what wrong speakers cost
DER     diarization error rate, no collar, overlap scored (pyannote.metrics), the sum of
        miss (speech not found), fa (silence taken for speech), conf (the wrong speaker)
talk    largest error of any speaker's share of talk time
ratio   error of seller / (seller + buyer) speech, when the report dares to tell it
sides   speakers whose side is told wrong, or not told
count   recordings in which the wrong number of speakers was found
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from analyzer.speech import Turn
from tests.accuracy.reference import Heard, Line, Reference

RATES = ("WER", "cpWER", "swap", "DER", "miss", "fa", "conf", "talk", "ratio", "count", "sides")


@dataclass(frozen=True, slots=True)
class Tally:
    """Errors out of a total, in words, seconds or speakers; tallies add up over calls."""

    errors: float = 0.0
    total: float = 0.0

    @property
    def rate(self) -> float | None:
        """Errors per unit; None when there was nothing to get wrong."""
        return self.errors / self.total if self.total else None

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.errors + other.errors, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one recording, or of several pooled; None is what could not be scored."""

    id: str
    language: str
    words: Tally | None = None
    speaker_words: Tally | None = None
    missed: Tally | None = None
    false_alarm: Tally | None = None
    confused: Tally | None = None
    counted: Tally | None = None
    sides: Tally | None = None
    talk_error: float | None = None
    ratio_error: float | None = None
    speakers: tuple[int, int] | None = None
    """Found and true number of speakers, of a single recording."""

    @property
    def rates(self) -> Mapping[str, float | None]:
        """Every rate by its name in RATES, as shares."""
        tallies = {
            "WER": self.words,
            "cpWER": self.speaker_words,
            "miss": self.missed,
            "fa": self.false_alarm,
            "conf": self.confused,
            "count": self.counted,
            "sides": self.sides,
        }
        rates = {name: tally.rate if tally else None for name, tally in tallies.items()}
        rates["DER"] = _sum(rates[part] for part in ("miss", "fa", "conf"))
        cost = None if rates["WER"] is None else -rates["WER"]
        rates["swap"] = _sum((rates["cpWER"], cost))
        return rates | {"talk": self.talk_error, "ratio": self.ratio_error}


def score(reference: Reference, heard: Heard) -> Score:
    """Score one report against what is known of its recording."""
    words = speaker_words = None
    if reference.lines is not None:
        words = word_errors(reference.lines, heard.words, heard.language)
        speaker_words = speaker_word_errors(reference.lines, heard.words, heard.language)
    if reference.turns is None:
        return Score(reference.id, heard.language, words, speaker_words)
    errors, names = turn_errors(reference.turns, heard.turns)
    found, true = (len({turn.speaker for turn in side}) for side in (heard.turns, reference.turns))
    return Score(
        reference.id,
        heard.language,
        words,
        speaker_words,
        **errors,
        counted=Tally(float(found != true), 1),
        sides=_side_errors(names, heard.sides, reference.sellers),
        talk_error=_talk_error(reference.turns, heard.turns, names),
        ratio_error=_difference(reference.talk_ratio, heard.talk_ratio),
        speakers=(found, true),
    )


def pool(scores: Sequence[Score], name: str, language: str = "") -> Score:
    """One score over several recordings: errors over totals, the worst talk and ratio errors."""
    return Score(
        name,
        language,
        _total(one.words for one in scores),
        _total(one.speaker_words for one in scores),
        _total(one.missed for one in scores),
        _total(one.false_alarm for one in scores),
        _total(one.confused for one in scores),
        _total(one.counted for one in scores),
        _total(one.sides for one in scores),
        max((one.talk_error for one in scores if one.talk_error is not None), default=None),
        max((one.ratio_error for one in scores if one.ratio_error is not None), default=None),
    )


def word_errors(truth: Sequence[Line], heard: Sequence[Line], language: str) -> Tally:
    """Wrong, missing and invented words, out of the words said."""
    import jiwer

    said = normal(" ".join(line.text for line in truth), language)
    out = jiwer.process_words(said, normal(" ".join(word.text for word in heard), language))
    return Tally(out.substitutions + out.deletions + out.insertions, len(said.split()))


def speaker_word_errors(truth: Sequence[Line], heard: Sequence[Line], language: str) -> Tally:
    """As `word_errors`, where a word is right only in the mouth of the one who said it."""
    from meeteval.wer import cp_word_error_rate

    out = cp_word_error_rate(
        _by_speaker(truth, language),
        _by_speaker(heard, language),
        reference_sort=False,
        hypothesis_sort=False,
    )
    return Tally(out.errors, out.length)


def turn_errors(
    truth: Sequence[Turn], heard: Sequence[Turn]
) -> tuple[Mapping[str, Tally], Mapping[str, str]]:
    """Seconds missed, invented and given to the wrong speaker; and who was heard as whom.

    The map leads from each speaker heard to the true one, for those who have a counterpart.
    """
    from pyannote.core import Annotation, Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    def annotation(turns: Sequence[Turn]) -> Annotation:
        out = Annotation()
        for number, turn in enumerate(turns):
            out[Segment(turn.span.start, turn.span.end), number] = turn.speaker
        return out

    said, found = annotation(truth), annotation(heard)
    # pyannote.metrics takes this extent by itself, but warns each time.
    extent = said.get_timeline().extent() | found.get_timeline().extent()
    metric = DiarizationErrorRate()
    parts = metric(said, found, uem=Timeline([extent] if extent else []), detailed=True)
    names = {"missed": "missed detection", "false_alarm": "false alarm", "confused": "confusion"}
    errors = {name: Tally(parts[part], parts["total"]) for name, part in names.items()}
    return errors, metric.optimal_mapping(said, found)


def normal(text: str, language: str) -> str:
    """Text as Whisper's authors compare it: case, punctuation and spellings made alike."""
    cleaned: str = _normalizer(language == "en")(text)
    return cleaned.strip()


@cache
def _normalizer(is_english: bool) -> Callable[[str], str]:
    from whisper_normalizer.basic import BasicTextNormalizer
    from whisper_normalizer.english import EnglishTextNormalizer

    normalizer: Callable[[str], str]
    normalizer = EnglishTextNormalizer() if is_english else BasicTextNormalizer()
    return normalizer


def _by_speaker(lines: Sequence[Line], language: str) -> dict[str, str]:
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(line.speaker, []).append(line.text)
    return {who: normal(" ".join(parts), language) for who, parts in texts.items()}


def _talk_error(
    truth: Sequence[Turn], heard: Sequence[Turn], names: Mapping[str, str]
) -> float | None:
    found = {names.get(who, who): share for who, share in _shares(heard).items()}
    errors = (abs(share - found.get(who, 0.0)) for who, share in _shares(truth).items())
    return max(errors, default=None)


def _shares(turns: Sequence[Turn]) -> dict[str, float]:
    """Share of talk time by speaker; a speaker's own overlapping turns count once."""
    seconds: dict[str, float] = {}
    reached: dict[str, float] = {}
    for turn in sorted(turns, key=lambda turn: turn.span):
        start = max(turn.span.start, reached.get(turn.speaker, turn.span.start))
        reached[turn.speaker] = max(start, turn.span.end)
        seconds[turn.speaker] = seconds.get(turn.speaker, 0.0) + reached[turn.speaker] - start
    total = sum(seconds.values()) or 1.0
    return {who: spent / total for who, spent in seconds.items()}


def _side_errors(
    names: Mapping[str, str], sides: Mapping[str, str] | None, sellers: Mapping[str, bool]
) -> Tally | None:
    """An unknown side counts as an error: nobody was told who sells."""
    if sides is None or not sellers:
        return None
    told = {true: sides.get(heard) for heard, true in names.items() if true in sellers}
    wrong = sum(side != ("seller" if sellers[who] else "buyer") for who, side in told.items())
    return Tally(wrong, len(told))


def _difference(truth: float | None, heard: float | None) -> float | None:
    return None if truth is None or heard is None else abs(truth - heard)


def _sum(parts: Iterable[float | None]) -> float | None:
    known = tuple(parts)
    return None if None in known else sum(part for part in known if part is not None)


def _total(tallies: Iterable[Tally | None]) -> Tally | None:
    known = [tally for tally in tallies if tally is not None]
    return sum(known, Tally()) if known else None
