"""Erasing, step by step: each is a transaction of its own and can be done again.

    plan -> calls -> rows -> texts -> files -> check -> prove -> notes -> done

Whoever dies leaves the order where it was; the next one goes on. Files go when no row names them
any more, on the way that all deleted files take.
"""

from collections.abc import Callable, Collection, Sequence
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Engine, delete, text, update
from sqlmodel import Session, SQLModel, col, select

from models import lifecycle
from models.database import keyed, session_scope, take_time
from models.doomed import doom
from models.errors import Conflict
from models.events import tell
from models.files import Files
from models.forgetting import drop_doomed, forget_call, forget_recordings
from models.hearings import has_hearing
from models.holds import await_holds, check_account_free, hold_on
from models.objections import forget_whose
from models.originals import drop_originals
from models.privacy.holdings import held_by_account, rows_naming
from models.privacy.matching import Mentions
from models.privacy.orders import calls_meant, person_of, subject_of
from models.privacy.person import (
    Person,
    contact_rows,
    invitation_rows,
    lead_rows,
    others_on,
)
from models.privacy.proofs import prove
from models.privacy.scanning import Hit, remove, scan, scrub
from models.reports import has_report
from models.sealing import Seal
from models.search.gathering import gather_words
from models.tables import (
    Account,
    Activity,
    Call,
    Clip,
    CrmPush,
    Deal,
    Erasure,
    ImportedFile,
    Lead,
    Upload,
    User,
)
from models.tables.columns import Json, now
from models.trail import note
from models.watching import hidden

PAUSE_S = 30
_ROUNDS = 3
_DELETED = frozenset(
    {
        "webhook_delivery",
        "idempotency_key",
        "saved_view",
        "procrastinate_jobs",
    }
)
"""Rows that are of no use without the person: they go whole."""
_HEARD_FROM = frozenset({"call", "hearing", "correction"})
"""What a report is made of."""
_Step = Callable[[Session, Erasure], None]


class Held(Conflict):
    """A call was put under a legal hold meanwhile."""

    def __init__(self, call_id: UUID) -> None:
        super().__init__(f"call {call_id} is under a legal hold; lift it, then try again")


class Eraser:
    """Does what orders say."""

    def __init__(self, engine: Engine, files: Files, seal: Seal, key: str) -> None:
        self._engine, self._files, self._seal, self._key = keyed(engine, key), files, seal, key

    def run(self, erasure_id: UUID, should_stop: Callable[[], bool] = lambda: False) -> str:
        """Go on with an order as far as it can now; returns its stage: `notes`, `done`, or another.

        Another means that it is to be gone on with later: a call is being heard at the moment.
        """
        steps: dict[str, _Step] = {
            "plan": self._plan,
            "calls": self._one_call,
            "rows": self._rows,
            "texts": self._texts,
            "files": self._drop_files,
            "check": self._check,
            "prove": self._prove,
        }
        while not should_stop():
            with session_scope(self._engine) as session:
                erasure = session.get(Erasure, erasure_id, with_for_update=True)
                if erasure is None or erasure.state in {"done", "failed"}:
                    return "done"
                if erasure.stage not in steps:
                    return erasure.stage
                erasure.state = "running"
                before = (erasure.stage, len(erasure.plan.get("call_ids", ())))
                steps[erasure.stage](session, erasure)
                session.add(erasure)
                after = (erasure.stage, len(erasure.plan.get("call_ids", ())))
            if before == after:
                return before[0]
        return "calls"

    def _plan(self, session: Session, erasure: Erasure) -> None:
        call_ids = self._calls(session, erasure)
        erasure.plan = {**erasure.plan, "call_ids": [str(one) for one in call_ids]}
        erasure.total, erasure.stage = erasure.done + len(call_ids), "calls"

    def _calls(self, session: Session, erasure: Erasure) -> list[UUID]:
        subject = subject_of(self._seal, erasure)
        return calls_meant(session, erasure.kind, dict(subject))

    def _one_call(self, session: Session, erasure: Erasure) -> None:
        await_holds(session)
        waiting = list(erasure.plan.get("call_ids", ()))
        if not waiting:
            erasure.stage = "rows"
            return
        for place, one in enumerate(waiting):
            call = _locked(session, UUID(one))
            if call is not None and not self._may_go_on(session, erasure, call):
                continue
            if call is not None and hold_on(session, call.id) is not None:
                raise Held(call.id)
            if call is not None:
                self._erase_call(session, erasure, call)
            erasure.plan = {**erasure.plan, "call_ids": waiting[:place] + waiting[place + 1 :]}
            erasure.done += 1
            return

    @staticmethod
    def _may_go_on(session: Session, erasure: Erasure, call: Call) -> bool:
        """A call a person is to be taken out of must be heard first: the name may be said in it."""
        is_kept = erasure.kind == "person" and erasure.wanted["calls"] == "take_out"
        in_hand = call.state in lifecycle.IN_HAND
        return not is_kept or not in_hand or has_hearing(session, call.id)

    def _erase_call(self, session: Session, erasure: Erasure, call: Call) -> None:
        if erasure.wanted["crm_notes"]:
            _plan_notes(session, erasure, call)
        if erasure.kind == "person" and erasure.wanted["calls"] == "take_out":
            person = person_of(subject_of(self._seal, erasure))
            _take_out(session, erasure, call, person)
        else:
            _delete_call(session, erasure, call)

    def _rows(self, session: Session, erasure: Erasure) -> None:
        subject = subject_of(self._seal, erasure)
        if erasure.kind == "person":
            _delete_rows(session, erasure, person_of(subject))
        elif erasure.kind == "account":
            _delete_account(session, erasure, UUID(subject["id"][0]))
        erasure.stage = "texts" if erasure.kind == "person" else "files"

    def _texts(self, session: Session, erasure: Erasure) -> None:
        person = person_of(subject_of(self._seal, erasure))
        _clean(session, erasure, person.everywhere, [*scan(session, person.everywhere)])
        erasure.stage = "files"

    def _drop_files(self, session: Session, erasure: Erasure) -> None:
        take_time(session)  # a bucket may take its time
        drop_doomed(self._engine, self._files)
        for upload_id in erasure.plan.get("uploads", ()):
            self._files.drop_parts(upload_id)
        erasure.plan = {**erasure.plan, "uploads": []}
        erasure.stage = "check"

    def _check(self, session: Session, erasure: Erasure) -> None:
        """Look once more: what came in meanwhile goes too."""
        left = self._left(session, erasure)
        rounds = int(erasure.plan.get("rounds", 0)) + 1
        erasure.plan = {**erasure.plan, "rounds": rounds}
        erasure.stage = "plan" if left and rounds < _ROUNDS else "prove"
        erasure.counts = {**erasure.counts, "left": left}

    def _left(self, session: Session, erasure: Erasure) -> int:
        calls = len(self._calls(session, erasure)) if erasure.kind != "call" else 0
        if erasure.kind != "person":
            return calls
        person = person_of(subject_of(self._seal, erasure))
        rows = (contact_rows, lead_rows, invitation_rows)
        structured = sum(len(one(session, person)) for one in rows)
        return calls + structured + sum(1 for _hit in scan(session, person.everywhere))

    def _prove(self, session: Session, erasure: Erasure) -> None:
        """Sign what was done, and forget whom it was about."""
        take_time(session)
        prove(session, self._files, self._key, erasure, erasure.kind)
        by = session.get(User, erasure.asked_by_id) if erasure.asked_by_id else None
        told = {**erasure.counts, **erasure.wanted}
        note(
            session,
            by or "talktrack",
            verb="erase",
            noun=erasure.kind,
            subject_id=str(erasure.id),
            detail=told,
        )
        erasure.subject = None
        finish(erasure, "notes" if erasure.plan.get("notes") else "done")


def finish(erasure: Erasure, stage: str) -> None:
    """Note how far an order came."""
    erasure.stage = stage
    if stage == "done":
        erasure.state, erasure.plan, erasure.finished_at = "done", {}, now()
        erasure.failure = None


def notes_done(session: Session, files: Files, key: str, erasure: Erasure) -> None:
    """The notes at CRMs are gone too: a line of its own says so."""
    prove(session, files, key, erasure, "crm_notes")
    by = session.get(User, erasure.asked_by_id) if erasure.asked_by_id else None
    note(
        session,
        by or "talktrack",
        verb="erase_crm_notes",
        noun=erasure.kind,
        subject_id=str(erasure.id),
    )
    finish(erasure, "done")


def _plan_notes(session: Session, erasure: Erasure, call: Call) -> None:
    pushes = session.exec(select(CrmPush).where(CrmPush.call_id == call.id).with_for_update())
    notes: list[Json] = list(erasure.plan.get("notes", ()))
    for push in pushes.all():
        if push.note_id is None or push.note_deal_ref is None:
            continue
        notes.append(
            {
                "connection_id": str(push.connection_id),
                "deal_ref": push.note_deal_ref,
                "note_id": push.note_id,
            }
        )
        push.note_id = push.note_deal_ref = push.note_hash = push.note_url = None
        push.state, push.try_number = "held", None
        session.add(push)
    erasure.plan = {**erasure.plan, "notes": notes}
    session.flush()


def _delete_call(session: Session, erasure: Erasure, call: Call) -> None:
    lifecycle.stop_jobs(session, call)
    for hit in [*rows_naming(session, [call.id])]:
        remove(session, hit)
        _count(erasure, hit.table)
    _drop_uploads(session, erasure, col(Upload.call_id) == call.id)
    ref = call.ref
    keys = forget_call(session, call.id)
    tell(session, "call.deleted", {"call": {"id": str(call.id), "ref": ref, "title": None}})
    _doom(session, erasure, keys)
    _count(erasure, "calls")


def _take_out(session: Session, erasure: Erasure, call: Call, person: Person) -> None:
    """The label comes in the person's place; their words stay, and their voice unless it goes."""
    mentions = person.on_call(others_on(session, call, person))
    lifecycle.stop_jobs(session, call)
    session.flush()
    call_id = call.id
    if erasure.wanted["recordings"]:
        _doom(session, erasure, forget_recordings(session, [call_id]))
        session.execute(delete(Clip).where(col(Clip.call_id) == call_id))
    for hit in [*rows_naming(session, [call_id])]:
        if hit.table != "procrastinate_jobs":
            remove(session, hit)
    _drop_uploads(session, erasure, col(Upload.call_id) == call_id)
    hits = [*scan(session, mentions, call_ids=[call_id])]
    _clean(session, erasure, mentions, hits, calls={call_id})
    gather_words(session, call_id)
    _count(erasure, "calls")


def _delete_rows(session: Session, erasure: Erasure, person: Person) -> None:
    leads = lead_rows(session, person)
    ids = [one.id for one in leads]
    session.execute(update(Activity).where(col(Activity.lead_id).in_(ids)).values(lead_id=None))
    found: dict[str, Sequence[SQLModel]] = {
        "contacts": contact_rows(session, person),
        "leads": leads,
        "invitations": invitation_rows(session, person),
    }
    for what, rows in found.items():
        for row in rows:
            session.delete(row)
        _count(erasure, what, len(rows))
    session.flush()


def _delete_account(session: Session, erasure: Erasure, account_id: UUID) -> None:
    check_account_free(session, account_id)
    deals, leads, contacts = held_by_account(session, account_id)
    for hit in [*rows_naming(session, [account_id, *deals, *leads, *contacts])]:
        remove(session, hit)
        _count(erasure, hit.table)
    gone = ("leads", Lead, leads), ("deals", Deal, deals), ("accounts", Account, [account_id])
    for what, table, ids in gone:
        session.execute(delete(table).where(col(table.id).in_(ids)))
        _count(erasure, what, len(ids))


def _clean(
    session: Session,
    erasure: Erasure,
    mentions: Mentions,
    hits: list[Hit],
    calls: set[UUID] | None = None,
) -> None:
    """Take a person out of rows, and have what is made of them made again."""
    again = set(calls or ())
    for hit in hits:
        if hit.table in _DELETED:
            remove(session, hit)
        elif hit.table == "upload":
            _drop_uploads(session, erasure, _at(hit))
        elif hit.table == "imported_file":
            _hide_file(session, hit)
        elif hit.table == "processing_objection" and "email" in hit.values:
            forget_whose(session, _at(hit))
        else:
            scrub(session, hit, mentions, erasure.label)
        if hit.table in _HEARD_FROM and hit.call_id is not None:
            again.add(hit.call_id)
        _count(erasure, hit.table)
    session.expire_all()
    for call_id in again:
        _understand_again(session, call_id)


def _understand_again(session: Session, call_id: UUID) -> None:
    call = _locked(session, call_id)
    if call is None:
        return
    was_in_hand = call.state in lifecycle.IN_HAND
    doom(session, drop_originals(session, [call_id]))  # sealed: nobody can be taken out of it
    lifecycle.stop_jobs(session, call)  # whoever is at it read what was there before
    if has_hearing(session, call_id) and (has_report(session, call_id) or was_in_hand):
        lifecycle.understand(session, call)
    elif was_in_hand:
        lifecycle.resume(session, call)
    else:
        lifecycle.touch(call)
        session.add(call)
    session.flush()


def _drop_uploads(session: Session, erasure: Erasure, where: ColumnElement[bool]) -> None:
    for upload in session.exec(select(Upload).where(where).with_for_update()).all():
        uploads = [*erasure.plan.get("uploads", ()), str(upload.id)]
        erasure.plan = {**erasure.plan, "uploads": uploads}
        session.delete(upload)
        _count(erasure, "uploads")
    session.flush()


def _at(hit: Hit) -> ColumnElement[bool]:
    at = text("ctid = CAST(:place AS tid)").bindparams(place=hit.place)
    return cast("ColumnElement[bool]", at)


def _locked(session: Session, call_id: UUID) -> Call | None:
    return session.exec(select(Call).where(Call.id == call_id).with_for_update()).one_or_none()


def _hide_file(session: Session, hit: Hit) -> None:
    """The file itself is somebody else's; that it was taken must stay known, its name need not."""
    row = session.exec(select(ImportedFile).where(_at(hit))).one_or_none()
    if row is None:
        return
    row.name = hidden(row.name, row.mark)
    row.failure = None if row.state == "taken" else "it named somebody whose data were erased"
    row.state = "taken" if row.state == "taken" else "failed"
    session.add(row)
    session.flush()


def _doom(session: Session, erasure: Erasure, keys: Collection[str]) -> None:
    doom(session, keys)
    _count(erasure, "files", len(keys))


def _count(erasure: Erasure, what: str, count: int = 1) -> None:
    erasure.counts = {**erasure.counts, what: int(erasure.counts.get(what, 0)) + count}
