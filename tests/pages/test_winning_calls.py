"""What winning calls do here: a plot with its doubt where deals can bear it, silence elsewhere."""

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from analyzer.associations import Association, Behaviour, Difference
from analyzer.formats.wording import wording
from api.pages.coaching.winning_plot import WIDTH, plot_of
from models.database import session_scope
from models.tables import Call, CallFacts, Deal, User
from models.tables.columns import now
from tests.api.conftest import People
from tests.pages.conftest import Pages

MINUS = "\N{MINUS SIGN}"


@pytest.fixture
def sold(engine: Engine, people: People) -> None:
    """Sixty won deals, where reps talked less, and sixty lost ones, with a call each."""
    with session_scope(engine) as session:
        for number in range(120):
            is_won, spread = number % 2 == 0, (number * 37 % 100) / 1000
            closed = now() - timedelta(days=1 + number % 30)
            shape = {"rep_id": people.rep.id, "opened_at": closed - timedelta(days=60)}
            outcome = "won" if is_won else "lost"
            deal = Deal(name=f"D{number}", outcome=outcome, closed_at=closed, **shape)
            session.add(deal)
            session.flush()
            at = closed - timedelta(days=9)
            call = Call(title="A call", rep_id=people.rep.id, state="ready", started_at=at)
            call.deal_id = deal.id
            session.add(call)
            session.flush()
            told = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo"}
            told |= {"call_type": "demo", "talk_ratio": (0.4 if is_won else 0.6) + spread}
            told |= {"patience_s": 0.5 + spread}
            facts = CallFacts(call_id=call.id, duration_s=600.0, language="en", **told)
            session.add(facts)


def test_too_few_deals_are_counted_instead(pages: Pages, people: People) -> None:
    answer = pages(people.manager).get("/winning-calls")
    assert answer.status_code == 200
    assert "0 closed deals with calls; this needs about 100." in answer.text
    assert '<svg class="forest-row"' not in answer.text


@pytest.mark.usefixtures("sold")
def test_what_differs_is_told_as_an_association(pages: Pages, people: People) -> None:
    text = unescape(pages(people.manager).get("/winning-calls").text)
    assert "In deals that were won, reps did 45% of the talking; in lost ones, 65%" in text
    assert "An association, not a cause." in text
    assert "the calls do not say whether it goes with winning" in text
    assert text.count('class="is-said"') == 1
    assert "Benjamini" in text
    assert "Demo" in text


@pytest.mark.usefixtures("sold")
def test_filters_narrow_and_lead_back(pages: Pages, people: People) -> None:
    manager = pages(people.manager)
    text = manager.get("/winning-calls?call_type=discovery").text
    assert "0 closed deals with calls" in text
    assert 'href="/winning-calls">All time, everybody' in text
    both = f"/winning-calls?rep_id={people.rep.id}&period=last_365_days"
    assert "is-said" in manager.get(both).text
    assert "There is no such period" in manager.get("/winning-calls?period=soon").text


def test_who_may_not_see_somebody_is_told_of_nobody(pages: Pages, people: People) -> None:
    manager = pages(people.manager)
    assert manager.get(f"/winning-calls?rep_id={people.stranger.id}").status_code == 404
    theirs = f"/winning-calls?team_id={people.stranger.team_id}"
    assert manager.get(theirs).status_code == 404
    assert pages(people.admin).get(theirs).status_code == 200
    assert pages(people.admin).get(f"/winning-calls?rep_id={uuid4()}").status_code == 404
    assert pages(people.rep).get("/winning-calls").status_code == 403


@pytest.mark.usefixtures("sold")
def test_a_french_manager_reads_french(pages: Pages, people: People, engine: Engine) -> None:
    with session_scope(engine) as session:
        session.get_one(User, people.manager.id).language = "fr"
    text = pages(people.manager).get("/winning-calls").text
    assert "Ce que font ici les appels gagnants" in text
    assert "Démo" in text


def _found(middle: float, verdict: str = "unsaid") -> Association:
    ends = (middle, middle - 0.2, middle + 0.2)
    difference = Difference(0.4, 0.6, -0.2, -0.3, -0.1, *ends, 0.01, 0.03)
    behaviour = Behaviour("talk_ratio", "share")
    return Association(behaviour, 30, 40, 5, 3, verdict, difference)  # type: ignore[arg-type]


def test_no_difference_is_in_the_middle_and_nothing_falls_off_the_plot() -> None:
    plot = plot_of([_found(0.0), _found(-0.9, "differs"), _found(1.1)], wording("en"))
    assert [one.is_said for one in plot.rows] == [True, False, False]
    assert plot.rows[-1].middle == pytest.approx(WIDTH / 2)
    assert plot.reach == 1.5
    assert all(0 <= one.low < one.middle < one.high <= WIDTH for one in plot.rows)
    assert [name for _, name in plot.ticks] == [f"{MINUS}1.5", f"{MINUS}0.75", "0", "0.75", "1.5"]


def test_an_empty_plot_has_an_axis_all_the_same() -> None:
    assert plot_of([], wording("fr")).reach == 0.5
