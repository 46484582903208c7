"""What a changed playbook would find on one call, beside what it finds as it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request, Response
from sqlmodel import Session

from analyzer import read_playbook
from analyzer.conversation import Quote
from analyzer.formats.wording import wording
from analyzer.playbook import Playbook as Rules
from analyzer.playbook import text_in
from analyzer.report import CallReport
from api.dependencies import SessionDep
from api.pages.frame import Reader, ReaderDep
from api.pages.playbooks.drafts import TypedDep, draft_entry, first
from api.pages.playbooks.forms import Typed
from api.pages.playbooks.mistakes import mistakes
from api.pages.playbooks.shown import Book, book_of
from api.pages.rendering import show
from api.pages.routing import page_router
from api.pages.words import Words, marked
from models.playbook_comparison import compare_playbooks
from models.playbooks import find_playbook
from models.rights import find_call
from models.tables import Playbook

router = page_router("playbooks")
_SHOWN = 12
_STATUS = {
    "covered": marked("covered"),
    "touched": marked("only touched on"),
    "not_found": marked("not found"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a playbook finds; two are the same when their keys are."""

    key: tuple[object, ...]
    part: str
    name: str
    detail: str = ""
    at_s: float | None = None
    clock: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What is new, what is gone, and what stays; `problems` where nothing could be tried."""

    book: Book
    call_id: UUID | None
    title: str
    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    same: tuple[Finding, ...]
    problems: tuple[str, ...]
    back: str


@router.post("/playbooks/{playbook_id}/try", tags=["quiet"])
def try_draft(
    request: Request, reader: ReaderDep, session: SessionDep, playbook_id: UUID, given: TypedDep
) -> Response:
    """Try what is typed on a call; nothing is kept."""
    row = find_playbook(session, reader.user, playbook_id)
    text, problems = _text(reader.words, row, given)
    call_id = _call_id(first(given, "call_id"))
    if call_id is None:
        problems = (*problems, reader.words("Choose a call to try it on."))
    if problems or call_id is None or text is None:
        page = _page(session, reader, row, None, "", ((), (), ()), problems)
    else:
        call = find_call(session, reader.user, call_id)
        name = f"{row.name}.toml"
        before, after = read_playbook(row.text, name), read_playbook(text, name)
        both = compare_playbooks(session, call, before, after)
        was = tuple(_findings(reader.words, both.before, before))
        found = _differing(was, tuple(_findings(reader.words, both.after, after)))
        page = _page(session, reader, row, call_id, call.title, found, ())
    return show(request, reader, "playbook_trial.html", page)


def _page(  # noqa: PLR0913, PLR0917 (what the page is made of)
    session: Session,
    reader: Reader,
    row: Playbook,
    call_id: UUID | None,
    title: str,
    found: tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Finding, ...]],
    problems: tuple[str, ...],
) -> TrialPage:
    book = book_of(session, reader, row)
    return TrialPage(book, call_id, title, *found, problems, f"/playbooks/{row.id}")


def _text(words: Words, row: Playbook, given: Typed) -> tuple[str | None, tuple[str, ...]]:
    """The text to try: what was typed of it, or of one entry; and what is wrong in it."""
    if "text" in given:
        text = first(given, "text")
        wrong = mistakes(words, text)
        return text, tuple(
            words("Line %(line)s: %(what)s", line=one.line, what=one.what) if one.line else one.what
            for one in wrong
        )
    if "part" not in given:
        return row.text, ()
    draft = draft_entry(words, row, given)
    return draft.text, (*draft.wrong.values(), *draft.others)


def _call_id(typed: str) -> UUID | None:
    try:
        return UUID(typed)
    except ValueError:
        return None


def _differing(
    before: tuple[Finding, ...], after: tuple[Finding, ...]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...], tuple[Finding, ...]]:
    """What is new, what is gone, what stays."""
    was, now = {one.key for one in before}, {one.key for one in after}
    return (
        tuple(one for one in after if one.key not in was),
        tuple(one for one in before if one.key not in now),
        tuple(one for one in after if one.key in was),
    )


def _findings(words: Words, report: CallReport, rules: Rules) -> Iterator[Finding]:
    """All that a playbook has a say in."""
    yield from _heard(words, report, rules)
    yield from _covered(words, report)
    yield from _coached(words, report)
    yield from _answered(words, report)
    kind = report.call_type.value
    if kind:
        name = text_in(report.titles.get(f"call_type.{kind}", {}), words.language) or kind
        yield Finding(("call_type", kind), words("Kind of call"), name)


def _heard(words: Words, report: CallReport, rules: Rules) -> Iterator[Finding]:
    titles = {one.id: text_in(one.name, words.language) for one in rules.trackers}
    for moment in report.moments:
        if moment.kind == "tracker":
            name = titles.get(moment.name or "", moment.name or "")
            yield _quoted(words, ("tracker", moment.name), words("Tracker"), name, moment.quote)
        elif moment.kind == "competitor":
            key = ("competitor", moment.name)
            yield _quoted(words, key, words("Competitor"), moment.name or "", moment.quote)


def _covered(words: Words, report: CallReport) -> Iterator[Finding]:
    for one in report.coverage.items:
        status = words(_STATUS[one.status])
        yield Finding(
            ("agenda", one.item.title, one.status), words("Agenda"), one.item.title, status
        )


def _coached(words: Words, report: CallReport) -> Iterator[Finding]:
    best, t = report.coaching.best, wording(words.language)
    for tip in (*((best,) if best else ()), *report.coaching.improve):
        part = words("Praise") if tip is best else words("Advice")
        area = t.named("area", tip.area)
        yield Finding(("tip", tip.rule, tip.finding), part, tip.finding, area)


def _answered(words: Words, report: CallReport) -> Iterator[Finding]:
    for filled in report.scorecards:
        card = text_in(filled.scorecard.name, words.language)
        for answer in filled.answers:
            for quote in answer.quotes[:1]:
                key = ("scorecard", filled.scorecard.id, answer.criterion.id)
                question = text_in(answer.criterion.question, words.language)
                yield _quoted(words, key, card, question, quote)


def _quoted(words: Words, key: tuple[object, ...], part: str, name: str, quote: Quote) -> Finding:
    start_s = quote.span.start
    clock = words.clock(start_s)
    return Finding((*key, quote.text, start_s), part, name, "", start_s, clock, quote.text)
