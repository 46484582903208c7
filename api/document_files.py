"""Documents as a web page that prints well, and as PDF."""

import base64
import hashlib
from importlib.resources import files

from analyzer.formats.html import templates
from analyzer.speech import UNPRINTABLE, UNREADABLE
from api.document import Cited, Document, Grid, Prose
from api.pdf import About, Paper


def to_html(document: Document) -> str:
    """One page that asks for nothing else; what comes from outside is escaped, no script runs."""
    style = (files("api") / "templates" / "document.css").read_text("utf-8")
    page = templates("api").get_template("document.html")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    written = page.render(document=document, style=style, policy=policy, kind=_kind)
    return UNPRINTABLE.sub(UNREADABLE, written)


def to_pdf(document: Document) -> bytes:
    """The same on A4 pages."""
    paper = Paper(About(document.title, document.language, document.made_at))
    paper.title_line(document.title)
    for fact in document.facts:
        paper.note(fact)
    for part in document.parts:
        paper.heading(part.title, needs=28)
        for block in part.blocks:
            _write(paper, block)
    return bytes(paper.output())


def _write(paper: Paper, block: Prose | Cited | Grid) -> None:
    match block:
        case Prose(text, is_small):
            (paper.note if is_small else paper.paragraph)(text)
        case Grid(head, rows, words):
            widths = [1.6] * words + [1.0] * (len(head) - words)
            paper.grid(head, rows, widths, words)
        case Cited(text, quotes, more):
            paper.paragraph(text)
            for quote, where in quotes:
                paper.quoted(quote, where)
            paper.note(more)


def _kind(block: Prose | Cited | Grid) -> str:
    return type(block).__name__.lower()
