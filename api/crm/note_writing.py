"""What is written into a CRM of a call: its note, its next steps as to-dos, fields of its deal.

All of it comes from the report. Tips stay out unless a template asks for them: they are for the
rep, not for the customer's record.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from analyzer.formats.wording import Wording
from analyzer.lexicon import fold
from analyzer.recording import Side
from analyzer.report import CallReport
from api.crm.note_content import (
    FIGURES,
    ITEM,
    LISTS,
    SUMMARISED,
    first_step,
    heard,
    rivals,
    stated,
    step_text,
    who_does,
)
from api.crm.note_rendering import (
    Block,
    Line,
    Note,
    Span,
    clean,
    clipped,
    mark_of,
    to_html,
    to_text,
    with_something,
)
from api.crm.note_template import Blank, Section, Template, default_template, is_list
from api.crm.note_template import Line as TemplateLine
from api.crm.note_words import crm_words
from api.crm.port import CallNote, CrmTask
from models.errors import BadInput
from models.findings import next_step_rows

WRITTEN = ("next_step", "next_step_date", "competitor", "objection", "summary")
"""What may be written to fields of a deal."""
_TITLE, _TASK, _VALUE = 150, 120, 2_000
"""The longest of each, in signs."""
_DASH = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Told:
    """What a note says of a call besides its report.

    `started_at` is in the zone it is read in; `link` opens the call in Talktrack, None where this
    has no public address.
    """

    call_id: UUID
    title: str
    started_at: datetime
    rep: str
    rep_email: str | None = None
    link: str | None = None


def write_note(
    report: CallReport, told: Told, template: Template | None, language: str | None, limit: int
) -> CallNote:
    """The note of a call; None takes the template that comes with us, the language of the call.

    Raises BadInput when the link is no http address, or not even the mark is within the limit.
    """
    note = compose(report, told, template, language)
    return CallNote(
        mark=note.mark,
        title=note.title,
        html=to_html(note, limit),
        text=to_text(note, limit),
        call_at=told.started_at,
        owner_email=told.rep_email,
    )


def compose(
    report: CallReport, told: Told, template: Template | None, language: str | None
) -> Note:
    """The whole note in blocks, however long it is. Raises BadInput as `write_note` does."""
    if told.link is not None and not told.link.startswith(("https://", "http://")):
        raise BadInput("note: the link to the call is no http address; see TALKTRACK_PUBLIC_URL")
    t = crm_words(language or report.transcript.language)
    filled = template or default_template(t.language)
    content = _Content(report, told, t, filled.blanks)
    blocks = [one for section in filled.sections for one in _section(section, content)]
    title = clipped(t("crm_note.title", title=clean(told.title)), _TITLE)
    return Note(title, with_something(blocks), mark_of(told.call_id), t("crm_note.shortened"))


def note_hash(note: CallNote) -> str:
    """Tells one note from another: 64 hex digits, the same for the same words on every machine."""
    return _hash({**asdict(note), "call_at": note.call_at.astimezone(UTC).isoformat()})


def task_hash(task: CrmTask) -> str:
    """The same of a to-do."""
    return _hash(asdict(task))


def write_tasks(report: CallReport, told: Told, language: str | None = None) -> list[CrmTask]:
    """The seller's own next steps as to-dos, each once; who says the same keeps its mark.

    The texts are plain: a CRM that shows HTML must have them escaped.
    """
    t = crm_words(language or report.transcript.language)
    tasks: dict[str, CrmTask] = {}
    for step in next_step_rows(report):
        if step["owner_side"] == Side.SELLER.value:
            task = _task(step, report, told, t)
            tasks.setdefault(task.mark, task)
    return list(tasks.values())


def field_values(
    report: CallReport,
    mapping: Mapping[str, str],
    language: str | None = None,
    longest: Mapping[str, int] | None = None,
) -> dict[str, str]:
    """What to write to fields of a deal, by the field's name; what was not heard is left out.

    `mapping` says for each field which of `WRITTEN` it gets, `longest` how many signs it takes.
    Raises BadInput for anything else.
    """
    t = crm_words(language or report.transcript.language)
    values: dict[str, str] = {}
    for name, what in mapping.items():
        if what not in WRITTEN:
            raise BadInput(
                f"fields: {name}: there is no {what[:40]!r}; there are {_named(WRITTEN)}"
            )
        value = _VALUES[what](report, t)
        if value:
            values[name] = clipped(value, (longest or {}).get(name) or _VALUE)
    return values


class _Content:
    """What placeholders stand for."""

    def __init__(self, report: CallReport, told: Told, t: Wording, others: frozenset[str]) -> None:
        self._report, self._told, self._t = report, told, t
        self._others = others
        """The lists the template has by themselves: the summary leaves them out."""

    def inline(self, name: str) -> Span | None:
        """What stands inside a line, None when it is not known."""
        report, told, t = self._report, self._told, self._t
        match name:
            case "link":
                return Span(t("crm_note.link"), href=told.link) if told.link else None
            case "title":
                text = clean(told.title)
            case "date":
                text = t.date(told.started_at)
            case "rep":
                text = clean(told.rep)
            case "duration":
                text = t.duration(int(report.transcript.duration_s))
            case _:
                text = FIGURES[name](report, t)
        return Span(clipped(text, ITEM)) if text else None

    def blocks(self, name: str) -> tuple[Block, ...]:
        """The list a placeholder stands for, empty when there is nothing to tell."""
        if name == "summary":
            return tuple(self._summary())
        lines = tuple(LISTS[name](self._report, self._t))
        return (Block("items", lines),) if lines else ()

    def _summary(self) -> Iterator[Block]:
        """The sections of the summary, each under its name."""
        for key in SUMMARISED:
            lines = tuple(stated(self._report, key))
            if lines and key not in self._others:
                yield Block("label", ((Span(self._t(f"note.{key}")),),))
                yield Block("items", lines)


def _section(section: Section, content: _Content) -> Iterator[Block]:
    """A heading and what stands under it, nothing where none of its placeholders is known."""
    heading = _filled(section.heading, content) if section.heading else None
    under: list[Block] = []
    paragraph: list[Line] = []
    for line in (*section.lines, ()):
        told = None if is_list(line) else _filled(line, content)
        if told:
            paragraph.append(told)
        elif (not line or is_list(line)) and paragraph:
            under.append(Block("paragraph", tuple(paragraph)))
            paragraph = []
        if is_list(line) and isinstance(line[0], Blank):
            under += content.blocks(line[0].name)
    if section.blanks and not any(_is_known(one, content) for one in section.blanks):
        return
    if heading and (under or section.blanks):
        yield Block("heading", (heading,))
    elif heading:
        # Nothing was meant to stand under it, so it is no heading to be left out.
        yield Block("paragraph", (tuple(replace(one, is_bold=True) for one in heading),))
    yield from under


def _is_known(name: str, content: _Content) -> bool:
    is_inline = name not in LISTS and name != "summary"
    return content.inline(name) is not None if is_inline else bool(content.blocks(name))


def _filled(line: TemplateLine, content: _Content) -> Line | None:
    """A line with its placeholders filled, None where it has some and none of them is known."""
    spans = [
        Span(_literal(one)) if isinstance(one, str) else content.inline(one.name) for one in line
    ]
    known = [span for span, one in zip(spans, line, strict=True) if isinstance(one, Blank) and span]
    if not line or (not known and any(isinstance(one, Blank) for one in line)):
        return None
    return tuple(span or Span(_DASH) for span in spans)


def _literal(text: str) -> str:
    """A text of a template: clean, with the spaces at its ends."""
    told = clean(text)
    return f"{' ' * text[:1].isspace()}{told}{' ' * text[-1:].isspace()}" if told else " "


def _task(step: Mapping[str, Any], report: CallReport, told: Told, t: Wording) -> CrmTask:
    what = clean(step["text"])
    words = " ".join("".join(sign if sign.isalnum() else " " for sign in fold(what)).split())
    day = t.day(told.started_at.date())
    lines = (
        clipped(what, ITEM),
        t("crm_note.quote", text=clipped(clean(step["quote"]), ITEM)),
        t("crm_task.from_call", title=clipped(clean(told.title), _TITLE), day=day),
        told.link,
    )
    mark = mark_of(uuid5(told.call_id, words))
    note = Note("", (Block("paragraph", tuple((Span(one),) for one in lines if one)),), mark, "")
    return CrmTask(
        mark=mark,
        title=clipped(what, _TASK),
        text=to_text(note, 10_000),
        due_on=step["due_on"],
        owner_email=_owner_email(step["owner"], report) or told.rep_email,
    )


def _owner_email(owner: str | None, report: CallReport) -> str | None:
    """The address of whoever of ours is to do it, as the invitation has it."""
    name = fold(owner or "").strip()
    same = [
        one.email
        for one in report.meeting.participants
        if one.email and one.side is Side.SELLER and fold(one.name).strip() == name
    ]
    return same[0].strip().lower() if len(same) == 1 else None


def _next_step_value(report: CallReport, t: Wording) -> str:
    step = first_step(report)
    return f"{t('crm_note.label', what=who_does(step, t))} {step_text(step, t)}" if step else ""


def _next_step_date(report: CallReport, _: Wording) -> str:
    step = first_step(report)
    return step["due_on"].isoformat() if step and step["due_on"] else ""


def _competitor_value(report: CallReport, t: Wording) -> str:
    return t("crm_note.between").join(clean(one) for one in rivals(report))


def _objection_value(report: CallReport, t: Wording) -> str:
    about = (
        t.named("about.objection", one.about) for one in heard(report, "objection") if one.about
    )
    return t("crm_note.between").join(dict.fromkeys(clean(one) for one in about))


def _summary_value(report: CallReport, t: Wording) -> str:
    sections = ((key, list(stated(report, key))) for key in SUMMARISED)
    return "\n".join(
        f"{t('crm_note.label', what=t(f'note.{key}'))} " + " ".join(line[0].text for line in lines)
        for key, lines in sections
        if lines
    )


def _named(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _hash(fields: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(fields, sort_keys=True, default=str).encode()).hexdigest()


_VALUES: Mapping[str, Callable[[CallReport, Wording], str]] = {
    "next_step": _next_step_value,
    "next_step_date": _next_step_date,
    "competitor": _competitor_value,
    "objection": _objection_value,
    "summary": _summary_value,
}
