"""What some kinds of files bring about besides their own rows."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from models.currencies import EURO
from models.importing.findings import Findings, ImportOptions
from models.importing.shape import table_of
from models.importing.staging import Staging
from models.importing.upsert import touch
from models.tables import Call, Deal, Figure, Offer, PlannedMeeting, Team, User

Effect = Callable[[Staging, ImportOptions, Findings], None]

_OFFERS = {"quote": "quote_sent_at", "proposal": "proposal_sent_at"}


def recognise_reps(staging: Staging, options: ImportOptions, findings: Findings) -> None:
    """Give reps to users who have their address, and make the teams that are missing.

    Whoever signs in with a password keeps their address, whatever the file says.
    """
    _keep_addresses(staging, options, findings)
    _refuse_taken(staging, options, findings)
    if "team" in staging.columns:
        _make_teams(staging, options, findings)
    _adopt(staging, options)


def refuse_other_kinds(staging: Staging, options: ImportOptions, findings: Findings) -> None:
    """Refuse a figure whose id is that of one of another kind, which may be told as another sum."""
    figures, rows = table_of(Figure), staging.rows
    is_there = and_(figures.c.origin == options.origin, figures.c.ref == rows.c.ref)
    other = select(rows.c.line, rows.c.kind).join(figures, is_there)
    message = "is not the kind of the figure that has this id; give it an id of its own"
    staging.refuse(other.where(figures.c.kind != rows.c.kind), "kind", message, findings)


def save_offers(staging: Staging, options: ImportOptions, _findings: Findings) -> None:
    """Keep the quotes and proposals that were sent for deals."""
    deals, offers = table_of(Deal), table_of(Offer)
    rows = staging.rows
    for kind, column in _OFFERS.items():
        if column not in staging.columns:
            continue
        values: dict[str, ColumnElement[Any]] = {
            "id": func.gen_random_uuid(),
            "origin": literal(options.origin),
            "ref": _ref_of_offer(rows.c.ref, kind),
            "deal_id": deals.c.id,
            "kind": literal(kind),
            "sent_at": rows.c[column],
        }
        is_deal = (deals.c.origin == options.origin) & (deals.c.ref == rows.c.ref)
        found = select(*values.values()).select_from(rows.join(deals, is_deal))
        statement = upsert(offers).from_select(
            list(values), found.where(rows.c[column].is_not(None))
        )
        new = statement.excluded
        differs = offers.c.sent_at.is_distinct_from(new.sent_at)
        done = (
            statement.on_conflict_do_update(
                index_elements=["origin", "ref"], set_={"sent_at": new.sent_at}, where=differs
            )
            .returning(offers.c.deal_id)
            .cte("done")
        )
        touch(staging, select(done.c.deal_id, literal(False)))


def link_calls(staging: Staging, options: ImportOptions, _findings: Findings) -> None:
    """Point recorded calls to their meetings; of several that name one call the last counts."""
    if "call_id" not in staging.columns:
        return
    calls, meetings, rows = table_of(Call), table_of(PlannedMeeting), staging.rows
    is_meeting = (meetings.c.origin == options.origin) & (meetings.c.ref == rows.c.ref)
    last = (
        select(rows.c.call_id, meetings.c.id)
        .select_from(rows.join(meetings, is_meeting))
        .where(rows.c.call_id.is_not(None))
        .ext(distinct_on(rows.c.call_id))
        .order_by(rows.c.call_id, rows.c.line.desc())
        .subquery()
    )
    done = (
        update(calls)
        .values(meeting_id=last.c.id, version=calls.c.version + 1, updated_at=func.now())
        .where(calls.c.ref == last.c.call_id, calls.c.meeting_id.is_distinct_from(last.c.id))
        .returning(calls.c.meeting_id)
        .cte("done")
    )
    touch(staging, select(done.c.meeting_id, literal(False)))


BEFORE: Mapping[str, Effect] = MappingProxyType(
    {"reps": recognise_reps, "figures": refuse_other_kinds}
)
"""What comes before the rows of a kind are looked at and saved."""

AFTER: Mapping[str, Effect] = MappingProxyType({"deals": save_offers, "meetings": link_calls})
"""What follows when they are saved."""


def _keep_addresses(staging: Staging, options: ImportOptions, findings: Findings) -> None:
    users, rows = table_of(User), staging.rows
    signs_in = users.c.password_hash.is_not(None) & (func.lower(users.c.email) != rows.c.email)
    kept = (
        update(rows)
        .values(email=users.c.email)
        .where(_is_rep(users, rows, options), signs_in)
        .returning(rows.c.line, rows.c.email)
    )
    for line, email in staging.connection.execute(kept):
        message = "is not the address this user signs in with, which stays"
        findings.notice(message, "email", line, email)


def _refuse_taken(staging: Staging, options: ImportOptions, findings: Findings) -> None:
    users, rows = table_of(User), staging.rows
    email = func.lower(rows.c.email)
    nth = func.row_number().over(partition_by=email, order_by=rows.c.line)
    counted = select(rows.c.line, rows.c.email, nth.label("nth")).subquery()
    twice = select(counted.c.line, counted.c.email).where(counted.c.nth > 1)
    staging.refuse(twice, "email", "is there before, on another line", findings)
    other = users.alias()
    is_free = users.c.ref.is_(None) & ~exists(
        select(other.c.id).where(_is_rep(other, rows, options)).correlate(rows)
    )
    taken = (
        select(rows.c.line, rows.c.email)
        .join(users, func.lower(users.c.email) == email)
        .where(~or_(_is_rep(users, rows, options), is_free))
    )
    staging.refuse(taken, "email", "is the address of another user", findings)


def _is_rep(users: FromClause, rows: FromClause, options: ImportOptions) -> ColumnElement[bool]:
    is_named = users.c.ref.is_not_distinct_from(rows.c.ref)
    return and_(users.c.origin == options.origin, is_named)


def _make_teams(staging: Staging, options: ImportOptions, findings: Findings) -> None:
    teams, team = table_of(Team), staging.rows.c.team
    values: dict[str, ColumnElement[Any]] = {
        "id": func.gen_random_uuid(),
        "name": team,
        "time_zone": literal(options.time_zone),
        "currency": literal(options.currency or EURO),
    }
    named = select(*values.values()).where(team.is_not(None)).group_by(team)
    made = upsert(teams).from_select(list(values), named).on_conflict_do_nothing()
    for (name,) in staging.connection.execute(made.returning(teams.c.name)):
        findings.notice("names a team that is made", "team", None, name)


def _adopt(staging: Staging, options: ImportOptions) -> None:
    users, rows = table_of(User), staging.rows
    is_theirs = users.c.ref.is_(None) & (func.lower(users.c.email) == func.lower(rows.c.email))
    done = (
        update(users)
        .values(origin=options.origin, ref=rows.c.ref)
        .where(is_theirs)
        .returning(users.c.id)
        .cte("done")
    )
    touch(staging, select(done.c.id, literal(False)))


def _ref_of_offer(deal: ColumnElement[Any], kind: str) -> ColumnElement[Any]:
    """The deal's id with the kind, cut where it would not fit."""
    short = func.left(deal, 140).concat("~").concat(func.md5(deal))
    return case((func.length(deal) > 180, short), else_=deal).concat(f"/{kind}")
