"""A note as a workflow of Microsoft Teams takes it: a message with an Adaptive Card.

Texts are runs, in which nothing is Markdown: what people write stays as it is.
"""

from collections.abc import Iterator

from api.telling.notes import Note
from models.tables.columns import Json

_CARD = "application/vnd.microsoft.card.adaptive"
_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_VERSION = "1.4"
_BULLET = "\N{BULLET} "


def teams_payload(note: Note) -> Json:
    """What is posted."""
    card: Json = {
        "$schema": _SCHEMA,
        "type": "AdaptiveCard",
        "version": _VERSION,
        "fallbackText": note.title,
        "body": [*_body(note)],
    }
    if note.link is not None:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": note.link.words, "url": note.link.url}
        ]
    attachment = {"contentType": _CARD, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _body(note: Note) -> Iterator[Json]:
    yield _texts(_run(note.title, size="Medium", weight="Bolder"))
    if note.text:
        yield _texts(_run(note.text))
    for name, value in note.facts:
        yield _texts(_run(f"{name}: ", isSubtle=True), _run(value), spacing="Small")
    for title, lines in note.lists:
        yield _texts(_run(title, weight="Bolder"), spacing="Medium")
        yield from (_texts(_run(f"{_BULLET}{line}"), spacing="Small") for line in lines)
    yield _texts(_run(note.why, size="Small", isSubtle=True), spacing="Medium")


def _texts(*runs: Json, **options: str) -> Json:
    return {"type": "RichTextBlock", "inlines": list(runs), **options}


def _run(text: str, **options: str | bool) -> Json:
    return {"type": "TextRun", "text": text, **options}
