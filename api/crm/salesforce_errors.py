"""What Salesforce's refusals mean: a list of codes and words, under a status that says little."""

import re
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from api.crm.errors import (
    CrmError,
    CrmGone,
    CrmNeedsLogin,
    CrmRejected,
    CrmSpent,
    CrmUnavailable,
)
from api.crm.wire import Answer
from models.tables.columns import now

NAME = "Salesforce"
HALTED = "PROCESSING_HALTED"
"""What a part of a composite call says when another part failed."""
_PARKED = timedelta(hours=1)
_CROWDED_S, _LOCKED_S = 10.0, 2.0
_GONE = {
    "NOT_FOUND",
    "ENTITY_IS_DELETED",
    "INVALID_CROSS_REFERENCE_KEY",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
}
_LOCKED = {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "QUERY_TIMEOUT"}
_ADVICE = {
    "API_DISABLED_FOR_ORG": "its edition or the user's profile lacks the API; switch it on",
    "API_CURRENTLY_DISABLED": "its edition or the user's profile lacks the API; switch it on",
    "INVALID_TYPE": "give the user access to it, or switch on Notes in its settings",
    "INVALID_FIELD": "give the user access to that field",
    "INSUFFICIENT_ACCESS": "give the user the permission",
    "INSUFFICIENT_ACCESS_OR_READONLY": "give the user the permission",
}
_TOO_LONG = "STRING_TOO_LONG"
_QUOTED = {_TOO_LONG, "INVALID_EMAIL_ADDRESS", "MALFORMED_QUERY", "JSON_PARSER_ERROR"}
"""Codes whose message repeats what was sent, so it is left out."""
_TRANSIENT_GRANTS = re.compile(r"retry your request|rate exceeded|temporarily|server_error", re.I)


class _ApiError(BaseModel):
    """One of the errors of an answer."""

    model_config = ConfigDict(extra="ignore")

    message: str = ""
    errorCode: str = ""  # noqa: N815 (Salesforce's own word)
    fields: list[str] | None = None


def refusal(answer: Answer) -> CrmError | None:
    """What is wrong with an answer; None when nothing is."""
    if answer.is_good:
        return None
    return error_of(answer.status, answer.body, answer.headers.get("retry-after"))


def error_of(status: int, body: Any, retry_after: str | None = None) -> CrmError:
    """What a refusal means, of a whole call or of a part of a composite one."""
    errors = _errors(body)
    first = next((error for error in errors if error.errorCode != HALTED), _ApiError())
    code = first.errorCode
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(first)
    if code in _LOCKED:
        return CrmUnavailable(f"{NAME} is busy ({code}); it is tried again", _LOCKED_S)
    if status >= 500 or status == 429:
        return CrmUnavailable(
            f"{NAME} cannot answer now ({code or status}); it is tried again", _seconds(retry_after)
        )
    return _no(status, first)


def _no(status: int, error: _ApiError) -> CrmError:
    """A refusal that stays one."""
    code = error.errorCode
    if status == 401:
        return CrmNeedsLogin(
            f"{NAME} does not take the session ({code or status}); connect it again"
        )
    if code in _GONE or status in {404, 410}:
        return CrmGone(f"{NAME}: {_said(error) or 'it is not there'}; look whether it was deleted")
    if 300 <= status < 400:
        return CrmRejected(f"{NAME} answers {status}; check the connection's address")
    advice = _ADVICE.get(code, "change it, and try again")
    return CrmRejected(f"{NAME} refuses it: {_said(error) or f'status {status}'}; {advice}")


def grant_error(answer: Answer) -> CrmError:
    """What the refusal of a token means."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code, words = str(body.get("error") or ""), str(body.get("error_description") or "")
    if not code:
        if answer.is_good or not answer.is_json:
            return CrmUnavailable(
                f"{NAME} gave no token ({answer.status}); it is tried again",
                _seconds(answer.headers.get("retry-after")),
            )
        return error_of(answer.status, answer.body, answer.headers.get("retry-after"))
    if answer.status >= 500 or _TRANSIENT_GRANTS.search(f"{code} {words}"):
        return CrmUnavailable(f"{NAME} gives no token now ({code}); it is tried again")
    return CrmNeedsLogin(f"{NAME} gives no token: {words or code} ({code}); connect it again")


def codes(body: Any) -> set[str]:
    """The codes of an answer's errors."""
    return {error.errorCode for error in _errors(body)}


def _errors(body: Any) -> list[_ApiError]:
    """The errors of an answer, as far as they can be read."""
    found = []
    for item in body if isinstance(body, list) else [body]:
        try:
            found.append(_ApiError.model_validate(item))
        except ValidationError:
            continue
    return found


def _limit(error: _ApiError) -> CrmUnavailable:
    """Too many at once is over in a moment; too many a day is not."""
    if "concurrent" in error.message.lower():
        return CrmUnavailable(f"{NAME} has too many calls at once; it is tried again", _CROWDED_S)
    return CrmSpent(
        f"{NAME}: the day's calls are used up; it is tried again in an hour", now() + _PARKED
    )


def _said(error: _ApiError) -> str:
    """Salesforce's own words, without what we sent."""
    if error.errorCode in _QUOTED:
        words = ", ".join(error.fields or ())
    else:
        words = error.message.strip().rpartition("\n")[2]  # lines before it repeat the query
    return f"{words} ({error.errorCode})" if words and error.errorCode else words or error.errorCode


def _seconds(retry_after: str | None) -> float | None:
    """How long to wait; a date, which Salesforce does not send, counts as unsaid."""
    return float(retry_after) if retry_after and retry_after.strip().isdigit() else None
