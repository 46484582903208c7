"""What stands beside a call's transcript: coaching, findings, numbers, and what people add."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from analyzer.formats.agenda_page import AgendaPart
from analyzer.formats.findings_page import (
    CallKind,
    Findings,
    Note,
    ScorecardPart,
    StepLine,
    TopicLine,
    findings_of,
)
from analyzer.formats.moments_page import MomentGroup
from analyzer.formats.wording import Wording, wording
from analyzer.report import CallReport
from api.pages.calls.clip_lists import Clips, clips_of
from api.pages.calls.crm import CrmPart, crm_part
from api.pages.calls.deal_glance import DealGlance, deal_glance
from api.pages.calls.finding_parts import (
    MetricLine,
    ObjectionLine,
    TalkBar,
    TipLine,
    group_of,
    metric_lines,
    objection_lines,
    other_groups,
    talk_bar,
    tip_lines,
)
from api.pages.calls.threads import Comments, comments_of
from api.pages.frame import Reader
from api.pages.words import Words, marked
from api.settings import Settings
from models.corrections import list_corrections
from models.rights import may_change
from models.tables import Call

_EXPORTS = (
    (marked("Report, a web page"), "html"),
    (marked("Report, Markdown"), "md"),
    (marked("Transcript, text"), "txt"),
    (marked("Subtitles, SRT"), "srt"),
    (marked("Subtitles, WebVTT"), "vtt"),
    (marked("Everything, JSON"), "json"),
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A tip that somebody set aside, by the correction that says so."""

    correction_id: int
    rule: str
    day: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the panel: where it is, what it is called, how much it holds."""

    anchor: str
    name: str
    count: str | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """What the report of a call says; `language` is the one that was spoken."""

    language: str
    tips: tuple[TipLine, ...]
    note: Note | None
    agenda: AgendaPart
    steps: tuple[StepLine, ...]
    questions: MomentGroup | None
    objections: tuple[ObjectionLine, ...]
    prices: MomentGroup | None
    competitors: MomentGroup | None
    others: tuple[MomentGroup, ...]
    topics: tuple[TopicLine, ...]
    scorecards: tuple[ScorecardPart, ...]
    call_kind: CallKind | None


@dataclass(frozen=True, slots=True)
class FindingsPanel:
    """All of it; `understood` is None while nothing was heard, and where nothing was said."""

    call_id: UUID
    has_report: bool
    may_change: bool
    understood: Understood | None
    set_aside: tuple[SetAside, ...]
    talk: TalkBar | None
    metrics: tuple[MetricLine, ...]
    comments: Comments
    clips: Clips
    deal: DealGlance | None
    crm: CrmPart
    exports: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def findings_panel(
    session: Session,
    reader: Reader,
    call: Call,
    report: CallReport | None,
    settings: Settings | None = None,
) -> FindingsPanel:
    """Lay out what a reader of a call sees beside its transcript; `report` is None until heard."""
    t, words = wording(reader.words.language), reader.words
    put = _set_aside(session, call, words)
    found = findings_of(report, t) if report else None
    understood = None
    if report and found:
        understood = _understood(report, found, frozenset(one.rule for one in put), t)
    comments = comments_of(session, reader, call)
    clips = clips_of(session, reader, call)
    return FindingsPanel(
        call.id,
        report is not None,
        may_change(reader.user, call),
        understood,
        put,
        talk_bar(report, t) if report else None,
        metric_lines(report, t) if report else (),
        comments,
        clips,
        deal_glance(session, reader, call, settings),
        crm_part(session, reader, call),
        tuple(_exports(call, words)) if report else (),
        (
            *(_sections(understood, t, words) if understood else ()),
            *((Section("metrics", words("Numbers")),) if report else ()),
            Section("comments", words("Comments"), comments.count),
            Section("clips", words("Clips"), clips.count),
        ),
    )


def _set_aside(session: Session, call: Call, words: Words) -> tuple[SetAside, ...]:
    """The tips set aside, by the corrections in force that say so."""
    return tuple(
        SetAside(one.id, str(one.what.get("rule")), words.day(one.created_at))
        for one in list_corrections(session, call.id)
        if one.kind == "dismiss_tip" and one.undone_at is None and one.id is not None
    )


def _understood(report: CallReport, found: Findings, put: frozenset[str], t: Wording) -> Understood:
    return Understood(
        report.transcript.language,
        tip_lines(report, found, put),
        found.note,
        found.agenda,
        found.steps,
        group_of(found, "question"),
        objection_lines(report, t),
        group_of(found, "pricing"),
        group_of(found, "competitor"),
        other_groups(found),
        found.topics,
        found.scorecards,
        found.call_kind,
    )


def _sections(found: Understood, t: Wording, words: Words) -> Iterator[Section]:
    number = words.number
    yield Section("summary", words("Summary"))
    yield Section("tips", words("Tips"), number(len(found.tips)))
    yield Section("agenda", words("Agenda"), found.agenda.count)
    yield Section("steps", words("Next steps"), number(len(found.steps)))
    yield Section("questions", words("Questions"), _count(found.questions, words))
    yield Section("objections", words("Objections"), number(len(found.objections)))
    yield Section("prices", words("Prices"), _count(found.prices, words))
    yield Section("competitors", words("Competitors"), _count(found.competitors, words))
    if found.others:
        count = number(sum(len(one.lines) for one in found.others))
        yield Section(f"moments-{found.others[0].kind}", t("moments.title"), count)
    yield Section("topics", words("Topics"), number(len(found.topics)))
    if found.scorecards or found.call_kind:
        yield Section("scorecards", words("Scorecards"))


def _count(group: MomentGroup | None, words: Words) -> str:
    return words.number(len(group.lines) if group else 0)


def _exports(call: Call, words: Words) -> Iterator[tuple[str, str]]:
    yield words("Report, PDF"), f"/calls/{call.id}/report.pdf"
    for name, form in _EXPORTS:
        language = words.language
        yield (
            words(name),
            f"/api/v1/calls/{call.id}/report?format={form}&language={language}",
        )
