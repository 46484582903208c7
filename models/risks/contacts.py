"""A single contact: one buyer at most was heard, announced or invited, over all of a deal.

A name and an address may be the same person's: so people are counted by voice, by name heard, by
name announced and by address apart, and the largest count is what there are at least.
"""

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    cast,
    exists,
    func,
    literal,
    null,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlmodel import col

from models.risks.sign import Terms, heard_calls, last_calls, sign
from models.selecting import pick
from models.tables import Call, CallFacts, Invitation, User, Utterance

_BUYERS = cast(literal('$.participants[*] ? (@.side == "buyer")', Text), JSONPATH)


def single_contact(terms: Terms, deals: CTE) -> Select[Any]:
    """Deals on which one buyer is known, and nothing points to a second."""
    people = _people(terms, deals).subquery("people")
    counted = (
        pick(
            people.c.deal_id,
            people.c.by,
            func.greatest(
                func.count(func.lower(people.c.who).distinct()), func.max(people.c.voices)
            ).label("n"),
            func.max(people.c.who).label("who"),
        )
        .group_by(people.c.deal_id, people.c.by)
        .subquery("counted")
    )
    is_named = counted.c.by.in_(("announced", "heard"))
    known = (
        pick(
            counted.c.deal_id,
            func.coalesce(func.max(counted.c.who).filter(is_named), func.max(counted.c.who)).label(
                "who"
            ),
        )
        .group_by(counted.c.deal_id)
        .having(func.max(counted.c.n) == 1)
        .subquery("single")
    )
    last, calls = last_calls(terms, deals, "last_met"), _calls(terms, deals)
    said = _first_words(last)
    return (
        sign(
            "single_contact",
            known.c.deal_id,
            count=func.coalesce(calls.c.n, 0),
            since=calls.c.first_at,
            what="person",
            call_id=last.c.id,
            title=last.c.title,
            at=last.c.started_at,
            who=known.c.who,
            start_s=said.c.start_s,
            end_s=said.c.end_s,
            quote=said.c.text,
        )
        .select_from(known)
        .outerjoin(last, last.c.deal_id == known.c.deal_id)
        .outerjoin(calls, calls.c.deal_id == known.c.deal_id)
        .outerjoin(said, true())
    )


def _people(terms: Terms, deals: CTE) -> Any:
    """Buyers by each way they are known, a row each."""
    calls = heard_calls(terms, deals).add_columns(col(Call.known), col(CallFacts.buyer_names))
    heard = calls.subquery("heard_of")
    buyer: Any = func.jsonb_path_query(heard.c.known, _BUYERS, type_=JSONB)
    announced = pick(heard.c.deal_id, buyer.label("buyer")).subquery("announced")
    name: Any = func.jsonb_array_elements_text(heard.c.buyer_names)
    named = pick(heard.c.deal_id, name.label("name")).subquery("named")
    invited = pick(Invitation.deal_id, col(Invitation.email).label("email")).where(
        col(Invitation.deal_id).in_(pick(deals.c.id))
    )
    told = pick(announced.c.deal_id, announced.c.buyer["email"].astext.label("email"))
    emails = union_all(invited, told).subquery("emails")
    return union_all(
        _way("address", emails.c.deal_id, emails.c.email).where(_is_outside(emails.c.email)),
        _way("announced", announced.c.deal_id, announced.c.buyer["name"].astext),
        _way("heard", named.c.deal_id, named.c.name),
        _way("voice", heard.c.deal_id, None, heard.c.buyers),
    )


def _way(by: str, deal_id: Any, who: Any, voices: Any = None) -> Select[Any]:
    plain = func.nullif(func.btrim(who), "") if who is not None else null()
    return pick(
        cast(deal_id, Uuid).label("deal_id"),
        cast(literal(by), Text).label("by"),
        cast(plain, Text).label("who"),
        cast(null() if voices is None else voices, Integer).label("voices"),
    )


def _is_outside(email: Any) -> ColumnElement[bool]:
    """Whether an address is known and not one of our own."""
    own = pick(User.id).where(func.lower(User.email) == func.lower(func.btrim(email)))
    return and_(email.is_not(None), ~exists(own))


def _calls(terms: Terms, deals: CTE) -> Any:
    heard = heard_calls(terms, deals).subquery("met")
    counted = func.count().label("n"), func.min(heard.c.started_at).label("first_at")
    return pick(heard.c.deal_id, *counted).group_by(heard.c.deal_id).subquery("calls")


def _first_words(call: Any) -> Any:
    """The first thing the buyer said on a call."""
    return (
        pick(Utterance.start_s, Utterance.end_s, Utterance.text)
        .where(col(Utterance.call_id) == call.c.id, col(Utterance.side) == "buyer")
        .order_by(col(Utterance.position))
        .limit(1)
        .lateral("first_words")
    )
