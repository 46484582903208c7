"""Reports, kept: the whole by the contract's keys, its facts and findings row by row."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Text, cast, delete, text
from sqlmodel import Session, SQLModel, col, select

from analyzer import BadReport, CallReport
from analyzer.codec import report_to_json
from analyzer.report import words_of
from analyzer.report_codec import report_from_kept, report_to_kept
from analyzer.speech import Span, SpeakerId, Turn, Word
from analyzer.transcript import Transcript, Utterance
from models import tables
from models.errors import Missing
from models.facts import facts_of
from models.findings import FINDINGS, Finding
from models.forgetting import forget_call
from models.hearings import hold_call
from models.originals import drop_original_words
from models.search.gathering import gather_words
from models.storable import put_rows, storable
from models.tables import Call, CallFacts, CallWords, Passage, Report
from models.tables.columns import Json, now

__all__ = [
    "forget_call",
    "has_report",
    "keep_passages",
    "keep_report",
    "load_report",
    "read_report_json",
]

_Derived = Finding | type[Report] | type[CallFacts] | type[CallWords] | type[Passage]


_UNQUOTE_MOMENTS = (
    "UPDATE moment SET quote = '', text = NULL, what = NULL, owner = NULL WHERE call_id = :id"
)
_UNQUOTE_ANSWERS = "UPDATE scorecard_answer SET quote = '' WHERE call_id = :id AND is_found"


def keep_report(  # noqa: PLR0913 (what a report is kept with)
    session: Session,
    call: Call,
    report: CallReport,
    *,
    playbook_id: UUID | None = None,
    corrections: int = 0,
    passages: Sequence[Passage] = (),
    only_words: bool = False,
) -> None:
    """Keep a report in place of the one before it, with everything derived from it.

    Of one that holds `only_words` there are no facts and no findings: nothing counts as none.

    Whoever keeps one of the same call meanwhile waits, then replaces it whole. The call's own row
    stays as it is. Raises Missing when the call is gone, BadInput when a number in it is none.
    """
    hold_call(session, call.id)
    row = {
        "call_id": call.id,
        "report": storable(report_to_json(report), f"the report of call {call.id}"),
        "kept": storable(_kept(report), f"the report of call {call.id}"),
        "language": report.transcript.language,
        "playbook_id": playbook_id,
        "corrections": corrections,
        "understood_at": now(),
    }
    forget_report(session, call.id)
    put_rows(session, Report, [row])
    if not only_words:
        put_rows(session, CallFacts, [facts_of(report, call.id).model_dump()])
    for table, make in FINDINGS.items():
        if only_words and table is not tables.Utterance:
            continue
        put_rows(session, table, ({"call_id": call.id, **one} for one in make(report)))
    gather_words(session, call.id)
    _put_passages(session, call.id, passages)


def has_report(session: Session, call_id: UUID) -> bool:
    """Whether a call was understood before."""
    return session.exec(select(Report.call_id).where(Report.call_id == call_id)).first() is not None


def keep_passages(session: Session, call_id: UUID, passages: Iterable[Passage]) -> None:
    """Keep the passages of a call in place of those before. Raises Missing when it is gone."""
    hold_call(session, call_id)
    session.execute(delete(Passage).where(col(Passage.call_id) == call_id))
    _put_passages(session, call_id, passages)


def forget_report(session: Session, call_id: UUID) -> None:
    """Drop the report of a call and every row derived from it; what was heard stays."""
    tables: tuple[_Derived, ...] = (Report, CallFacts, CallWords, Passage, *FINDINGS)
    for table in tables:
        session.execute(delete(table).where(col(table.call_id) == call_id))


def forget_words(session: Session, call_id: UUID) -> None:
    """Drop what was said on a call, wherever it is quoted; only numbers and names of things stay.

    Corrections go too: they hold words, and there is nothing left to be put right.
    """
    gone: tuple[type[SQLModel], ...] = (
        tables.Hearing,
        tables.StageResult,
        tables.Correction,
        Report,
        CallWords,
        Passage,
        tables.Utterance,
        tables.CallTopic,
        tables.NextStep,
        tables.Tip,
    )
    for table in gone:
        session.execute(delete(table).where(table.call_id == call_id))  # type: ignore[attr-defined]
    drop_original_words(session, [call_id])
    mine = {"id": call_id}
    session.execute(text(_UNQUOTE_MOMENTS), mine)
    session.execute(text(_UNQUOTE_ANSWERS), mine)


def forget_findings(session: Session, call_id: UUID) -> None:
    """Drop what was made of a call's words; the words themselves stay, as far as they are there."""
    findings = (one for one in FINDINGS if one is not tables.Utterance)
    for table in (CallFacts, *findings):
        session.execute(delete(table).where(col(table.call_id) == call_id))
    stored = session.get(Report, call_id)
    if stored is None:
        return
    try:
        report = words_of(load_report(session, call_id))
    except BadReport:  # of another version: nobody can read it
        session.delete(stored)
    else:
        stored.report = storable(report_to_json(report), f"the words of call {call_id}")
        stored.kept = storable(_kept(report), f"the words of call {call_id}")
        session.add(stored)
    session.flush()


def read_report_json(session: Session, call_id: UUID) -> str:
    """The report by the contract's keys, as text that was never taken apart.

    The database orders the keys its own way. Raises Missing when there is no report yet.
    """
    written = session.exec(
        select(cast(Report.report, Text)).where(Report.call_id == call_id)
    ).one_or_none()
    if written is None:
        raise Missing(f"call {call_id} has no report yet: wait until it is ready")
    return written


def load_report(session: Session, call_id: UUID) -> CallReport:
    """The report as it was understood, to be shown again; a word is as exact as in the JSON.

    Its transcript is the one that was understood, whatever was put right or heard since, so that
    every quote is still where it says. Raises Missing when there is no report yet, BadReport when
    it is damaged or of another version: the call must be understood again.
    """
    stored = session.exec(
        select(Report.report, Report.kept).where(Report.call_id == call_id)
    ).one_or_none()
    if stored is None:
        raise Missing(f"call {call_id} has no report yet: wait until it is ready")
    told, kept = stored
    return report_from_kept(kept, _transcript(dict(told), dict(kept or {})))


def _kept(report: CallReport) -> Json:
    return {**report_to_kept(report), "heard_as": dict(report.transcript.heard_as)}


def _transcript(told: Json, kept: Json) -> Transcript:
    """The transcript by the contract's keys."""
    heard_as: Json = kept.get("heard_as", {})
    return Transcript(
        told["language"],
        told["duration"],
        tuple(_utterance(n, one) for n, one in enumerate(told["utterances"])),
        tuple(Turn(_span(one), SpeakerId(one["speaker"])) for one in told["turns"]),
        {SpeakerId(new): SpeakerId(old) for new, old in heard_as.items()},
    )


def _utterance(index: int, told: Json) -> Utterance:
    words = (Word(_span(one), one["text"], one["confidence"]) for one in told["words"])
    is_backchannel = told.get("backchannel", False)
    return Utterance(index, SpeakerId(told["speaker"]), tuple(words), is_backchannel)


def _span(told: Json) -> Span:
    return Span(told["start"], told["end"])


def _put_passages(session: Session, call_id: UUID, passages: Iterable[Passage]) -> None:
    columns = [name for name in Passage.model_fields if name not in {"id", "call_id"}]
    rows = ({name: getattr(one, name) for name in columns} for one in passages)
    put_rows(session, Passage, ({"call_id": call_id, **row} for row in rows))
