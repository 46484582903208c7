"""From a page's dataclass to HTML, with the headers that keep it to itself."""

import gzip
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.dependencies import settings_of
from api.pages.frame import Frame
from api.pages.reasons import reason_in_html
from api.pages.words import translations
from api.signing import read_notice, sign_notice

STATIC = Path(__file__).parent.parent / "static"
NOTICE = "talktrack_notice"
_NOTICE_S = 60
_SMALL, _FAST = 2000, 4
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'nonce-{nonce}'",  # the waveform brings styles of its own
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was just done, said once on the next page; `undo` is a path to post to."""

    text: str
    undo: str | None = None


class NotBuilt(RuntimeError):
    """The scripts and styles of the pages are missing."""


def show(
    request: Request, frame: Frame, template: str, page: object, status: int = 200
) -> HTMLResponse:
    """A page; a template sees its dataclass as `page` and the frame as `frame`."""
    nonce = secrets.token_urlsafe(12)
    notice = _notice_of(request)
    values = {"page": page, "frame": frame, "words": frame.words, "nonce": nonce, "notice": notice}
    text = environment(frame.words.language).get_template(f"pages/{template}").render(values)
    response = _sent(request, text.encode(), status, page_headers(nonce))
    if notice is not None:
        response.delete_cookie(NOTICE)
    return response


def _sent(request: Request, body: bytes, status: int, headers: dict[str, str]) -> HTMLResponse:
    """The page, compressed for who takes it so: the words of an hour are many."""
    headers["Vary"] = "Accept-Encoding"
    if len(body) > _SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        body = gzip.compress(body, _FAST)
        headers["Content-Encoding"] = "gzip"
    return HTMLResponse(body, status, headers=headers)


def page_headers(nonce: str) -> dict[str, str]:
    """What a browser may do with a page: nothing but what we serve."""
    return {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }


def go(request: Request, path: str, said: str = "", undo: str | None = None) -> RedirectResponse:
    """Send the reader on after a change, with a word about it on the next page."""
    response = RedirectResponse(path, 303)
    if said:
        text = json.dumps({"text": said, "undo": undo})
        signed = sign_notice(settings_of(request).signing_key(), text)
        response.set_cookie(NOTICE, signed, max_age=_NOTICE_S, httponly=True, samesite="lax")
    return response


@lru_cache(maxsize=4)
def environment(language: str) -> Environment:
    """Templates in a language."""
    made = Environment(
        loader=PackageLoader("api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    cast("Any", made).install_gettext_translations(translations(language), newstyle=True)
    made.globals |= {"asset": asset, "initials": initials}
    made.filters["reason"] = partial(reason_in_html, language)
    return made


def asset(name: str) -> str:
    """The path of a script or style, which changes with what is in it. Raises NotBuilt."""
    return f"/assets/{_manifest()[name]}"


@lru_cache(maxsize=1)
def _manifest() -> dict[str, str]:
    try:
        made: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())
    except FileNotFoundError:
        raise NotBuilt(
            "the pages' scripts are not built; run `python hatch_build.py`, or `make install`"
        ) from None
    return made


def initials(name: str) -> str:
    """One or two letters to know somebody by."""
    parts = name.split() or ["?"]
    return "".join(one[0] for one in (parts[0], parts[-1])[: len(parts)]).upper()


def _notice_of(request: Request) -> Notice | None:
    signed = request.cookies.get(NOTICE)
    text = read_notice(settings_of(request).signing_key(), signed, _NOTICE_S) if signed else None
    return Notice(**json.loads(text)) if text else None
