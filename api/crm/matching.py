"""Which of the deals that were found is the call's, and why: one, or a person has to choose.

A deal has points: for the way it was found (address 55, number 45, company 35, domain 25), for its
owner having taken part (15), for everybody invited being on it (15, in part for some of them), for
having been open at the call (10), and for its company being the call's (5). A closed one gets a
third of them, so that any open one is before it, and counts only when none is open.

The first is taken when it is the only one or `MARGIN` points ahead. Each way of being found, the
owner, and everybody against half of them make that difference alone; the company's name does not.
Which deal changed last orders those of equal points and never decides.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from analyzer.formats.wording import Wording
from analyzer.lexicon import fold
from api.crm.port import DealHint, Found, Via
from models.crm.deal import CrmDeal

Verdict = Literal["one", "several", "none"]
ReasonCode = Literal[
    "named",
    "email",
    "phone",
    "company",
    "domain",
    "everybody",
    "somebody",
    "owner",
    "same_company",
    "open",
    "closed",
    "closed_early",
    "closed_unknown",
    "made_late",
    "beside_open",
]
"""Why a deal may be the call's, or not; worded in `note_words` under `crm_reason`."""
FoundCode = Literal[
    "named",
    "only",
    "ahead",
    "close",
    "alike",
    "named_gone",
    "none_fits",
    "none_found",
    "nobody_known",
]
"""What came of looking; worded under `crm_found`."""

MARGIN = 7
AROUND = timedelta(days=14)
"""A deal closed that long before a call, or made that long after it, may still be the call's."""
_WAYS: Mapping[Via, int] = {"id": 100, "email": 55, "phone": 45, "company": 35, "domain": 25}
_OWNER, _EVERYBODY, _OPEN, _SAME_COMPANY = 15, 15, 10, 5
_LISTED = 5
_EARLIEST = datetime.min.replace(tzinfo=UTC)

Params = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that speaks for or against, as a code and what fills its words; days are ISO."""

    code: str
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A deal that was thought of, 0 to 100 points; not `is_fit` when it cannot be the call's."""

    deal: CrmDeal
    score: int
    reasons: tuple[Reason, ...]
    is_fit: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """What came of looking, best candidate first; `why` says how it was decided.

    "one" has a `chosen` deal; "several" waits for a person; "none" has nothing to choose from that
    fits, though `candidates` tell what was found.
    """

    candidates: tuple[Candidate, ...]
    verdict: Verdict
    chosen: CrmDeal | None
    why: Reason


def match(
    found: Sequence[Found],
    hint: DealHint,
    *,
    rep_email: str | None,
    sellers: Collection[str] = (),
) -> Match:
    """Decide between the deals found; their order plays no part.

    `rep_email` is whose call it is, `sellers` are the addresses of others of ours who took part.
    """
    ours = {one.strip().lower() for one in (rep_email, *sellers) if one}
    scored = [_candidate(one, hint, ours) for one in _together(found)]
    named = [one for one in scored if _is_named(one.deal, hint, found)]
    ranked = sorted(_beside(scored), key=_rank)
    if named:
        first = max(named, key=lambda one: (one.deal.id == hint.deal_id, _rank_key(one)))
        taken = replace(first, score=100, reasons=(Reason("named"), *first.reasons), is_fit=True)
        rest = (one for one in ranked if one.deal.id != first.deal.id)
        return Match((taken, *rest), "one", taken.deal, Reason("named"))
    return _decided(tuple(ranked), hint)


def reason_text(reason: Reason, t: Wording) -> str:
    """Why a deal may be the call's, in the language of `crm_words`."""
    return _worded("crm_reason", reason, t)


def why_text(match: Match, t: Wording) -> str:
    """What came of looking, in the language of `crm_words`."""
    return found_text(match.why, t)


def found_text(why: Reason, t: Wording) -> str:
    """The same of a `why` that was kept."""
    return _worded("crm_found", why, t)


def _worded(group: str, reason: Reason, t: Wording) -> str:
    params: dict[str, object] = dict(reason.params)
    if "day" in params:
        params["day"] = t.day(date.fromisoformat(str(params["day"])))
    return t(f"{group}.{reason.code}", **params)


def _decided(ranked: tuple[Candidate, ...], hint: DealHint) -> Match:
    """The verdict where no deal is named, or the one named is gone."""
    fit = [one for one in ranked if one.is_fit]
    if not fit:
        return Match(ranked, "none", None, _why_none(ranked, hint))
    if hint.deal_id is not None:
        return Match(ranked, "several", None, Reason("named_gone", {"deal": hint.deal_id}))
    first, second = fit[0], fit[1] if len(fit) > 1 else None
    if second is None:
        return Match(ranked, "one", first.deal, Reason("only"))
    points = {"first": first.score, "second": second.score}
    if first.score - second.score >= MARGIN:
        return Match(ranked, "one", first.deal, Reason("ahead", points))
    code: FoundCode = "alike" if first.score == second.score else "close"
    return Match(ranked, "several", None, Reason(code, {} if code == "alike" else points))


def _why_none(ranked: Sequence[Candidate], hint: DealHint) -> Reason:
    if hint.deal_id is not None:
        return Reason("named_gone", {"deal": hint.deal_id})
    if ranked:
        return Reason("none_fits")
    is_known = hint.emails or hint.phones or hint.companies or hint.domains
    return Reason("none_found" if is_known else "nobody_known")


def _is_named(deal: CrmDeal, hint: DealHint, found: Iterable[Found]) -> bool:
    """Whether it is the deal that was named, or what that became part of."""
    if hint.deal_id is None:
        return False
    by_id = any(one.via == "id" and one.deal.id == deal.id for one in found)
    return by_id or deal.id == hint.deal_id or hint.deal_id in deal.merged


def _together(found: Iterable[Found]) -> Iterator[Found]:
    """Each deal once, by the strongest way, with all that found it that way."""
    by_deal: dict[str, list[Found]] = {}
    for one in found:
        by_deal.setdefault(one.deal.id, []).append(one)
    for same in by_deal.values():
        via = max((one.via for one in same), key=_WAYS.__getitem__)
        by = sorted({what for one in same if one.via == via for what in one.by})
        # Of two copies of a deal the newer one tells; the rest of the key keeps out chance.
        newest = max((one.deal for one in same), key=lambda deal: (_changed_at(deal), repr(deal)))
        yield Found(newest, via, tuple(by))


def _candidate(found: Found, hint: DealHint, ours: Collection[str]) -> Candidate:
    """A deal with its points and what they are for."""
    deal = found.deal
    reasons = [] if found.via == "id" else [Reason(found.via, {"by": _listed(found.by)})]
    points = _WAYS["email" if found.via == "id" else found.via]
    on_it = _on_it(found, hint)
    total = len(hint.emails)
    if on_it and on_it == total:
        points += _EVERYBODY
        reasons.append(Reason("everybody"))
    elif on_it:
        points += _EVERYBODY * on_it // total
        reasons.append(Reason("somebody", {"n": on_it, "total": total}))
    owner = deal.owner
    if owner is not None and (owner.email or "").strip().lower() in ours:
        points += _OWNER
        reasons.append(Reason("owner", {"owner": owner.name or owner.email or owner.id}))
    if found.via != "company" and _is_same_company(deal, hint):
        points += _SAME_COMPANY
        reasons.append(
            Reason("same_company", {"company": deal.company.name if deal.company else ""})
        )
    return _standing(Candidate(deal, points, tuple(reasons)), hint.at)


def _standing(one: Candidate, at: datetime) -> Candidate:
    """The candidate with what it matters whether and when its deal was made and closed."""
    deal, days = one.deal, AROUND.days
    made_at, closed_at = deal.created_at, _closed_at(deal)
    if made_at is not None and made_at > at + AROUND:
        return _unfit(one, Reason("made_late", {"day": _day(made_at), "most": days}))
    if deal.status == "open" or (closed_at is not None and closed_at > at):
        return replace(one, score=one.score + _OPEN, reasons=(*one.reasons, Reason("open")))
    if closed_at is None:
        return _unfit(one, Reason("closed_unknown"))
    told: Params = {"day": _day(closed_at), "most": days}
    if closed_at < at - AROUND:
        return _unfit(one, Reason("closed_early", told))
    return replace(one, score=one.score // 3, reasons=(*one.reasons, Reason("closed", told)))


def _beside(scored: Sequence[Candidate]) -> Iterator[Candidate]:
    """The candidates; where one is open those that are closed do not fit."""
    is_open = any(one.is_fit and _was_open(one) for one in scored)
    for one in scored:
        if is_open and one.is_fit and not _was_open(one):
            one = _unfit(one, Reason("beside_open"), score=one.score)
        yield one


def _was_open(one: Candidate) -> bool:
    return any(reason.code == "open" for reason in one.reasons)


def _unfit(one: Candidate, reason: Reason, score: int = 0) -> Candidate:
    return replace(one, score=score, reasons=(*one.reasons, reason), is_fit=False)


def _on_it(found: Found, hint: DealHint) -> int:
    """How many of those invited are contacts of the deal, as far as the CRM tells."""
    known = {(one.email or "").strip().lower() for one in found.deal.contacts}
    if found.via == "email":
        known |= {one.strip().lower() for one in found.by}
    return len(known.intersection(hint.emails))


def _is_same_company(deal: CrmDeal, hint: DealHint) -> bool:
    if deal.company is None:
        return False
    names = {_plain(one) for one in hint.companies}
    domain = (deal.company.domain or "").lower().removeprefix("www.")
    return _plain(deal.company.name) in names or (bool(domain) and domain in hint.domains)


def _plain(name: str) -> str:
    return " ".join(fold(name).split())


def _closed_at(deal: CrmDeal) -> datetime | None:
    """When a closed deal was; where the CRM says only the day, at its end."""
    if deal.status == "open":
        return None
    if deal.closed_at is None and deal.closes_on is not None:
        return datetime.combine(deal.closes_on, time.max, tzinfo=UTC)
    return deal.closed_at


def _changed_at(deal: CrmDeal) -> datetime:
    return deal.updated_at or _EARLIEST


def _rank(one: Candidate) -> tuple[bool, int, timedelta, str]:
    """Best first: those that fit, by points, then the one changed last."""
    age = datetime.max.replace(tzinfo=UTC) - _changed_at(one.deal)
    return (not one.is_fit, -one.score, age, one.deal.id)


def _rank_key(one: Candidate) -> tuple[datetime, str]:
    return _changed_at(one.deal), one.deal.id


def _day(instant: datetime) -> str:
    return instant.date().isoformat()


def _listed(by: Sequence[str]) -> str:
    more = len(by) - _LISTED
    return ", ".join(by[:_LISTED]) + (f" (+{more})" if more > 0 else "")
