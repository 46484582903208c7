"""The report as one web page: no request leaves it, it opens from a disk, it plays the call."""

import base64
import hashlib
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from analyzer.formats.page import call_page
from analyzer.formats.playable import playable_copy
from analyzer.formats.rendering import Rendering, words_for
from analyzer.report import CallReport
from analyzer.speech import UNPRINTABLE, UNREADABLE

_STYLES = ("report.css", "player.css", "transcript.css", "findings.css", "print.css")
_SCRIPTS = ("player.js", "transcript.js", "search.js", "keys.js")


@dataclass(frozen=True, slots=True)
class Embedded:
    """A recording inside the page, in base64."""

    mime: str
    base64: str


def to_html(report: CallReport, rendering: Rendering) -> str:
    """Render the page; all that comes from outside is escaped, only our own script runs.

    Raises:
        BadRecording: There is nothing to hear in the recording to embed.
    """
    t = words_for(report, rendering)
    style, script = _joined(_STYLES), _joined(_SCRIPTS)
    page = (
        templates("analyzer.formats")
        .get_template("report.html")
        .render(
            page=call_page(report, rendering, t),
            t=t,
            style=style,
            script=script,
            policy=_policy(style, script),
            recording=_embedded(rendering),
        )
    )
    return UNPRINTABLE.sub(UNREADABLE, page)


@cache
def templates(package: str) -> Environment:
    """The templates of a package; what is put into them is escaped, and must be there."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _joined(names: tuple[str, ...]) -> str:
    """Our own style sheets or scripts, as one text."""
    folder = files("analyzer.formats") / "templates"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def _policy(style: str, script: str) -> str:
    """What the page may do: run these two texts, play what it carries, and nothing else."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src '{_hash(style)}'",
            f"script-src '{_hash(script)}'",
            "media-src data: blob:",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _embedded(rendering: Rendering) -> Embedded | None:
    if rendering.source is None or rendering.audio == "none":
        return None
    with tempfile.TemporaryDirectory() as scratch:
        sound, mime = playable_copy(rendering.source, Path(scratch))
    return Embedded(mime, base64.b64encode(sound).decode())
