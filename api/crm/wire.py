"""The way to a CRM: sends, keeps the pace, renews what expired, and repeats what may be repeated.

What a CRM's answers mean is its own module's business (`Manners`); when to try again is decided
here. Nothing that creates is ever sent twice unless the CRM said that it did nothing.
"""

import json
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from api.crm.credentials import Credentials, Grant
from api.crm.errors import CrmError, CrmRejected, CrmSpent, CrmUnavailable, CrmUncertain
from api.crm.pace import Pace, Pacer, Waits
from models.errors import BadInput
from models.outside import GuardedTransport

TIMEOUT = httpx.Timeout(20.0, connect=3.0)
_TRIES = 5
_LONGEST_PAUSE_S = 30.0
_UNAUTHORIZED = 401
_AGENT = "Talktrack-CRM/1"
_MOST = 50_000_000
"""Bytes of an answer."""
_WHOLE_S = 60.0
"""For all of an answer, from its first byte on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: `may_repeat` when doing it twice is as good as once; `pace` names its limit.

    A URL that begins with a slash is of the account's own server.
    """

    method: str
    url: str
    params: Mapping[str, Any] | None = None
    body: Any = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    may_repeat: bool = True
    is_signed: bool = True
    """Whether the account's own headers go with it; not with a call for new credentials."""
    pace: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """What the JSON holds, None when it was empty or no JSON."""
    is_json: bool

    @property
    def is_good(self) -> bool:
        """Whether HTTP says that it went well."""
        return 200 <= self.status < 300


class Manners(Protocol):
    """What one vendor's server wants, and what its answers mean."""

    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def paces(self) -> Mapping[str, Pace]:
        """How fast it may be asked, by name; "" is for everything else."""

    def base_url(self, credentials: Credentials) -> str:
        """Where the account's server is, without a slash at the end."""

    def headers(self, credentials: Credentials) -> Mapping[str, str]:
        """The headers that open it."""

    def renew(self, credentials: Credentials, wire: "Wire") -> Credentials:
        """Fresh credentials, asked for by `wire.ask`; raises CrmNeedsLogin when there are none."""

    def refusal(self, answer: Answer) -> CrmError | None:
        """What is wrong with an answer; None when nothing is."""


class Wire:
    """One connection's way to its CRM."""

    def __init__(
        self,
        manners: Manners,
        grant: Grant,
        hosts: Iterable[str],
        *,
        waits: Waits | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.manners, self.grant = manners, grant
        waits = waits or Waits()
        self._patience_s, self._sleep, self._pacers = waits.patience_s, sleep, waits.pacers
        for name, pace in manners.paces.items():
            self._pacers.setdefault(name, Pacer(pace, sleep=sleep))
        self._client = httpx.Client(
            transport=GuardedTransport(hosts),
            timeout=TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": _AGENT, "accept": "application/json"},
        )

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(self, asked: Asked) -> Answer:
        """The good answer to a call of the account's. Raises CrmError."""
        credentials = self.grant.current()
        if credentials.is_expiring:
            credentials = self._fresh(credentials)
        patience = _Patience(self._patience_s, self._sleep)
        is_fresh = False
        while True:
            try:
                answer = self.ask(asked, credentials)
                error = self._refusal(asked, answer, credentials)
            except CrmUnavailable as broken:
                error = broken
            else:
                if error is None:
                    return answer
                if answer.status == _UNAUTHORIZED and not is_fresh:
                    credentials, is_fresh = self._fresh(credentials), True
                    continue
            if not isinstance(error, CrmUnavailable) or isinstance(error, (CrmSpent, CrmUncertain)):
                raise error
            patience.pause(error)

    def ask(self, asked: Asked, credentials: Credentials) -> Answer:
        """Send once, and give the answer whatever it says. Raises CrmUnavailable, CrmUncertain."""
        name = self.manners.name
        pacer = self._pacers.get(asked.pace) or self._pacers.get("")
        if pacer is not None:
            pacer.wait()
        url = asked.url
        if url.startswith("/"):
            url = self.manners.base_url(credentials) + url
        signed = self.manners.headers(credentials) if asked.is_signed else {}
        try:
            with self._client.stream(
                asked.method,
                url,
                params=asked.params,
                json=asked.body,
                data=asked.form,
                headers={**signed, **asked.headers},
            ) as response:
                return _answer(response)
        except BadInput as error:
            raise CrmRejected(f"{name}: {error}") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise CrmUnavailable(f"{name} cannot be reached; it is tried again") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            why = (
                "did not answer in time" if isinstance(error, httpx.TimeoutException) else "hung up"
            )
            raise self._unanswered(asked, f"{name} {why}; it is tried again") from None

    def _fresh(self, stale: Credentials) -> Credentials:
        return self.grant.renewed(stale, lambda old: self.manners.renew(old, self))

    def _refusal(self, asked: Asked, answer: Answer, credentials: Credentials) -> CrmError | None:
        """What is wrong with an answer, with no secret in its words."""
        error = self.manners.refusal(answer)
        if error is None:
            if answer.is_good and not answer.is_json and answer.body is not None:
                return self._unanswered(asked, f"{self.manners.name} answered no JSON")
            return None
        error.args = (credentials.redacted(str(error)),)
        if answer.status >= 500 and isinstance(error, CrmUnavailable):
            return self._unanswered(asked, str(error), error)
        return error

    def _unanswered(
        self, asked: Asked, message: str, error: CrmUnavailable | None = None
    ) -> CrmUnavailable:
        """Nobody knows whether it was done: told only when it matters."""
        if not asked.may_repeat:
            return CrmUncertain(message)
        return error or CrmUnavailable(message)


class _Patience:
    """Pauses between the tries of one call: twice as long each time, not all at once."""

    def __init__(self, left_s: float, sleep: Callable[[float], None]) -> None:
        self._left_s, self._sleep = left_s, sleep
        self._tried = 0

    def pause(self, error: CrmUnavailable) -> None:
        """Wait before the next try. Raises the error when there is to be none."""
        self._tried += 1
        longest_s = min(_LONGEST_PAUSE_S, 2.0**self._tried / 2)
        pause_s = error.retry_after_s
        if pause_s is None:
            pause_s = longest_s * (1 + secrets.randbelow(100) / 100) / 2
        if self._tried >= _TRIES or pause_s > self._left_s:
            raise error
        self._left_s -= pause_s
        self._sleep(pause_s)


def _answer(response: httpx.Response) -> Answer:
    """Read an answer, however long it says it is, up to a limit, however slowly it drips."""
    content, ends_at = bytearray(), time.monotonic() + _WHOLE_S
    for piece in response.iter_bytes():
        content += piece
        if len(content) > _MOST:
            raise httpx.ReadError("the answer is too long")
        if time.monotonic() > ends_at:
            raise httpx.ReadTimeout("the answer takes too long")
    headers = {name.lower(): value for name, value in response.headers.items()}
    if not content.strip():
        return Answer(response.status_code, headers, None, is_json=False)
    try:
        return Answer(response.status_code, headers, json.loads(content), is_json=True)
    except (ValueError, RecursionError):
        start = bytes(content[:200]).decode("utf-8", "replace")
        return Answer(response.status_code, headers, start, is_json=False)
