"""What happens is told to webhooks: written with it, signed, sent, tried again, given up."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from models.database import session_scope
from models.deliveries import deliver, forget_deliveries, replay, resume_deliveries
from models.errors import Conflict
from models.events import EVENTS, tell, tell_call, tell_comment
from models.outside import Limits
from models.signatures import new_secret, sign
from models.tables import AuditEntry, Comment, Deal, Mention, User, Webhook, WebhookDelivery
from models.tables.columns import now
from models.trying import PAUSES_S, wanted_pause_s
from models.webhooks import PING, ping, rotate
from tests.models.kept_calls import new_call
from tests.models.receiver import Receiver, receiving

DOCUMENT = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
QUICK = Limits(connect_s=1, read_s=0.3, whole_s=1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def webhook_for(session: Session, url: str, *events: str) -> Webhook:
    webhook = Webhook(url=url, events=list(events or EVENTS), secret=new_secret())
    session.add(webhook)
    session.flush()
    return webhook


def told(engine: Engine, receiver: Receiver) -> WebhookDelivery:
    """A call is ready, and the receiver is to know."""
    with session_scope(engine) as session:
        webhook_for(session, receiver.url(), "call.ready")
        tell_call(session, "call.ready", new_call(session))
        return session.exec(select(WebhookDelivery)).one()


def sent(engine: Engine, receiver: Receiver, delivery: WebhookDelivery) -> WebhookDelivery:
    """The delivery after its job did its work once."""
    with session_scope(engine) as session:
        job_id = session.get_one(WebhookDelivery, delivery.id).job_id or 0
    deliver(engine, delivery.id, job_id, [receiver.place], limits=QUICK)
    return kept(engine, delivery.id)


def kept(engine: Engine, delivery_id: UUID) -> WebhookDelivery:
    with session_scope(engine) as session:
        return session.get_one(WebhookDelivery, delivery_id)


def jobs(engine: Engine) -> list[tuple[Any, ...]]:
    """Every job that waits: its delivery, and in how many seconds it may begin."""
    statement = text(
        "SELECT args->>'delivery_id', extract(epoch FROM scheduled_at - now())::float "
        "FROM procrastinate_jobs WHERE task_name = 'deliver_webhook' AND status = 'todo' "
        "ORDER BY id"
    )
    with session_scope(engine) as session:
        return [tuple(row) for row in session.execute(statement)]


def test_only_who_listens_is_told(session: Session) -> None:
    listening = webhook_for(session, "https://a.example/", "call.failed", "call.ready")
    webhook_for(session, "https://b.example/", "call.deleted")
    webhook_for(session, "https://c.example/", "call.ready").is_active = False
    tell(session, "call.ready", {"call": {"id": "1"}})
    delivery = session.exec(select(WebhookDelivery)).one()
    assert (delivery.webhook_id, delivery.event) == (listening.id, "call.ready")
    assert delivery.payload["type"] == "call.ready"
    assert delivery.payload["data"] == {"call": {"id": "1"}}


def test_an_event_has_one_id_for_all_who_hear_of_it(session: Session) -> None:
    for name in "ab":
        webhook_for(session, f"https://{name}.example/")
    tell(session, "call.ready", {})
    payloads = [one.payload for one in session.exec(select(WebhookDelivery))]
    assert len(payloads) == 2
    assert len({one["id"] for one in payloads}) == 1


def test_what_is_undone_is_not_told(engine: Engine) -> None:
    with Session(engine) as session:
        webhook_for(session, "https://a.example/")
        tell_call(session, "call.created", new_call(session))
        session.rollback()
    assert jobs(engine) == []


def test_a_call_is_told_by_the_ids_a_receiver_knows(session: Session) -> None:
    webhook_for(session, "https://a.example/")
    deal = Deal(name="Vantage", ref="006A", origin="crm", rep_id=uuid4(), stage="x")
    call = new_call(session, title="Demo", ref="42")
    deal.rep_id = call.rep_id
    session.add(deal)
    session.flush()
    call.deal_id = deal.id
    tell_call(session, "call.ready", call)
    data = session.exec(select(WebhookDelivery)).one().payload["data"]
    assert (data["call"]["id"], data["call"]["ref"]) == (str(call.id), "42")
    assert data["deal"] == {"id": str(deal.id), "name": "Vantage", "ref": "006A"}
    assert data["rep"]["id"] == str(call.rep_id)


def test_a_comment_is_told_without_its_words(session: Session) -> None:
    webhook_for(session, "https://a.example/", "comment.added")
    call = new_call(session)
    comment = Comment(call_id=call.id, author_id=call.rep_id, text="secret", start_s=4.5)
    session.add(comment)
    session.flush()
    session.add(Mention(comment_id=comment.id, user_id=call.rep_id))
    session.flush()
    tell_comment(session, comment)
    payload = session.exec(select(WebhookDelivery)).one().payload
    assert payload["data"]["comment"]["mentions"] == [str(call.rep_id)]
    assert payload["data"]["comment"]["start_s"] == 4.5
    assert "secret" not in json.dumps(payload)


def test_signatures_are_those_of_the_standard() -> None:
    """The vector that the specification's own libraries test with."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_documented_check_knows_a_message_from_a_forged_one() -> None:
    (check,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(check, names)  # noqa: S102
    secret, body, at = new_secret(), b'{"id": "1"}', str(int(now().timestamp()))
    both = f"{sign(new_secret(), '1', int(at), body)} {sign(secret, '1', int(at), body)}"
    headers = {"webhook-id": "1", "webhook-timestamp": at, "webhook-signature": both}
    assert names["is_genuine"](secret, headers, body)
    assert not names["is_genuine"](secret, headers, body + b" ")
    assert not names["is_genuine"](new_secret(), headers, body)
    assert not names["is_genuine"](secret, {**headers, "webhook-timestamp": "1614265330"}, body)


def test_every_event_is_explained() -> None:
    events = DOCUMENT.split("## Events")[1]
    assert re.findall(r"^\| `([a-z.]+)` \|", events, re.MULTILINE) == [*EVENTS, PING]


def test_a_secret_has_as_much_chance_in_it_as_the_standard_asks() -> None:
    assert 24 <= len(b64decode(new_secret().removeprefix("whsec_"))) <= 64
    assert new_secret() != new_secret()


def test_a_delivery_is_signed_and_then_done(engine: Engine, receiver: Receiver) -> None:
    delivery = told(engine, receiver)
    after = sent(engine, receiver, delivery)
    assert (after.state, after.attempts, after.last_status) == ("delivered", 1, 204)
    assert after.delivered_at is not None
    (got,) = receiver.got
    assert json.loads(got.body) == delivery.payload
    assert got.headers["webhook-id"] == delivery.payload["id"]
    assert got.headers["content-type"] == "application/json"
    with session_scope(engine) as session:
        secret = session.exec(select(Webhook)).one().secret
    at = int(got.headers["webhook-timestamp"])
    assert abs(now().timestamp() - at) < 10
    assert got.headers["webhook-signature"] == sign(secret, delivery.payload["id"], at, got.body)


def test_for_a_day_after_a_rotation_both_secrets_sign(engine: Engine, receiver: Receiver) -> None:
    delivery = told(engine, receiver)
    with session_scope(engine) as session:
        webhook = session.exec(select(Webhook)).one()
        rotate(webhook)
        both = (webhook.secret, webhook.former_secret or "")
    sent(engine, receiver, delivery)
    with session_scope(engine) as session:
        session.exec(select(Webhook)).one().former_until = now() - timedelta(seconds=1)
        replay(session, session.get_one(WebhookDelivery, delivery.id))
    sent(engine, receiver, delivery)

    def signed(index: int, *secrets: str) -> str:
        got = receiver.got[index]
        at = int(got.headers["webhook-timestamp"])
        return " ".join(sign(one, delivery.payload["id"], at, got.body) for one in secrets)

    assert receiver.got[0].headers["webhook-signature"] == signed(0, *both)
    assert receiver.got[1].headers["webhook-signature"] == signed(1, both[0])


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_what_a_receiver_refuses_is_tried_again_later(
    engine: Engine, receiver: Receiver, status: int
) -> None:
    receiver.statuses = [status]
    receiver.answer_headers = {"location": receiver.url("/elsewhere")}
    after = sent(engine, receiver, told(engine, receiver))
    assert (after.state, after.last_status) == ("waiting", status)
    assert str(status) in (after.last_error or "")
    assert [one.path for one in receiver.got] == ["/hook"]  # a redirect is not followed
    (_first, (delivery_id, in_s)) = jobs(engine)
    assert delivery_id == str(after.id)
    assert 5 < in_s <= 11


@pytest.mark.parametrize("manner", ["slow", "dripping", "dropping"])
def test_a_receiver_that_gives_no_answer_is_tried_again_later(
    engine: Engine, receiver: Receiver, manner: str
) -> None:
    receiver.manner = manner
    after = sent(engine, receiver, told(engine, receiver))
    assert (after.state, after.last_status, after.attempts) == ("waiting", None, 1)
    assert (after.last_error or "").startswith("127.0.0.1: ")


def test_the_pauses_grow_until_it_is_given_up(engine: Engine, receiver: Receiver) -> None:
    receiver.statuses = [500] * 8
    delivery = told(engine, receiver)
    for pause_s in PAUSES_S:
        after = sent(engine, receiver, delivery)
        assert after.state == "waiting"
        assert pause_s * 0.9 < jobs(engine)[-1][1] <= pause_s * 1.1 + 1
    after = sent(engine, receiver, delivery)
    assert (after.state, after.attempts, after.job_id) == ("failed", 8, None)
    assert {one.headers["webhook-id"] for one in receiver.got} == {delivery.payload["id"]}


def test_a_busy_receiver_says_how_long_to_wait(engine: Engine, receiver: Receiver) -> None:
    receiver.statuses, receiver.answer_headers = [429], {"Retry-After": "500"}
    sent(engine, receiver, told(engine, receiver))
    assert 490 < jobs(engine)[-1][1] <= 551


def test_a_receiver_that_is_gone_is_told_no_more(engine: Engine, receiver: Receiver) -> None:
    receiver.statuses = [410]
    after = sent(engine, receiver, told(engine, receiver))
    assert (after.state, after.last_status) == ("failed", 410)
    with session_scope(engine) as session:
        assert session.exec(select(Webhook)).one().is_active is False
        assert session.exec(select(AuditEntry)).one().verb == "switch_off"
        with pytest.raises(Conflict, match="off"):
            replay(session, session.get_one(WebhookDelivery, after.id))
        with pytest.raises(Conflict, match="off"):
            ping(session, session.exec(select(Webhook)).one())


def test_a_host_that_may_not_be_called_any_more_is_not(engine: Engine, receiver: Receiver) -> None:
    delivery = told(engine, receiver)
    deliver(engine, delivery.id, delivery.job_id or 0, ["other.example"])
    after = kept(engine, delivery.id)
    assert (after.state, receiver.got) == ("failed", [])
    assert "not among the hosts" in (after.last_error or "")


def test_only_the_deliverys_own_job_sends_it(engine: Engine, receiver: Receiver) -> None:
    delivery = told(engine, receiver)
    with session_scope(engine) as session:
        replay(session, session.get_one(WebhookDelivery, delivery.id))
    deliver(engine, delivery.id, delivery.job_id or 0, [receiver.place])
    assert receiver.got == []
    assert [one[0] for one in jobs(engine)] == [str(delivery.id)]  # the first was taken back
    assert sent(engine, receiver, delivery).state == "delivered"
    assert sent(engine, receiver, delivery).state == "delivered"
    assert len(receiver.got) == 1


def test_a_delivery_without_its_job_gets_another(engine: Engine, receiver: Receiver) -> None:
    lost, fine = told(engine, receiver), None
    with session_scope(engine) as session:
        tell(session, "call.ready", {})
        fine = session.exec(select(WebhookDelivery).where(WebhookDelivery.id != lost.id)).one()
        session.execute(text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": lost.job_id})
        assert resume_deliveries(session) == 1
    assert kept(engine, fine.id).job_id == fine.job_id
    assert sent(engine, receiver, lost).state == "delivered"


def test_a_worker_that_dies_while_sending_sends_again(engine: Engine, receiver: Receiver) -> None:
    """Nothing was written down, and the queue gives the same job to another worker."""
    delivery = told(engine, receiver)
    with session_scope(engine) as session:
        session.get_one(WebhookDelivery, delivery.id).attempts = 1  # as the dead one left it
    after = sent(engine, receiver, delivery)
    assert (after.state, after.attempts) == ("delivered", 2)


def test_while_it_is_sent_no_transaction_is_open(engine: Engine, receiver: Receiver) -> None:
    busy: list[int] = []

    class Watching(list[str]):
        def __iter__(self) -> Iterator[str]:
            with engine.connect() as connection:
                busy.append(
                    connection.execute(
                        text(
                            "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                            "current_database() AND state LIKE 'idle in%' "
                            "AND pid <> pg_backend_pid()"
                        )
                    ).scalar_one()
                )
            return super().__iter__()

    delivery = told(engine, receiver)
    deliver(engine, delivery.id, delivery.job_id or 0, Watching([receiver.place]))
    assert busy
    assert set(busy) == {0}
    assert len(receiver.got) == 1


def test_what_came_to_an_end_long_ago_is_forgotten(engine: Engine, receiver: Receiver) -> None:
    old, waiting = told(engine, receiver), None
    sent(engine, receiver, old)
    with session_scope(engine) as session:
        tell(session, "call.ready", {})
        for one in session.exec(select(WebhookDelivery)):
            one.created_at -= timedelta(days=15)
        session.flush()
        forget_deliveries(session, 14)
        waiting = session.exec(select(WebhookDelivery)).one()
    assert waiting.state == "waiting"


def test_a_deleted_webhook_is_told_nothing(engine: Engine, receiver: Receiver) -> None:
    delivery = told(engine, receiver)
    with session_scope(engine) as session:
        session.delete(session.exec(select(Webhook)).one())
    deliver(engine, delivery.id, delivery.job_id or 0, [receiver.place])
    assert receiver.got == []


def test_a_retry_after_may_name_an_instant() -> None:
    assert 80 < wanted_pause_s(format_datetime(now() + timedelta(seconds=90), usegmt=True)) <= 90
    assert wanted_pause_s(format_datetime(now() - timedelta(days=1), usegmt=True)) == 0


@given(st.text(max_size=40) | st.from_regex(r"\A-?\d{1,30}(\.\d+)?\Z"))
def test_no_retry_after_makes_it_wait_longer_than_a_day(said: str) -> None:
    assert 0 <= wanted_pause_s(said) <= PAUSES_S[-1]


def test_who_made_a_webhook_may_go(session: Session) -> None:
    user = User(email="ada@x.example", name="Ada", role="admin")
    session.add(user)
    session.flush()
    webhook = webhook_for(session, "https://a.example/")
    webhook.created_by_id = user.id
    session.flush()
    session.delete(user)
    session.flush()
    session.refresh(webhook)
    assert webhook.created_by_id is None
