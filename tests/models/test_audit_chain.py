"""The chain of the trail: what was written stays, and whatever else happens to it shows."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from models.audit_chain import check_chain, link_entries
from models.database import session_scope
from models.trail import note


def written(engine: Engine, count: int = 3, *, linked: bool = True) -> None:
    with session_scope(engine) as session:
        for n in range(count):
            detail = {"name": f"é{n}\u202e", "n": n, "part": 0.1, "none": None}
            note(session, "tests", verb="do", noun="things", subject_id=str(n), detail=detail)
    if linked:
        with session_scope(engine) as session:
            link_entries(session)


def tampered(engine: Engine, statement: str) -> None:
    """As somebody with the keys of the database would."""
    with session_scope(engine) as session:
        session.execute(text("SET session_replication_role = replica"))
        session.execute(text(statement))


def test_an_untouched_trail_is_whole_and_grows(engine: Engine) -> None:
    assert check_chain(engine).linked == 0
    written(engine)
    first = check_chain(engine)
    assert (first.linked, first.waiting, first.problem) == (3, 0, None)
    written(engine, 2)
    written(engine, 1, linked=False)
    later = check_chain(engine, first.head)
    assert (later.linked, later.waiting, later.problem) == (5, 1, None)
    assert later.head != first.head


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entry SET actor = 'somebody else' WHERE subject_id = '1'", "changed"),
        ("UPDATE audit_entry SET detail = '{}' WHERE subject_id = '0'", "changed"),
        ("UPDATE audit_entry SET at = at - interval '1 s' WHERE subject_id = '2'", "changed"),
        ("DELETE FROM audit_entry WHERE subject_id = '1'", "deleted"),
        ("DELETE FROM audit_link WHERE seq = 2", "missing"),
        ("DELETE FROM audit_link WHERE seq = 1", "missing"),
        ("UPDATE audit_link SET digest = repeat('0', 64) WHERE seq = 2", "changed"),
        (
            "INSERT INTO audit_entry (at, actor, verb, noun, detail) "
            "VALUES (now() - interval '1 hour', 'x', 'x', 'x', '{}')",
            "not in the chain",
        ),
    ],
)
def test_whatever_is_done_to_it_shows(engine: Engine, statement: str, told: str) -> None:
    written(engine)
    tampered(engine, statement)
    assert told in str(check_chain(engine).problem)


def test_a_trail_written_anew_lacks_the_head_noted_before(engine: Engine) -> None:
    written(engine)
    head = check_chain(engine).head
    tampered(engine, "DELETE FROM audit_link")
    tampered(engine, "DELETE FROM audit_entry WHERE subject_id = '1'")
    with session_scope(engine) as session:
        link_entries(session)
    assert check_chain(engine).problem is None
    assert "written anew" in str(check_chain(engine, head).problem)


def test_two_that_link_at_once_link_each_entry_once(engine: Engine) -> None:
    written(engine, linked=False)
    with Session(engine) as one, Session(engine) as other:
        assert link_entries(one) == 3
        assert link_entries(other) == 0
        one.commit()
        other.commit()
    assert check_chain(engine).linked == 3


def test_an_entry_seen_late_is_linked_after_those_with_higher_ids(engine: Engine) -> None:
    with Session(engine) as late:
        note(late, "tests", verb="do", noun="things", subject_id="late")
        late.flush()
        written(engine, 1)
        late.commit()
    with session_scope(engine) as session:
        assert link_entries(session) == 1
    assert check_chain(engine).problem is None


@pytest.mark.parametrize("statement", ["DELETE FROM audit_link", "UPDATE audit_link SET seq = 9"])
def test_links_are_only_ever_added(engine: Engine, statement: str) -> None:
    written(engine)
    with pytest.raises(DBAPIError, match="only ever added"), session_scope(engine) as session:
        session.execute(text(statement))
