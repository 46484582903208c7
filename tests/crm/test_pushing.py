"""x"""
from tests.crm.pushing import *  # noqa: F403
import pytest
@pytest.mark.parametrize("kind", KINDS)
def test_first(new_desk, kind):
    desk = new_desk(kind)
    call = desk.new_call()
    push = desk.pushed(call)
    print(push)
    print(desk.fake.calls)
    print(desk.notes(call))
    assert len(desk.notes(call)) == 1
