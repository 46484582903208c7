"""Who said what and when, as every finding on a page prints it."""

from collections.abc import Iterable
from dataclasses import dataclass

from analyzer.conversation import Quote
from analyzer.formats.rendering import one_line, speaker_names
from analyzer.formats.wording import Wording, clock, typeset
from analyzer.playbook import text_in
from analyzer.recording import Side
from analyzer.report import CallReport
from analyzer.speech import Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words that play, and their place in the transcript; `label` is for those who listen."""

    text: str
    name: str
    side: Side
    time: str
    label: str
    span: Span
    utterance: int


class Scribe:
    """Writes what was found in a call in one language."""

    def __init__(self, report: CallReport, t: Wording) -> None:
        self.t = t
        self._language = report.transcript.language
        self.whole_s = report.transcript.duration_s or 1.0
        self._hours = report.transcript.duration_s >= 3600
        self._names = speaker_names(report, t)
        self._titles = report.titles
        self._sides = {one.id: one.side for one in report.speakers}
        self._speakers = {said.index: said.speaker for said in report.transcript.utterances}

    def quoted(self, quote: Quote) -> Quoted:
        """A quote with who says it and when."""
        speaker = self._speakers[quote.utterance]
        time, name = self.clock(quote.span.start), self._names[speaker]
        label = self.t("quote.hear", time=time, name=name)
        side = self._sides[speaker]
        return Quoted(one_line(quote.text), name, side, time, label, quote.span, quote.utterance)

    def all_quoted(self, quotes: Iterable[Quote], most: int | None = None) -> tuple[Quoted, ...]:
        """Quotes in their order, the first `most` of them."""
        return tuple(self.quoted(quote) for quote in tuple(quotes)[:most])

    def told(self, text: str) -> str:
        """A text made in the language of the call."""
        return one_line(typeset(text, self._language))

    def titled(self, group: str, slug: str) -> str:
        """What the playbook calls a kind of call or a tracker; else its slug, made readable."""
        texts, language = self._titles.get(f"{group}.{slug}"), self.t.language
        name = typeset(text_in(texts, language), language) if texts else self.t.named(group, slug)
        return one_line(name)

    def clock(self, seconds: float) -> str:
        """A moment of the call; with hours in a call of an hour or more."""
        return clock(seconds, hours=self._hours)

    def name(self, who: str) -> str:
        """A speaker's name; someone who was not heard goes by the name that was said."""
        return next((name for one, name in self._names.items() if one == who), one_line(who))

    def side(self, who: str) -> Side:
        """A speaker's side, unknown for someone who was not heard."""
        return next((side for one, side in self._sides.items() if one == who), Side.UNKNOWN)

    def bar(self, span: Span) -> tuple[float, float]:
        """Where a stretch lies, as (from, length) in percent of the call."""
        return 100 * span.start / self.whole_s, 100 * span.seconds / self.whole_s

    def facts(self, *facts: str | None) -> str:
        """What is known, in one line."""
        return " · ".join(fact for fact in facts if fact)
