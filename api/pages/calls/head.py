"""The head of a call's page: what it was, with whom, and who spoke."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from analyzer.formats.quoting import Scribe
from analyzer.formats.rendering import one_line
from analyzer.report import CallReport
from api.pages.deals.phrases import stage_name
from api.pages.frame import Reader
from api.pages.words import Words, marked
from models.calls import CallRow
from models.rights import may_change, visible_deals
from models.tables import Account, Correction, Deal

NOTICES = {
    "no_speech": marked(
        "No speech was found in this recording. Check that it is the right file, and that the "
        "microphone was on."
    ),
    "no_words": marked(
        "Voices were heard, but no words could be made out. The recording may be too faint, too "
        "noisy, or in a language that Talktrack does not know."
    ),
    "language_uncertain": marked(
        "It is not sure which language is spoken, so words may be wrong. Say which one it is under "
        "“Call details”."
    ),
    "one_voice": marked(
        "Only one voice was heard, so there is no conversation to measure. Check that the "
        "recording holds both sides of the call."
    ),
    "one_voice_written": marked(
        "The transcript does not say who speaks, or names one person only, so there is no "
        "conversation to measure. Export it again with names."
    ),
    "times_reckoned": marked(
        "The transcript does not say when everybody starts and ends, so shares of talk and pauses "
        "are estimates."
    ),
}
"""What limits a report; that sides are not known is asked, not told."""
_CORRECTED = {
    "name_speaker": marked("Speaker named %(name)s"),
    "set_side": marked("Side of a speaker set"),
    "swap_sides": marked("Sides swapped"),
    "merge_speakers": marked("Two speakers merged"),
    "give_words": marked("Words at %(time)s given to another speaker"),
    "fix_words": marked("Words at %(time)s corrected"),
    "dismiss_tip": marked("Tip set aside"),
}


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a call; `deal_path` is empty where the reader may not open the deal."""

    call_id: UUID
    title: str
    when: str
    length: str | None
    language: str | None
    call_type: str | None
    rep: str
    deal: str | None
    stage: str | None
    deal_path: str
    account: str | None
    is_private: bool
    version: int
    may_change: bool


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who spoke; `why` is the evidence for name and side."""

    id: str
    name: str
    side: str
    side_name: str
    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Voices:
    """Who spoke, whom nobody recognised, and whether it is known who sells."""

    heard: tuple[Voice, ...] = ()
    not_heard: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Of those invited, to name a voice by."""
    are_unsure: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was put right."""

    id: int
    text: str
    when: str
    is_undone: bool


def head_of(
    session: Session, reader: Reader, row: CallRow, report: CallReport | None, scribe: Scribe | None
) -> Head:
    """Say what a call is."""
    call, words, deal = row.call, reader.words, row.deal
    slug = report.call_type.value if report else None
    language = report.transcript.language if report else None
    return Head(
        call_id=call.id,
        title=call.title,
        when=words.moment(call.started_at),
        length=words.length(report.transcript.duration_s) if report else None,
        language=scribe.t.language_name(language) if scribe and language else None,
        call_type=scribe.titled("call_type", slug) if scribe and slug else None,
        rep=row.rep.name,
        deal=deal.name if deal else None,
        stage=stage_name(words, deal.stage) if deal else None,
        deal_path=f"/deals/{deal.id}" if deal and _sees(session, reader, deal) else "",
        account=_account(session, row),
        is_private=call.is_private,
        version=call.version,
        may_change=may_change(reader.user, call),
    )


def voices_of(report: CallReport, scribe: Scribe, words: Words) -> Voices:
    """Say who spoke, on which side and why we think so."""
    heard = tuple(_voices(report, scribe))
    named = {one.name for one in report.speakers}
    invited = tuple(one_line(one.name) for one in report.meeting.participants)
    sides = {one.side for one in heard}
    return Voices(
        heard=heard,
        not_heard=tuple(name for name in invited if name not in named),
        names=invited,
        are_unsure=len(heard) > 1 and not {"seller", "buyer"} <= sides,
        notices=tuple(words(NOTICES[one]) for one in report.notices if one in NOTICES),
    )


def changes_of(rows: Sequence[Correction], words: Words) -> tuple[Change, ...]:
    """What was put right, the latest first."""
    return tuple(_change(row, words) for row in reversed(rows) if row.id is not None)


def _change(row: Correction, words: Words) -> Change:
    values = {"name": row.what.get("name", ""), "time": words.clock(row.what.get("start", 0.0))}
    text = words(_CORRECTED[row.kind]) % values
    return Change(row.id or 0, text, words.ago(row.created_at), row.undone_at is not None)


def _voices(report: CallReport, scribe: Scribe) -> Iterator[Voice]:
    invited = {one.name: one for one in report.meeting.participants}
    for speaker in report.speakers:
        guest = invited.get(speaker.name or "")
        role = ", ".join(filter(None, (guest.role, guest.company))) if guest else ""
        yield Voice(
            speaker.id,
            scribe.name(speaker.id),
            speaker.side.value,
            scribe.t(f"side.{speaker.side}"),
            one_line(role),
            scribe.told(speaker.why),
        )


def _sees(session: Session, reader: Reader, deal: Deal) -> bool:
    seen = select(Deal.id).where(col(Deal.id) == deal.id, visible_deals(reader.user))
    return session.exec(seen).one_or_none() is not None


def _account(session: Session, row: CallRow) -> str | None:
    account_id = row.call.account_id or (row.deal.account_id if row.deal else None)
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else None
