"""Signing in: whoever guesses waits, and nobody learns by it who is a user."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from models.database import session_scope
from models.sign_ins import forget_failures, try_sign_in
from models.tables import AuditEntry, SignInFailure
from models.tables.columns import now
from models.users import add_user
from tests.api.conftest import People
from tests.models.market import person

PASSWORD = "right horse battery"


@pytest.fixture
def tom(engine: Engine) -> str:
    with session_scope(engine) as session:
        user = person(session, "tom")
        session.delete(user)
        session.flush()
        session.expunge(user)
        made = type(user)(email=user.email, name="Tom", role="rep")
        return add_user(session, made, PASSWORD).email


def post(client: TestClient, email: str, password: str) -> tuple[int, str | None]:
    answer = client.post("/session", json={"email": email, "password": password})
    return answer.status_code, answer.headers.get("retry-after")


def guess(engine: Engine, email: str, times: int, client: str = "1.2.3.4") -> float:
    return max(try_sign_in(engine, email, f"guess {n}", client).wait_s for n in range(times))


def later(engine: Engine, **ago: float) -> None:
    with session_scope(engine) as session:
        moved = col(SignInFailure.at) - timedelta(**ago)
        session.execute(update(SignInFailure).values(at=moved))


def test_guesses_of_a_time_to_come_keep_nobody_out(engine: Engine, tom: str) -> None:
    """The clock was put back by hours, and would take as long to be there again."""
    assert guess(engine, tom, 8) > 0
    later(engine, hours=-3)
    assert try_sign_in(engine, tom, PASSWORD, "1.2.3.4").user is not None


@pytest.mark.parametrize("is_there", [True, False])
def test_after_five_wrong_passwords_one_waits_whoever_it_is(
    app_client: TestClient, tom: str, is_there: bool
) -> None:
    email = tom if is_there else "nobody@seller.example"
    assert [post(app_client, email, "wrong")[0] for _ in range(6)] == [401] * 5 + [429]
    status, wait = post(app_client, email.upper(), PASSWORD)
    assert status == 429  # even with the right one: nobody can go on guessing
    assert 10 <= int(wait or 0) <= 15


def test_waits_double_up_to_a_quarter_of_an_hour_and_end(engine: Engine, tom: str) -> None:
    waits = []
    for _ in range(9):
        guess(engine, tom, 1)
        later(engine, seconds=0)
        with session_scope(engine) as session:  # as if each wait had been waited out
            session.execute(update(SignInFailure).values(at=now() - timedelta(minutes=14)))
        waits.append(guess(engine, tom, 1))
    assert waits[0] == 0
    assert try_sign_in(engine, tom, PASSWORD, "5.6.7.8").wait_s <= 900
    later(engine, minutes=15)
    assert try_sign_in(engine, tom, PASSWORD, "1.2.3.4").user is not None


def test_the_right_password_makes_the_wrong_ones_forgotten(engine: Engine, tom: str) -> None:
    assert guess(engine, tom, 4) == 0
    assert try_sign_in(engine, tom, PASSWORD, "1.2.3.4").user is not None
    assert guess(engine, tom, 5) == 0


def test_many_addresses_tried_from_one_place_wait_too(engine: Engine, tom: str) -> None:
    assert max(guess(engine, f"user{n}@seller.example", 1) for n in range(50)) == 0
    assert try_sign_in(engine, tom, PASSWORD, "1.2.3.4").wait_s > 0
    assert try_sign_in(engine, tom, PASSWORD, "9.9.9.9").user is not None


def test_a_wrong_password_leaves_a_line_without_what_was_typed(engine: Engine, tom: str) -> None:
    guess(engine, tom, 1)
    guess(engine, "my-password-by-mistake", 1)
    with Session(engine) as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.verb == "fail_sign_in")).all()
        told = [(one.actor, one.detail) for one in lines]
        kept = session.exec(select(SignInFailure.what)).all()
    assert told == [(tom, {"client": "1.2.3.4"}), ("nobody", {"client": "1.2.3.4"})]
    assert all(len(one) == 64 for one in kept)


def test_old_failures_are_forgotten(engine: Engine, tom: str) -> None:
    guess(engine, tom, 2)
    later(engine, minutes=16)
    with session_scope(engine) as session:
        forget_failures(session)
        assert session.exec(select(SignInFailure)).all() == []


def test_ones_old_password_cannot_be_guessed_either(rep: TestClient, people: People) -> None:
    wrong = {"old": "wrong", "new": "another long password"}
    answers = [rep.put("/session/password", json=wrong).status_code for _ in range(6)]
    assert answers == [403] * 5 + [429]
    assert people.rep.email
