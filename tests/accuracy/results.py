"""One group of recordings as heard by Talktrack and by the stock pipeline, scored and checked."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.accuracy.cases import Group
from tests.accuracy.limits import Check, checks, has_language_rule
from tests.accuracy.reports import Reports, stock_reports, talktrack_reports
from tests.accuracy.score import Score, pool, score


@dataclass(frozen=True, slots=True)
class Result:
    """A group as both programs heard it."""

    group: Group
    reports: Reports
    scores: dict[str, Score]
    stock: dict[str, Score]

    @property
    def invented(self) -> dict[str, int]:
        """Words heard where nobody spoke, by case."""
        return {
            case.id: sum(word.start < case.quiet_until for word in heard.words)
            for case in self.group.cases
            if case.quiet_until and (heard := self.reports.heard.get(case.id))
        }

    @property
    def missing(self) -> int:
        """Recordings with a truth but without a report."""
        return sum(case.id not in self.scores for case in self.group.scored)


def measure(group: Group, threads: int, *, with_meeting: bool, is_stock_run: bool) -> Result:
    """Let both programs hear a group, and score what they wrote."""
    reports = talktrack_reports(group.cases, threads, with_meeting=with_meeting)
    stock = stock_reports(group.scored, threads, is_run=is_stock_run)
    return Result(group, reports, _scores(group, reports), _scores(group, stock))


def result_checks(result: Result) -> Iterator[Check]:
    """Every requirement on a group."""
    slug = result.group.slug
    yield from checks(result.group, result.scores, result.stock)
    if any(case.quiet_until for case in result.group.cases):
        invented = sum(result.invented.values()) if result.invented else None
        yield Check(f"{slug}: words invented", invented, 0, "words")
    yield Check(f"{slug}: crashes", result.reports.crashes, 0, "runs")
    if result.group.scored:
        yield Check(f"{slug}: reports missing", result.missing, 0, "reports")


def pooled_rows(result: Result) -> Iterator[tuple[str, Score]]:
    """A group's pooled scores by name: Talktrack's and the stock pipeline's, then by language."""
    for program, scores in (("all", result.scores), ("stock", result.stock)):
        if not scores:
            continue
        yield program, pool(tuple(scores.values()), program)
        for language in result.group.languages if has_language_rule(result.group) else ():
            spoken = [case.id for case in result.group.scored if case.language == language]
            known = [scores[case] for case in spoken if case in scores]
            yield f"{program}, {language}", pool(known, program, language)


def _scores(group: Group, reports: Reports) -> dict[str, Score]:
    return {
        case.id: score(case.reference, reports.heard[case.id])
        for case in group.cases
        if case.reference and case.id in reports.heard
    }
