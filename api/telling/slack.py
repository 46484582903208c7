"""A note as Slack's incoming webhooks take it, and so Mattermost's and Rocket.Chat's.

`blocks` are what Slack shows; `text` says the same for notifications, and for those who know no
blocks. Limits are those of Block Kit.
"""

from collections.abc import Iterable, Iterator

from api.telling.notes import Note
from models.tables.columns import Json

LONGEST = 2900
"""Of a text, whose limit is 3000 signs."""
_BULLET = "\N{BULLET} "


def slack_payload(note: Note) -> Json:
    """What is posted."""
    return {
        "text": _within(_lines(note)),
        "blocks": [*_blocks(note)],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def escaped(text: str) -> str:
    """Text in which nothing is a link or names anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(note: Note) -> Iterator[Json]:
    yield {"type": "section", "text": _mrkdwn(_title(note))}
    if note.text:
        yield {"type": "section", "text": _mrkdwn(_quoted(note.text))}
    if note.facts:
        named = (f"*{escaped(name)}*\n{escaped(value)}" for name, value in note.facts)
        yield {"type": "section", "fields": [_mrkdwn(one) for one in named]}
    for title, lines in note.lists:
        yield {"type": "section", "text": _mrkdwn(_within(_list(title, lines)))}
    yield {"type": "context", "elements": [_mrkdwn(escaped(note.why))]}


def _mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _title(note: Note) -> str:
    if note.link is None:
        return f"*{escaped(note.title)}*"
    return f"*{escaped(note.title)}*\n<{escaped(note.link.url)}|{escaped(note.link.words)}>"


def _quoted(text: str) -> str:
    return f"> {escaped(text)}"


def _list(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"*{escaped(title)}*"
    yield from (f"{_BULLET}{escaped(line)}" for line in lines)


def _lines(note: Note) -> Iterator[str]:
    yield _title(note)
    if note.text:
        yield escaped(note.text)
    yield from (f"{escaped(name)}: {escaped(value)}" for name, value in note.facts)
    for title, lines in note.lists:
        yield from _list(title, lines)


def _within(lines: Iterable[str]) -> str:
    """As many whole lines as may be sent, so that no escape is cut in two."""
    kept, length = list[str](), 0
    for line in lines:
        length += len(line) + 1
        if length > LONGEST:
            break
        kept.append(line)
    return "\n".join(kept)
