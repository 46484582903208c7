import pytest
from sqlmodel import Session

from tests.coaching.company import Company


@pytest.fixture
def company(session: Session) -> Company:
    return Company(session)
