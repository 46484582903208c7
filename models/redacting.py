"""What is struck out of a call, taken out of all that is kept of it; and a tone over its sound.

Words go in one transaction with everything that quotes them, and the report is made anew from what
is left. The sound follows: a new recording is stored, then takes the place of the old one in a
transaction that lists the old files, which are deleted after it. Whoever dies in between leaves
nothing half: the recording is not to be heard until the tone is over it, and the next try makes the
very same file.
"""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, update
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from analyzer import Hearing, Meeting, Side
from analyzer.codec import hearing_to_json
from analyzer.corrections import FixWords
from analyzer.corrections_codec import correction_from_json
from analyzer.redaction import Kind, Masked, Wanted
from analyzer.speech import Span
from models import tables
from models.clips import sound_key
from models.doomed import doom
from models.files import StoredFile
from models.hearings import hold_call
from models.holds import hold_on
from models.lifecycle import PLAYABLE_PRIORITY, touch
from models.originals import keep_sound, keep_words
from models.privacy.holdings import rows_naming
from models.privacy.scanning import remove
from models.queue import defer
from models.redaction_rules import Rule, rule_for
from models.sealing import Seal
from models.storable import storable
from models.tables import (
    Call,
    Clip,
    Comment,
    Correction,
    Recording,
    Redaction,
    RedactionRule,
    StageResult,
    User,
)
from models.tables.columns import now
from models.trail import note

ACTOR = "redaction"


@dataclass(frozen=True, slots=True)
class Struck:
    """What is left of a call, where something was, and what is left of typed texts by id."""

    hearing: Hearing
    masked: tuple[Masked, ...]
    kinds: tuple[Kind, ...]
    corrections: dict[int, str]
    comments: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class Sound:
    """What a tone is to be laid over; `stretches` is how many there are by now."""

    key: str
    sha256: str
    origin_name: str
    spans: tuple[Span, ...]
    stretches: int


def wanted_of(session: Session, call: Call, meeting: Meeting) -> Wanted | None:
    """What the rule wants looked for in a call, None when nothing is.

    Names of its rep, of colleagues who take part and of companies stay.
    """
    kinds = rule_for(session, call.rep_id).kinds
    if not kinds:
        return None
    rep = session.get_one(User, call.rep_id)
    sellers = [one.name for one in meeting.participants if one.side is Side.SELLER]
    companies = [one.company for one in meeting.participants if one.company]
    others = [one.name for one in meeting.participants if one.side is not Side.SELLER]
    return Wanted(kinds, (rep.name, *sellers, *companies), tuple(others))


def fixes_of(session: Session, call_id: UUID) -> dict[int, FixWords]:
    """The words of a call that people put right, undone ones too, by the correction's id."""
    rows = session.exec(
        select(Correction).where(Correction.call_id == call_id, Correction.kind == "fix_words")
    )
    read = {one.id: correction_from_json(one.kind, one.what) for one in rows}
    return {one: fix for one, fix in read.items() if one is not None and isinstance(fix, FixWords)}


def comments_of(session: Session, call_id: UUID) -> dict[UUID, str]:
    """What people typed about a call, by id."""
    said = session.exec(select(Comment).where(Comment.call_id == call_id))
    return {one.id: one.text for one in said}


def strike_out(
    session: Session, seal: Seal, call: Call, struck: Struck, before: Hearing | None
) -> None:
    """Keep what is left of a call, with a line in the trail; its report is to be made anew.

    `before` is what was heard; where the rule or a legal hold keeps originals it goes aside.
    """
    hold_call(session, call.id)
    rule = rule_for(session, call.rep_id)
    if struck.masked and before is not None:
        readers = _readers(session, call, rule)
        if readers is not None:
            keep_words(session, seal, call.id, before, readers)
    told = storable(hearing_to_json(struck.hearing), f"the hearing of call {call.id}")
    session.execute(
        update(tables.Hearing).where(col(tables.Hearing.call_id) == call.id).values(hearing=told)
    )
    session.execute(delete(StageResult).where(col(StageResult.call_id) == call.id))
    _rewrite(session, struck)
    _note_struck(session, call, struck)
    if struck.masked or struck.corrections or struck.comments:
        _unquote(session, call.id)
    session.flush()


def strike_out_comments(session: Session, call_id: UUID, texts: dict[UUID, str]) -> None:
    """Keep what is left of comments, and nothing that quotes them."""
    _rewrite_comments(session, texts)
    if texts:
        _unquote(session, call_id)


def sound_due(session: Session, call_id: UUID) -> Sound | None:
    """What a tone is to be laid over, None when nothing is."""
    row = session.get(Redaction, call_id)
    recording = session.exec(select(Recording).where(Recording.call_id == call_id)).one_or_none()
    if row is None or row.sound not in {"due", "failed"}:
        return None
    if recording is None:
        row.sound, row.toned = "none", len(row.stretches)
        session.add(row)
        return None
    spans = tuple(Span(float(one[1]), float(one[2])) for one in row.stretches)
    return Sound(recording.key, recording.sha256, recording.origin_name, spans, len(row.stretches))


def swap_sound(session: Session, call_id: UUID, sound: Sound, stored: StoredFile) -> bool:
    """Put a recording with the tone in place of the one it was made of; False when it is gone.

    The old files are listed to be deleted, but for a recording that is kept aside.
    """
    call = session.exec(
        select(Call).where(Call.id == call_id).with_for_update(key_share=True)
    ).one_or_none()
    row = session.exec(
        select(Redaction).where(Redaction.call_id == call_id).with_for_update()
    ).one_or_none()
    recording = session.exec(
        select(Recording).where(Recording.call_id == call_id).with_for_update()
    ).one_or_none()
    if call is None or row is None or recording is None or recording.sha256 != sound.sha256:
        return False
    old = {recording.playable_key, recording.peaks_key}
    recording.unplayable = None
    if not keep_sound(session, recording):
        old.add(recording.key)
    old |= {sound_key(one) for one in session.exec(select(Clip).where(Clip.call_id == call_id))}
    doom(session, {one for one in old if one is not None and one != stored.key})
    recording.key, recording.sha256, recording.size = stored.key, stored.sha256, stored.size
    recording.media_type = "audio/flac"
    recording.playable_key = recording.playable_type = recording.peaks_key = None
    session.add(recording)
    row.toned = sound.stretches
    row.sound = "done" if sound.stretches == len(row.stretches) else "due"
    session.add(row)
    touch(call)
    session.add(call)
    detail = {"stretches": sound.stretches}
    note(session, ACTOR, verb="tone", noun="calls", subject_id=str(call_id), detail=detail)
    defer(session, "make_playable", priority=PLAYABLE_PRIORITY, call_id=str(call_id))
    return True


def sound_failed(session: Session, call_id: UUID) -> None:
    """Note that no tone could be laid: the recording stays closed."""
    row = session.get(Redaction, call_id, with_for_update=True)
    if row is not None and row.sound == "due":
        row.sound = "failed"
        session.add(row)
        found = select(Recording).where(Recording.call_id == call_id)
        recording = session.exec(found).one_or_none()
        if recording is not None:
            recording.unplayable = "no tone could be laid over what was struck out of it"
            session.add(recording)


def resume_sounds(session: Session, most: int = 100) -> int:
    """Try tones again that are due and were given up; returns how many."""
    due = select(Redaction.call_id).where(Redaction.sound == "due").limit(most)
    found = session.exec(due).all()
    for call_id in found:
        defer(session, "tone_call", priority=PLAYABLE_PRIORITY, call_id=str(call_id))
    return len(found)


def calls_due(session: Session, most: int) -> list[Call]:
    """Ready calls with words in which a wanted kind was not looked for yet, newest first."""
    return list(session.exec(_newest_due(most)))


def take_calls_due(session: Session, most: int, team_id: UUID | None) -> list[Call]:
    """The same of a team, or of all, kept from others; without those that others have in hand."""
    due = _newest_due(most).with_for_update(of=Call, skip_locked=True)
    if team_id is not None:
        due = due.where(col(User.team_id) == team_id)
    return list(session.exec(due))


def count_due(session: Session) -> int:
    """How many calls `calls_due` would go through."""
    statement = (
        select(func.count())
        .select_from(Call)
        .join(User, col(User.id) == col(Call.rep_id))
        .where(_is_due())
    )
    return session.exec(statement).one()


def counts_struck(session: Session) -> dict[str, int]:
    """What was struck out so far, by kind."""
    total = Counter[str]()
    for counts in session.exec(select(Redaction.counts)):
        total.update({kind: int(count) for kind, count in counts.items()})
    return dict(total)


def _newest_due(most: int) -> SelectOfScalar[Call]:
    calls = select(Call).join(User, col(User.id) == col(Call.rep_id)).where(_is_due())
    return calls.order_by(col(Call.started_at).desc(), col(Call.id)).limit(most)


def _is_due() -> ColumnElement[bool]:
    own = (select(RedactionRule.kinds).where(RedactionRule.team_id == col(User.team_id))).correlate(
        User
    )
    every = select(RedactionRule.kinds).where(col(RedactionRule.team_id).is_(None))
    rule = func.coalesce(own.scalar_subquery(), every.scalar_subquery())
    done = exists().where(
        col(Redaction.call_id) == col(Call.id),
        col(Redaction.kinds).op("@>")(rule),
    )
    has_words = exists().where(col(tables.Hearing.call_id) == col(Call.id))
    return (col(Call.state) == "ready") & has_words & (func.jsonb_array_length(rule) > 0) & ~done


def _readers(session: Session, call: Call, rule: Rule) -> str | None:
    """Who may read the original, None when it is not kept; under a legal hold it is."""
    if rule.originals != "none":
        return rule.originals
    return "admins" if hold_on(session, call.id) is not None else None


def _rewrite(session: Session, struck: Struck) -> None:
    for correction_id, text in struck.corrections.items():
        row = session.get(Correction, correction_id)
        if row is not None:
            row.what = {**row.what, "text": text}
            session.add(row)
    _rewrite_comments(session, struck.comments)


def _rewrite_comments(session: Session, texts: dict[UUID, str]) -> None:
    for comment_id, text in texts.items():
        session.execute(update(Comment).where(col(Comment.id) == comment_id).values(text=text))


def _unquote(session: Session, call_id: UUID) -> None:
    """Drop what was told of a call elsewhere: messages to programs, and kept answers."""
    for hit in [*rows_naming(session, [call_id])]:
        if hit.table not in {"procrastinate_jobs", "saved_view"}:
            remove(session, hit)


def _note_struck(session: Session, call: Call, struck: Struck) -> None:
    row = session.get(Redaction, call.id) or Redaction(call_id=call.id)
    counts = Counter({kind: int(count) for kind, count in row.counts.items()})
    counts.update(one.kind for one in struck.masked)
    row.kinds = list(dict.fromkeys((*row.kinds, *struck.kinds)))
    row.counts, row.looked_at = dict(counts), now()
    row.stretches = [
        *row.stretches,
        *map(_stretch, struck.masked),
    ]
    recording = session.exec(select(Recording).where(Recording.call_id == call.id)).one_or_none()
    if recording is not None and row.toned < len(row.stretches):
        row.sound = "due"
        _close(session, recording)
        defer(session, "tone_call", priority=PLAYABLE_PRIORITY, call_id=str(call.id))
    elif recording is not None and recording.playable_key is None and not recording.unplayable:
        defer(session, "make_playable", priority=PLAYABLE_PRIORITY, call_id=str(call.id))
    session.add(row)
    detail = {"kinds": list(struck.kinds), "found": dict(Counter(m.kind for m in struck.masked))}
    note(session, ACTOR, verb="strike_out", noun="calls", subject_id=str(call.id), detail=detail)


def _close(session: Session, recording: Recording) -> None:
    """Take away what browsers play, until there is a tone in it."""
    doom(session, {one for one in (recording.playable_key, recording.peaks_key) if one})
    recording.playable_key = recording.playable_type = recording.peaks_key = None
    session.add(recording)


def _stretch(one: Masked) -> list[str | float]:
    return [one.kind, round(one.span.start, 3), round(one.span.end, 3)]
