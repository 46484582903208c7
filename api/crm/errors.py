"""What can go wrong with a CRM, as one tree.

    CrmError
      CrmRejected       the CRM says no; somebody must change something
        CrmGone         what was asked for is not there any more
      CrmNeedsLogin     the credentials are worth nothing any more: connect again
      CrmUnavailable    not now; try again after `retry_after_s`
        CrmSpent        the budget of calls is used up: leave it alone until `until`
        CrmUncertain    no answer to a create: it may have landed, so look before trying again

Each message says what, which CRM, and what to do next, in one line, and never a secret.
"""

from datetime import datetime


class CrmError(Exception):
    """A CRM did not do what it was asked."""


class CrmRejected(CrmError):
    """The CRM says no, and will say so again."""


class CrmGone(CrmRejected):
    """What was asked for is not there, or not for these credentials."""


class CrmNeedsLogin(CrmError):
    """The credentials are worth nothing any more."""


class CrmUnavailable(CrmError):
    """The CRM cannot answer now; None leaves it to the caller when to ask again."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class CrmSpent(CrmUnavailable):
    """The budget of calls is used up until an instant."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class CrmUncertain(CrmUnavailable):
    """A create was sent and not answered."""
