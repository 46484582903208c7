"""The database keeps how a deal's stages follow one another, whatever changes them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from models.tables import Deal, Offer, StageChange, User

DAY = datetime(2026, 3, 1, tzinfo=UTC)
LATER = DAY + timedelta(days=9)


def _deal(session: Session, *stages: str, outcome: str = "open") -> Deal:
    closed_at = None if outcome == "open" else DAY + timedelta(days=30)
    deal = Deal(name="Deal", outcome=outcome, closed_at=closed_at)
    session.add(deal)
    session.flush()
    session.add_all(
        StageChange(deal_id=deal.id, position=n, stage=stage, entered_at=DAY + timedelta(days=n))
        for n, stage in enumerate(stages, 1)
    )
    session.flush()
    return deal


def _course(session: Session, deal: Deal) -> list[tuple[str, bool, bool, bool | None, int | None]]:
    """Stage, whether it ends and is entered first, whether left forward, and on which day."""
    session.expire_all()
    found = select(StageChange).where(StageChange.deal_id == deal.id)
    return [
        (
            one.stage,
            one.is_end,
            one.is_first,
            one.went_forward,
            None if one.left_at is None else (one.left_at - DAY).days,
        )
        for one in session.exec(found.order_by(col(StageChange.position)))
    ]


def test_a_deal_goes_forward_and_stays_in_its_last_stage(session: Session) -> None:
    deal = _deal(session, "demo", "proposal")
    assert _course(session, deal) == [
        ("demo", False, True, True, 2),
        ("proposal", False, True, None, None),
    ]


def test_back_is_not_forward_and_a_second_time_is_not_the_first(session: Session) -> None:
    deal = _deal(session, "demo", "proposal", "demo", "proposal", "closed_won", outcome="won")
    assert _course(session, deal) == [
        ("demo", False, True, True, 2),
        ("proposal", False, True, False, 3),
        ("demo", False, False, False, 4),
        ("proposal", False, False, True, 5),
        ("closed_won", True, True, True, 30),
    ]


def test_lost_is_not_forward_though_the_deal_is_reopened(session: Session) -> None:
    deal = _deal(session, "demo", "closed_lost", "proposal")
    assert [one[3] for one in _course(session, deal)] == [False, True, None]


def test_where_nothing_says_that_a_stage_ends_deals_the_outcome_does(session: Session) -> None:
    won, lost = _deal(session, "Démo", outcome="won"), _deal(session, "Démo", outcome="lost")
    assert _course(session, won) == [("Démo", False, True, True, 30)]
    assert _course(session, lost) == [("Démo", False, True, False, 30)]


def test_an_outcome_that_changes_changes_what_the_last_stage_came_to(session: Session) -> None:
    deal, other = _deal(session, "demo"), _deal(session, "demo")
    deal.outcome, deal.closed_at = "won", DAY + timedelta(days=9)
    session.flush()
    assert _course(session, deal) == [("demo", False, True, True, 9)]
    assert _course(session, other) == [("demo", False, True, None, None)]


def test_a_stage_taken_out_or_renamed_is_seen(session: Session) -> None:
    deal = _deal(session, "demo", "lost", "proposal")
    session.execute(text("DELETE FROM stage_change WHERE stage = 'lost'"))
    assert [one[3] for one in _course(session, deal)] == [True, None]
    session.execute(text("UPDATE stage_change SET stage = 'perdue' WHERE stage = 'proposal'"))
    assert [(one[1], one[3]) for one in _course(session, deal)] == [(False, False), (True, None)]


def test_many_rows_at_once_follow_in_one_step(session: Session) -> None:
    deals = [_deal(session) for _one in range(3)]
    session.execute(
        text(
            "INSERT INTO stage_change (id, origin, deal_id, position, stage, entered_at, is_end,"
            " is_first) "
            "SELECT gen_random_uuid(), 'test', id, n, 'stage ' || n, "
            ":day + n * interval '1 day', false, false "
            "FROM deal, generate_series(1, 4) n"
        ),
        {"day": DAY},
    )
    for deal in deals:
        assert [one[3] for one in _course(session, deal)] == [True, True, True, None]


def test_a_deal_closed_without_a_day_ended_when_it_entered_its_last_stage(
    session: Session,
) -> None:
    deal = _deal(session, "demo", "Proposal")
    deal.outcome = "lost"
    session.flush()
    assert _course(session, deal)[1] == ("Proposal", False, True, False, 2)
    session.refresh(deal)
    assert deal.ended_at == DAY + timedelta(days=2)
    session.add(StageChange(deal_id=deal.id, position=3, stage="Closed", entered_at=LATER))
    session.flush()
    assert _course(session, deal)[1:] == [
        ("Proposal", False, True, False, 9),
        ("Closed", True, True, False, 9),
    ]
    session.refresh(deal)
    assert deal.ended_at == LATER
    deal.outcome = "open"
    session.flush()
    assert _course(session, deal)[2] == ("Closed", True, True, None, None)
    session.refresh(deal)
    assert deal.ended_at is None


def test_stages_are_told_whose_deal_it_is_and_what_it_is_worth(session: Session) -> None:
    seller = _seller(session)
    deal = _deal(session, "demo", "proposal")
    deal.rep_id, deal.amount_minor, deal.currency = seller.id, 250_000, "EUR"
    session.flush()
    session.add(StageChange(deal_id=deal.id, position=3, stage="trial", entered_at=LATER))
    session.flush()
    session.expire_all()
    told = {
        (one.deal_rep_id, one.deal_amount_minor, one.deal_currency)
        for one in session.exec(select(StageChange).where(StageChange.deal_id == deal.id))
    }
    assert told == {(seller.id, 250_000, "EUR")}


def _seller(session: Session) -> User:
    seller = User(email="seller@example.com", name="Seller")
    session.add(seller)
    session.flush()
    return seller


def _closed(session: Session, *offers: Offer) -> list[bool]:
    session.flush()
    session.expire_all()
    return [one.was_closed for one in offers]


def test_the_last_offer_of_its_kind_closed_a_deal_that_was_won(session: Session) -> None:
    seller, deal, lost = _seller(session), _deal(session), _deal(session, outcome="lost")
    quotes = [
        Offer(deal_id=deal.id, kind="quote", sent_at=DAY + timedelta(days=n)) for n in range(2)
    ]
    proposal = Offer(deal_id=deal.id, kind="proposal", sent_at=DAY)
    other = Offer(deal_id=lost.id, kind="quote", sent_at=DAY)
    offers = (*quotes, proposal, other)
    session.add_all(offers)
    assert _closed(session, *offers) == [False, False, False, False]
    deal.outcome, deal.rep_id = "won", seller.id
    assert _closed(session, *offers) == [False, True, True, False]
    assert [one.deal_rep_id for one in offers] == [seller.id] * 3 + [None]
    quotes[0].sent_at = LATER
    assert _closed(session, *offers) == [True, False, True, False]
    session.delete(quotes[0])
    assert _closed(session, *offers[1:]) == [True, True, False]
    quotes[1].deal_id = lost.id
    assert _closed(session, *offers[1:]) == [False, True, False]
