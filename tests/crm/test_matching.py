"""Which deal is the call's: what decides, what only orders, and what is said of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.crm.matching import FoundCode, Match, Reason, ReasonCode, match, reason_text, why_text
from api.crm.note_words import crm_words
from api.crm.port import DealHint, Found, Via
from models.crm.deal import CrmCompany, CrmDeal, CrmPerson, DealStatus

AT = datetime(2026, 9, 10, 15, 20, tzinfo=UTC)
ANN, BOB = "ann@acme.example", "bob@acme.example"
REP = "tom@beacon.example"
HINT = DealHint(at=AT, emails=(ANN, BOB), companies=("acme",), domains=("acme.example",))


def deal(ref: str, status: DealStatus = "open", **more: Any) -> CrmDeal:
    return CrmDeal(ref, f"Deal {ref}", status, "Stage", **more)


def closed(ref: str, days: float, **more: Any) -> CrmDeal:
    """A deal closed so many days before the call."""
    return deal(ref, "won", closed_at=AT - timedelta(days=days), **more)


def found(one: CrmDeal, via: Via = "email", *by: str) -> Found:
    return Found(one, via, by or ((ANN,) if via == "email" else ("acme",)))


def decide(*all_found: Found, hint: DealHint = HINT, rep: str | None = REP) -> Match:
    return match(all_found, hint, rep_email=rep)


def codes(result: Match, ref: str) -> set[str]:
    (one,) = (one for one in result.candidates if one.deal.id == ref)
    return {reason.code for reason in one.reasons}


def chosen(result: Match) -> str | None:
    assert (result.chosen is not None) == (result.verdict == "one")
    return result.chosen.id if result.chosen else None


def test_the_only_deal_is_taken() -> None:
    result = decide(found(deal("1"), "domain"))
    assert (chosen(result), result.why.code, result.candidates[0].score) == ("1", "only", 35)


def test_a_stronger_way_goes_before_a_weaker_one() -> None:
    for strong, weak in (("email", "phone"), ("phone", "company"), ("company", "domain")):
        result = decide(
            found(deal("1"), weak, "x"), found(deal("2"), strong, "x"), hint=DealHint(at=AT)
        )
        assert chosen(result) == "2"


def test_the_deal_whose_owner_was_there_goes_first() -> None:
    owned = deal("1", owner=CrmPerson("u", "Tom", "Tom@Beacon.example"))
    result = decide(found(deal("2")), found(owned))
    assert (chosen(result), result.why) == ("1", Reason("ahead", {"first": 87, "second": 72}))
    assert "owner" in codes(result, "1")
    assert decide(found(deal("2")), found(owned), rep=None).verdict == "several"
    both = match([found(deal("2")), found(owned)], HINT, rep_email="else@x.example", sellers=[REP])
    assert chosen(both) == "1"


def test_everybody_on_it_goes_before_half_of_them() -> None:
    result = decide(found(deal("1"), "email", ANN), found(deal("2"), "email", ANN, BOB))
    assert chosen(result) == "2"
    assert "everybody" in codes(result, "2")
    assert "somebody" in codes(result, "1")


def test_contacts_that_the_crm_tells_count_too() -> None:
    full = deal("1", contacts=(CrmPerson("a", email=ANN), CrmPerson("b", email=BOB.upper())))
    assert "everybody" in codes(decide(found(full, "email", ANN)), "1")


def test_the_last_change_orders_and_never_decides() -> None:
    new, old = deal("1", updated_at=AT), deal("2", updated_at=AT - timedelta(days=400))
    result = decide(found(old), found(new))
    assert (result.verdict, result.why.code) == ("several", "alike")
    assert [one.deal.id for one in result.candidates] == ["1", "2"]


def test_the_companys_name_alone_does_not_decide() -> None:
    same = deal("1", company=CrmCompany("c", "ACME"))
    result = decide(found(same), found(deal("2")))
    assert (result.verdict, result.why.code) == ("several", "close")


@pytest.mark.parametrize(
    ("one", "fits"),
    [
        (closed("1", 13.9), True),
        (closed("1", 14.1), False),
        (closed("1", -100), True),
        (deal("1", "lost"), False),
        (deal("1", "lost", closes_on=date(2026, 9, 1)), True),
        (deal("1", created_at=AT + timedelta(days=13)), True),
        (deal("1", created_at=AT + timedelta(days=15)), False),
    ],
)
def test_a_deal_must_have_been_alive_around_the_call(one: CrmDeal, fits: bool) -> None:
    result = decide(found(one))
    assert (result.verdict == "one") is fits
    if not fits:
        assert result.why.code == "none_fits"
        assert len(result.candidates) == 1


def test_a_closed_deal_counts_only_when_none_is_open() -> None:
    won = closed("1", 2, owner=CrmPerson("u", "Tom", REP))
    assert chosen(decide(found(won))) == "1"
    result = decide(found(won), found(deal("2"), "domain"))
    assert chosen(result) == "2"
    assert "beside_open" in codes(result, "1")


def test_a_deal_closed_since_the_call_was_open_then() -> None:
    assert decide(found(closed("1", -3)), found(deal("2"))).verdict == "several"


def test_a_named_deal_wins_even_closed_long_ago() -> None:
    named = replace(HINT, deal_id="1")
    result = decide(found(deal("2")), found(closed("1", 900), "id", "1"), hint=named)
    assert (chosen(result), result.why.code) == ("1", "named")
    assert (result.candidates[0].score, result.candidates[0].is_fit) == (100, True)


def test_a_named_deal_that_was_merged_is_what_it_became_part_of() -> None:
    named = replace(HINT, deal_id="old")
    assert chosen(decide(found(deal("1", merged=("old",))), found(deal("2")), hint=named)) == "1"
    assert chosen(decide(found(deal("3"), "id", "old"), found(deal("2")), hint=named)) == "3"


def test_no_other_deal_is_taken_for_a_named_one_that_is_gone() -> None:
    named = replace(HINT, deal_id="77")
    result = decide(found(deal("1")), hint=named)
    assert (result.verdict, result.why) == ("several", Reason("named_gone", {"deal": "77"}))
    assert decide(hint=named).verdict == "none"


def test_nothing_found_says_whether_there_was_anything_to_look_for() -> None:
    assert decide().why.code == "none_found"
    assert decide(hint=DealHint(at=AT)).why.code == "nobody_known"


def test_a_deal_found_in_two_ways_is_one_candidate() -> None:
    one = deal("1")
    result = decide(found(one, "domain"), found(one, "email", ANN), found(one, "email", BOB))
    (candidate,) = result.candidates
    assert candidate.reasons[0] == Reason("email", {"by": f"{ANN}, {BOB}"})


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_reason_is_worded(language: str) -> None:
    t = crm_words(language)
    params: dict[str, str | int] = {"by": "x {y} %s", "n": 1, "total": 2, "owner": "o", "deal": "d"}
    params |= {"company": "c", "day": "2026-09-10", "most": 14, "first": 9, "second": 1}
    said = [reason_text(Reason(code, params), t) for code in get_args(ReasonCode)]
    said += [
        why_text(Match((), "none", None, Reason(code, params)), t) for code in get_args(FoundCode)
    ]
    assert len(set(said)) == len(said)
    assert any("10 " in one for one in said)
    told = {
        key.partition(".")[2] for key in t.phrases if key.startswith(("crm_reason.", "crm_found."))
    }
    assert told == {*get_args(ReasonCode), *get_args(FoundCode)}


instants = st.none() | st.integers(-40, 40).map(lambda days: AT + timedelta(days=days))
people = st.sampled_from((None, CrmPerson("u", "Tom", REP), CrmPerson("v", "Eve", "e@x.example")))
deals = st.builds(
    CrmDeal,
    id=st.sampled_from("123456789"),
    name=st.just("A deal"),
    status=st.sampled_from(("open", "open", "won", "lost")),
    stage=st.just("S"),
    created_at=instants,
    updated_at=instants,
    closed_at=instants,
    owner=people,
    company=st.sampled_from((None, CrmCompany("c", "Acme"), CrmCompany("d", "Other"))),
    contacts=st.lists(st.sampled_from([CrmPerson("a", email=ANN), CrmPerson("b", email=BOB)])).map(
        tuple
    ),
)
finds = st.lists(
    st.builds(
        Found,
        deals,
        st.sampled_from(("email", "phone", "company", "domain")),
        st.sampled_from(((ANN,), (ANN, BOB), ())),
    ),
    max_size=7,
)
apart = finds.map(lambda all_found: list({one.deal.id: one for one in all_found}.values()))


@given(finds, st.randoms(use_true_random=False))
def test_the_order_of_what_was_found_plays_no_part(all_found: list[Found], chance: Any) -> None:
    mixed = list(all_found)
    chance.shuffle(mixed)
    assert decide(*mixed) == decide(*all_found)


@given(apart, deals)
def test_a_named_deal_always_wins(others: list[Found], named: CrmDeal) -> None:
    rest = [one for one in others if one.deal.id != named.id]
    result = decide(*rest, Found(named, "id"), hint=replace(HINT, deal_id=named.id))
    assert result.chosen == named


@given(apart)
def test_a_worse_candidate_never_puts_another_in_the_winners_place(all_found: list[Found]) -> None:
    result = decide(*all_found)
    points = {one.deal.id: one.score for one in result.candidates}
    for added in all_found:
        before = decide(*(one for one in all_found if one is not added))
        if before.chosen is None or points[added.deal.id] >= points[before.chosen.id]:
            continue
        assert result.chosen in {None, before.chosen}


@given(finds)
def test_points_and_verdict_agree(all_found: list[Found]) -> None:
    result = decide(*all_found)
    fit = [one for one in result.candidates if one.is_fit]
    assert all(0 <= one.score <= 100 for one in result.candidates)
    assert [one.score for one in fit] == sorted((one.score for one in fit), reverse=True)
    assert (result.verdict == "none") == (not fit)
    if result.chosen is not None:
        assert result.chosen == fit[0].deal
