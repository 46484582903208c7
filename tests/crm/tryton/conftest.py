"""One Tryton for a file of tests, and ways in: Talktrack's, and that of the people there."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from api.crm.tryton import Tryton, manners
from api.crm.wire import Wire
from tests.crm.tryton import running as real
from tests.crm.tryton.company import PASSWORD
from tests.crm.tryton.installation import NoTryton
from tests.crm.tryton.sales import Sales
from tests.crm.tryton.wording import Connect, CountingGrant


@pytest.fixture(scope="module")
def tryton() -> Iterator[real.Tryton]:
    with ExitStack() as stack:
        try:
            started = stack.enter_context(real.running())
        except NoTryton as error:
            pytest.skip(str(error))
        yield started


@pytest.fixture(scope="module")
def sales(tryton: real.Tryton) -> Iterator[Sales]:
    with tryton.sales() as made:
        yield made


@pytest.fixture(scope="module")
def connect(tryton: real.Tryton) -> Iterator[Connect]:
    with ExitStack() as stack:

        def connected(password: str = PASSWORD) -> tuple[Tryton, CountingGrant]:
            grant = CountingGrant(tryton.credentials(password))
            spoken = manners(tryton.url, tryton.options)
            wire = stack.enter_context(Wire(spoken, grant, (tryton.host,)))
            return Tryton(wire, tryton.options), grant

        yield connected


@pytest.fixture(scope="module")
def crm(connect: Connect) -> Tryton:
    return connect()[0]
