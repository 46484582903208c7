"""Signed words: sessions and links that nobody else can make."""

import hashlib
import hmac
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

_SESSION = "talktrack session"
_LINK = "talktrack link"
_VIEW = "talktrack shared view"
_STOP = "talktrack digest stop"
_NOTICE = "talktrack notice"
_INVITATION = "talktrack invitation"
_CRM = "talktrack crm sign-in"
_CRM_VERIFIER = b"talktrack crm verifier "
_FIRST_RUN = b"talktrack first run"
_PROVIDER = "talktrack provider sign-in"
_PROVIDER_VERIFIER = b"talktrack provider verifier "


def sign_session(key: str, session_id: UUID) -> str:
    """The cookie that names a session which begins now."""
    return URLSafeTimedSerializer(key, salt=_SESSION).dumps(session_id.hex)


def read_session(key: str, cookie: str, hours: int) -> UUID | None:
    """The session that a cookie names; None when it is forged or over."""
    try:
        named = URLSafeTimedSerializer(key, salt=_SESSION).loads(cookie, max_age=hours * 3600)
        return UUID(str(named))
    except (BadSignature, ValueError):
        return None


def sign_link(key: str, what: str) -> str:
    """A word that opens one thing for a while."""
    return URLSafeTimedSerializer(key, salt=_LINK).dumps(what)


def read_link(key: str, signed: str, minutes: int) -> str | None:
    """What a signed word opens; None when it is forged or over."""
    try:
        return str(URLSafeTimedSerializer(key, salt=_LINK).loads(signed, max_age=minutes * 60))
    except BadSignature:
        return None


def sign_view(key: str, link_id: UUID) -> str:
    """A word for who was just shown what a share link opens: they may listen for a while."""
    return URLSafeTimedSerializer(key, salt=_VIEW).dumps(link_id.hex)


def is_view(key: str, signed: str, link_id: UUID, minutes: int) -> bool:
    """Whether a word is of that link, and not over."""
    try:
        seen = URLSafeTimedSerializer(key, salt=_VIEW).loads(signed, max_age=minutes * 60)
    except BadSignature:
        return False
    return bool(seen == link_id.hex)


def sign_stop(key: str, user_id: UUID) -> str:
    """A word that ends a user's digests; it holds as long as old mail may be found again."""
    return URLSafeSerializer(key, salt=_STOP).dumps(user_id.hex)


def read_stop(key: str, signed: str) -> UUID | None:
    """Whose digests a signed word ends; None when it is forged."""
    try:
        return UUID(str(URLSafeSerializer(key, salt=_STOP).loads(signed)))
    except (BadSignature, ValueError):
        return None


def sign_notice(key: str, text: str) -> str:
    """A cookie that has a word on the next page."""
    return URLSafeTimedSerializer(key, salt=_NOTICE).dumps(text)


def read_notice(key: str, signed: str, seconds: int) -> str | None:
    """The word of a cookie; None when it is forged or old."""
    try:
        return str(URLSafeTimedSerializer(key, salt=_NOTICE).loads(signed, max_age=seconds))
    except BadSignature:
        return None


def first_run_code(key: str) -> str:
    """What whoever started the server knows, and nobody else who can reach it."""
    return hmac.new(key.encode(), _FIRST_RUN, hashlib.sha256).hexdigest()[:32]


def is_first_run_code(key: str, code: str) -> bool:
    """Whether it is that, found out in a time that tells nothing of it."""
    return hmac.compare_digest(first_run_code(key).encode(), code.encode())


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may choose a password, as long as theirs is the one of `mark`."""

    user_id: UUID
    mark: str


def sign_invitation(key: str, user_id: UUID, password_hash: str | None) -> str:
    """A word with which somebody chooses a password, once."""
    invited = [user_id.hex, _mark(password_hash)]
    return URLSafeTimedSerializer(key, salt=_INVITATION).dumps(invited)


def read_invitation(key: str, signed: str, days: int) -> Invitation | None:
    """Who is invited; None when it is forged or over."""
    try:
        loaded = URLSafeTimedSerializer(key, salt=_INVITATION).loads(signed, max_age=days * 86_400)
        return Invitation(UUID(str(loaded[0])), str(loaded[1]))
    except (BadSignature, ValueError, TypeError, LookupError):
        return None


def is_unused(invitation: Invitation, password_hash: str | None) -> bool:
    """Whether no password was chosen since it was made."""
    return hmac.compare_digest(invitation.mark, _mark(password_hash))


@dataclass(frozen=True, slots=True)
class CrmSignIn:
    """Who is letting a connection in at its CRM, as long as its secrets are those of `mark`."""

    user_id: UUID
    connection_id: UUID
    mark: str


def sign_crm_sign_in(key: str, user_id: UUID, connection_id: UUID, sealed: bytes) -> str:
    """The state that a CRM's own page sends back, good for one sign-in of one admin."""
    meant = [user_id.hex, connection_id.hex, _mark_of(sealed)]
    return URLSafeTimedSerializer(key, salt=_CRM).dumps(meant)


def read_crm_sign_in(key: str, signed: str, minutes: int) -> CrmSignIn | None:
    """Whose sign-in it is; None when it is forged or over."""
    try:
        loaded = URLSafeTimedSerializer(key, salt=_CRM).loads(signed, max_age=minutes * 60)
        return CrmSignIn(UUID(str(loaded[0])), UUID(str(loaded[1])), str(loaded[2]))
    except (BadSignature, ValueError, TypeError, LookupError):
        return None


def is_first_sign_in(sign_in: CrmSignIn, sealed: bytes) -> bool:
    """Whether the connection's secrets are those it had when the sign-in began."""
    return hmac.compare_digest(sign_in.mark, _mark_of(sealed))


def crm_verifier(key: str, state: str) -> str:
    """What proves that the code a CRM sent is for us (PKCE); it never leaves the server before."""
    return hmac.new(key.encode(), _CRM_VERIFIER + state.encode(), hashlib.sha256).hexdigest()


def _mark_of(sealed: bytes) -> str:
    return hashlib.sha256(sealed).hexdigest()[:24]


def _mark(password_hash: str | None) -> str:
    return hashlib.sha256((password_hash or "").encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class ProviderSignIn:
    """A sign-in at a provider under way, known to the browser that began it alone."""

    state: str
    nonce: str
    next: str


def sign_provider_sign_in(key: str, begun: ProviderSignIn) -> str:
    """A cookie that ties the answer of a provider to the browser which asked."""
    meant = [begun.state, begun.nonce, begun.next]
    return URLSafeTimedSerializer(key, salt=_PROVIDER).dumps(meant)


def read_provider_sign_in(key: str, signed: str, seconds: int) -> ProviderSignIn | None:
    """The sign-in of a cookie; None when it is forged or over."""
    try:
        loaded = URLSafeTimedSerializer(key, salt=_PROVIDER).loads(signed, max_age=seconds)
        return ProviderSignIn(str(loaded[0]), str(loaded[1]), str(loaded[2]))
    except (BadSignature, ValueError, TypeError, LookupError):
        return None


def is_answer_to(begun: ProviderSignIn, state: str) -> bool:
    """Whether a provider's answer belongs to a sign-in."""
    return hmac.compare_digest(begun.state.encode(), state.encode())


def provider_verifier(key: str, state: str) -> str:
    """What proves that a provider's code is for us (PKCE); it never leaves the server before."""
    return hmac.new(key.encode(), _PROVIDER_VERIFIER + state.encode(), hashlib.sha256).hexdigest()
