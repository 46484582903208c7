"""Digests: what each tells, to whom, and as what kind of e-mail."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from analyzer.formats.wording import LANGUAGES
from api.digest_mail import letter_of
from api.digest_words import digest_words
from api.workshop import Workshop
from models.coaching.worth_hearing import Why
from models.database import session_scope
from models.digest_contents import TileLine, ToHear, Told
from models.digests import Due
from models.kpis import Measured, parse_period
from models.kpis.kpi import Unit
from models.tables import Call, CallFacts, Dashboard, Deal, NextStep, User
from tests.api.conftest import People
from tests.api.digests.conftest import LAST_WEEK, MONDAY, Asking, change, rounds, text_of
from tests.api.post_office import PostOffice


@pytest.mark.usefixtures("deals")
def test_everybody_is_told_of_what_they_may_see(
    workshop: Workshop, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep, people.stranger, people.manager)
    assert rounds(workshop) == 3
    told = {to: text_of(message) for to, message in office.received}
    assert "Deals won: 2 (" in told["rita@beacon.example"]
    assert "Deals won: 5 (" in told["sam@beacon.example"]
    assert "Deals won: 5 (" in told["mona@beacon.example"]  # Rita's two and Paul's three
    assert rounds(workshop) == 0


@pytest.mark.usefixtures("deals")
def test_an_email_is_as_mail_programs_want_it(
    workshop: Workshop, office: PostOffice, people: People, asked: Asking
) -> None:
    asked(people.rep)
    rounds(workshop)
    ((_to, mail),) = office.received
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["From"] == "Talktrack <talktrack@beacon.example>"
    assert mail["To"] == "Rita <rita@beacon.example>"
    assert mail["Subject"] == "Your week, 16 November 2026 to 22 November 2026"
    assert mail["Date"].datetime == MONDAY
    assert mail["Message-ID"].endswith("@beacon.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<https://talktrack.beacon.example/api/v1/digests/")
    (content,) = office.contents
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert (
        b"\r\nList-Unsubscribe: <https://talktrack.beacon.example/api/v1/digests/stop?" in content
    )
    assert "src=" not in text_of(mail, "html")
    assert "http" not in text_of(mail, "html").replace("https://talktrack.beacon.example", "")


@pytest.mark.usefixtures("deals")
def test_a_figure_is_told_with_its_change_and_how_sure_it_is(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    with session_scope(engine) as session:
        tiles = [{"kpi": "deals_won"}, {"kpi": "win_rate"}, {"kpi": "talk_ratio"}]
        session.get_one(Dashboard, people.rep.id).tiles = tiles
        opened = LAST_WEEK - timedelta(days=30)
        for outcome, closed_at in (("won", 9), ("lost", 9), ("won", 9), ("won", 9), ("lost", 1)):
            deal = Deal(name=outcome, rep_id=people.rep.id, opened_at=opened, stage=outcome)
            deal.outcome, deal.closed_at = outcome, LAST_WEEK - timedelta(days=closed_at)
            session.add(deal)
    asked(people.rep)
    rounds(workshop)
    ((_to, mail),) = office.received
    plain = text_of(mail)
    assert "- Deals won: 2 (was 3, \u221233%; n = 2)" in plain
    assert ": 67% (was 75%, \u22128.3 points; n = 3 \u00b7 95%: 21% to 94%)\n" in plain
    assert ": \u2013 (n = 0)\n" in plain  # no call, no ratio: never a zero
    assert "<b>67%</b>" in text_of(mail, "html")


def test_french_readers_are_told_in_french(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    change(engine, people.rep, language="fr", name="Zoé Müller")
    at = datetime(2026, 3, 1, 8, tzinfo=UTC)
    asked(people.rep, every="month", at=at)
    assert rounds(workshop, at) == 1
    ((_to, mail),) = office.received
    assert mail["Subject"] == "Votre mois, février 2026"
    assert mail["To"].addresses[0].display_name == "Zoé Müller"
    assert text_of(mail).startswith("Bonjour Zoé Müller,\n")
    assert '<html lang="fr">' in text_of(mail, "html")
    assert "Évolution" in text_of(mail, "html")


def test_what_people_wrote_stays_text(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    change(engine, people.rep, name='<img src=x>\r\nBcc: all@beacon.example"')
    with session_scope(engine) as session:
        call = Call(title="<b>Hi</b>\r\n& you", rep_id=people.rep.id, started_at=LAST_WEEK)
        call.state = "ready"
        session.add(call)
        session.flush()
        step = NextStep(
            call_id=call.id,
            text="<script>alert(1)</script>",
            owner_side="seller",
            due_on=date(2026, 11, 25),
            utterance=0,
            quote="",
            start_s=0.0,
            end_s=1.0,
        )
        session.add(step)
    asked(people.rep)
    assert rounds(workshop) == 1
    ((_to, mail),) = office.received
    assert mail["Bcc"] is None
    assert [one.addr_spec for one in mail["To"].addresses] == ["rita@beacon.example"]
    html = text_of(mail, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (&lt;b&gt;Hi&lt;/b&gt; &amp; you)" in html
    assert "<img" not in html
    assert "25 November 2026: <script>alert(1)</script> (<b>Hi</b> & you)" in text_of(mail)


def test_own_promises_and_calls_are_told_of(
    workshop: Workshop, engine: Engine, office: PostOffice, people: People, asked: Asking
) -> None:
    with session_scope(engine) as session:
        opened = LAST_WEEK - timedelta(days=30)
        deal = Deal(name="Rollout", rep_id=people.rep.id, opened_at=opened)
        session.add(deal)
        session.flush()
        for user, is_private in ((people.rep, True), (people.peer, False)):
            call = Call(title=f"{user.name} calls", rep_id=user.id, started_at=LAST_WEEK)
            call.state, call.deal_id, call.is_private = "ready", deal.id, is_private
            session.add(call)
            session.flush()
            facts = {"people": 2, "sellers": 1, "buyers": 1, "source": "stereo"}
            told = {"duration_s": 600.0, "next_steps": 0, "agenda_coverage": 0.2, "language": "en"}
            session.add(CallFacts(call_id=call.id, **facts, **told))
            for text, due_on in (("Send it", 25), ("Ask them", None), ("Much later", 30)):
                step = {"utterance": 0, "quote": "a secret", "start_s": 0.0, "end_s": 1.0}
                day = date(2026, 11, due_on) if due_on else None
                step |= {"owner_side": "seller", "due_on": day}
                session.add(NextStep(call_id=call.id, text=text, **step))
    asked(people.rep, people.manager)
    assert rounds(workshop) == 2
    plain = {to: text_of(message) for to, message in office.received}
    own = plain["rita@beacon.example"]
    assert "within a week\n- 25 November 2026: Ask them (Rita calls)\n" in own  # a week after
    assert "- 25 November 2026: Send it (Rita calls)\n" in own
    assert "again\n- Rita calls, no next step was agreed, from 09:00\n" in own
    for said in ("Much later", "Paul calls", "a secret"):
        assert said not in own
    for said in ("Rita", "Paul", "again"):
        assert said not in plain["mona@beacon.example"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("why", get_args(Why))
def test_every_reason_to_hear_a_call_again_has_words(why: Why, language: str) -> None:
    told = Told(reader(language), (), (), (ToHear(uuid4(), "Renewal", why, 61.0),))
    ((_title, (line,)),) = letter_of(told, DUE, "https://x", "https://x/stop").lists
    assert line.startswith("Renewal, ")
    assert line.endswith("01:01")
    assert "{" not in line


def test_digests_have_the_same_words_in_every_language() -> None:
    english, french = (set(digest_words(one).phrases) for one in LANGUAGES)
    assert english == french


@pytest.mark.parametrize(
    ("unit", "before", "now", "value", "change"),
    [
        ("share", 0.4, 0.5, "50%", "+10.0 points"),
        ("points", 30.0, 28.5, "28.5", "\u22121.5 points"),
        ("money", 2000.0, 3000.0, "€3,000", "+50%"),
        (
            "money",
            -100.0,
            -12.5,
            "\u2212€12.50",
            "\u2013",
        ),  # no share of a debt
        ("seconds", 60.0, 72.0, "1\xa0min\xa012\xa0s", "+20%"),
        ("hours", 4.0, 5.0, "5 h", "+25%"),
        ("count", 0.0, 4.0, "4", "\u2013"),
        ("number", None, 1.5, "1.5", "\u2013"),
    ],
)
def test_figures_are_told_as_elsewhere(
    unit: Unit, before: float | None, now: float, value: str, change: str
) -> None:
    line = TileLine({"en": "It", "fr": "Le"}, "", unit, "EUR", Measured(now), Measured(before))
    letter = letter_of(Told(reader("en"), (line,), (), ()), DUE, "https://x", "https://x/stop")
    assert (letter.rows[0].value, letter.rows[0].change) == (value, change)


DUE = Due(uuid4(), "week", parse_period("2026-W47", MONDAY.date()))


def reader(language: str) -> User:
    return User(email="rita@beacon.example", name="Rita", language=language)
