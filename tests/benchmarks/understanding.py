"""How fast an hour is understood: `python -m tests.benchmarks.understanding`, part of `make bench`.

The scripts of fixtures/ in one language, one after the other until they fill an hour, with the
models loaded before the clock starts.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from analyzer import load_engines
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Meeting
from analyzer.speech import Diarization, Hearing, Span, Turn, Word
from analyzer.understanding import Readers, understand_with
from tests.accuracy.limits import Check
from tests.accuracy.tables import check_table, write_between
from tests.accuracy.written import WrittenCall, script_calls

HOUR_S = 3600.0
AT_MOST_S = 5.0
LANGUAGES = ("en", "fr")


def hour_of(calls: Sequence[WrittenCall]) -> tuple[Hearing, Meeting]:
    """One call of an hour, with the agenda and the people of the first."""
    words: list[Word] = []
    turns: list[Turn] = []
    at = 0.0
    for call in cycle(calls):
        if at >= HOUR_S:
            break
        words += (replace(one, span=_later(one.span, at)) for one in call.hearing.words)
        turns += (replace(one, span=_later(one.span, at)) for one in call.hearing.diarization.turns)
        at += call.hearing.duration_s
    first = calls[0]
    hearing = replace(
        first.hearing,
        duration_s=at,
        words=tuple(words),
        diarization=Diarization(tuple(turns), tuple(turns)),
        channels=max(call.hearing.channels for call in calls),
    )
    return hearing, first.meeting


def _later(span: Span, by_s: float) -> Span:
    return Span(span.start + by_s, span.end + by_s)


def seconds_of(language: str, repeat: int = 5) -> float:
    """The median time that an hour in a language takes, models loaded."""
    calls = [call for call in script_calls() if call.language == language]
    hearing, meeting = hour_of(calls)
    engines = load_engines()
    readers = Readers(engines.reader, engines.embedder)
    understand_with(calls[0].hearing, meeting, standard_playbook(), readers)
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        understand_with(hearing, meeting, standard_playbook(), readers)
        taken.append(time.perf_counter() - start)
    return median(taken)


def understanding_checks() -> Iterator[Check]:
    """What is required in each language."""
    for language in LANGUAGES:
        what = f"an hour is understood in, {language}"
        yield Check(what, seconds_of(language), AT_MOST_S, "seconds")


def main(markdown: Annotated[Path | None, typer.Option()] = None) -> None:
    """Print the seconds of each language."""
    table = check_table("An hour understood, models loaded", tuple(understanding_checks()))
    typer.echo(table.text())
    if markdown:
        write_between(markdown, "understanding", table.markdown())


if __name__ == "__main__":
    typer.run(main)
