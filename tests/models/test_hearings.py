import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from analyzer.errors import BadReport
from analyzer.speech import Span, Word
from models.errors import BadInput, Missing
from models.hearings import (
    forget_stages,
    has_hearing,
    keep_hearing,
    keep_stage,
    load_hearing,
    load_stage,
)
from models.storable import readable, storable
from models.tables import Hearing, StageResult
from tests.builders import hearing, words
from tests.models.kept_calls import FIXTURES, fixture_hearing, new_call, understood

SHA, OTHER = "a" * 64, "b" * 64


@pytest.mark.parametrize("name", FIXTURES)
def test_what_was_heard_comes_back_exactly(session: Session, name: str) -> None:
    call = new_call(session)
    keep_hearing(session, call, fixture_hearing(name))
    assert load_hearing(session, call.id) == fixture_hearing(name)


def test_nothing_was_heard_of_a_new_call(session: Session) -> None:
    call = new_call(session)
    assert load_hearing(session, call.id) is None
    assert not has_hearing(session, call.id)


def test_hearing_again_replaces_what_was_heard(session: Session) -> None:
    call = new_call(session)
    keep_hearing(session, call, hearing(words("one", 0)))
    keep_hearing(session, call, hearing(words("two", 0), language="fr"), source="vtt")
    kept = session.exec(select(Hearing)).one()
    assert (kept.source, kept.language, kept.duration_s) == ("vtt", "fr", 60.0)
    assert has_hearing(session, call.id)
    assert [word.text for word in load_hearing(session, call.id).words] == ["two"]


def test_signs_that_no_row_can_hold_change_nothing_of_the_report(session: Session) -> None:
    call = new_call(session)
    heard = hearing(words("a\x00b half\ud800 \udc00 back\\u0000slash it is?", 0))
    keep_hearing(session, call, heard)
    kept = load_hearing(session, call.id)
    assert [word.text for word in kept.words][:4] == ["a�b", "half�", "�", "back\\u0000slash"]
    assert understood(kept) == understood(heard)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_time_that_is_none_is_refused(session: Session, number: float) -> None:
    call = new_call(session)
    heard = hearing([Word(Span(0.0, number), "so", 0.9)])
    with pytest.raises(BadInput, match=f"the hearing of call {call.id} holds NaN"):
        keep_hearing(session, call, heard)


def test_a_call_that_is_gone_cannot_be_heard(session: Session) -> None:
    call = new_call(session)
    gone = call.id
    session.delete(call)
    session.flush()
    with pytest.raises(Missing, match=str(gone)):
        keep_hearing(session, call, hearing())
    with pytest.raises(Missing, match=str(gone)):
        keep_stage(session, gone, "diarizing", SHA, {})


def test_a_damaged_hearing_says_to_hear_again(session: Session) -> None:
    call = new_call(session)
    keep_hearing(session, call, hearing(words("one two", 0)))
    session.execute(text("UPDATE hearing SET hearing = jsonb_set(hearing, '{words,0,0}', '\"x\"')"))
    with pytest.raises(BadReport, match=r"damaged at words\.0\.0"):
        load_hearing(session, call.id)


def test_a_stage_counts_for_its_own_recording_only(session: Session) -> None:
    call, other = new_call(session), new_call(session)
    keep_stage(session, call.id, "diarizing", SHA, {"turns": [[0.1, 2, "A\x00"]]})
    assert load_stage(session, call.id, "diarizing", SHA) == {"turns": [[0.1, 2, "A�"]]}
    assert load_stage(session, call.id, "diarizing", OTHER) is None
    assert load_stage(session, call.id, "transcribing", SHA) is None
    assert load_stage(session, other.id, "diarizing", SHA) is None


def test_a_stage_done_again_replaces_its_result_and_all_are_forgotten(session: Session) -> None:
    call = new_call(session)
    for sha, result in ((SHA, {"n": 1}), (OTHER, {"n": 2})):
        keep_stage(session, call.id, "diarizing", sha, result)
    keep_stage(session, call.id, "transcribing", OTHER, {"n": 3})
    assert load_stage(session, call.id, "diarizing", SHA) is None
    assert load_stage(session, call.id, "diarizing", OTHER) == {"n": 2}
    forget_stages(session, call.id)
    assert session.exec(select(StageResult)).all() == []


def test_a_stage_with_a_number_that_is_none_is_refused(session: Session) -> None:
    call = new_call(session)
    with pytest.raises(BadInput, match="what diarizing made of call"):
        keep_stage(session, call.id, "diarizing", SHA, {"x": math.nan})


def test_a_long_name_of_a_language_fits_its_column(session: Session) -> None:
    call = new_call(session)
    keep_hearing(session, call, replace(hearing(), language="zh-Hant-TW"))
    assert load_hearing(session, call.id).language == "zh-Hant-TW"


documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(-1e9, 1e9)
    # Half signs too, which text() leaves out.
    | st.text(st.characters(exclude_categories=())),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(exclude_categories=())), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents)
def test_whatever_is_made_storable_can_be_stored(session: Session, document: object) -> None:
    kept = storable({"it": document}, "it")
    there = text("SELECT CAST(:kept AS jsonb)")
    assert session.execute(there, {"kept": json.dumps(kept)}).scalar_one() == kept


@given(documents)
def test_only_signs_that_cannot_be_stored_are_replaced(document: object) -> None:
    kept = storable({"it": document}, "it")
    assert kept == readable({"it": document})
    assert _signs(kept) == {
        "\ufffd" if sign == "\x00" or "\ud800" <= sign <= "\udfff" else sign
        for sign in _signs({"it": document})
    }


def _signs(value: object) -> set[str]:
    if isinstance(value, dict):
        return {sign for pair in value.items() for one in pair for sign in _signs(one)}
    if isinstance(value, list):
        return {sign for one in value for sign in _signs(one)}
    return set(value) if isinstance(value, str) else set()
