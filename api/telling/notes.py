"""A message in words, before it is written as its receiver has it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, Wording, clock
from api.channel_words import channel_words
from api.digest_mail import letter_of
from api.digest_words import digest_words
from models.channel_contents import CallTold, Contents, MentionTold, TestTold, WeekTold

MOST_LINES = 6
"""Of a list; what is left out is in Talktrack."""
LONGEST_TITLE, _LONGEST_LINE = 150, 200
_DOTS = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class Link:
    """Where to read on."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Note:
    """A message; each text is one plain line. `lists` are titles with their lines."""

    title: str
    why: str
    """Why its reader gets it, and how to end that."""
    text: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()
    link: Link | None = None


def note_of(contents: Contents, language: str, base_url: str | None) -> Note:
    """What is told, in the reader's language; links only where people know the server's address."""
    t = channel_words(language)
    match contents:
        case CallTold():
            return _ready(contents, t, base_url)
        case MentionTold():
            return _mention(contents, t, base_url)
        case WeekTold():
            return _week(contents, t, base_url)
        case TestTold():
            return _note(t, t("test.title"), _home(base_url, t), text=t("test.text"))


def _ready(call: CallTold, t: Wording, base_url: str | None) -> Note:
    talk, steps = call.talk_ratio, call.next_steps
    facts = (
        (t("ready.rep"), one_line(call.rep)),
        (t("ready.account"), one_line(call.account or "")),
        (t("ready.length"), t.duration(round(call.duration_s))),
        (t("ready.talk"), DASH if talk is None else t.percent(talk)),
        (t("ready.steps"), DASH if steps is None else t.number(steps)),
    )
    title = t("ready.title", title=one_line(call.title))
    link = _call_link(base_url, t, call.call_id)
    return _note(t, title, link, facts=tuple(one for one in facts if one[1]))


def _mention(told: MentionTold, t: Wording, base_url: str | None) -> Note:
    names = {"author": one_line(told.author), "title": one_line(told.title)}
    title = t("mention.title", **names)
    if told.start_s is not None:
        title = f"{title}, {t('mention.at', clock=clock(told.start_s))}"
    return _note(
        t, title, _call_link(base_url, t, told.call_id, told.start_s), text=one_line(told.text)
    )


def _week(week: WeekTold, t: Wording, base_url: str | None) -> Note:
    """The digest in short; of next steps the days and calls, not what was promised there."""
    told, words = week.told, digest_words(t.language)
    letter = letter_of(told, week.due, base_url or "", "")
    figures = [
        t("message.fact", name=row.name, value=_figure(row.value, row.change))
        for row in letter.rows
    ]
    steps = [t("week.step", day=t.day(one.due_on), call=one_line(one.title)) for one in told.steps]
    hear = [f"{one_line(one.title)}, {words(f'reason.{one.why}')}" for one in told.to_hear]
    lists = (
        (words("tiles.title"), figures),
        (t("week.steps"), steps),
        (words("hear.title"), hear),
    )
    shown = tuple((title, tuple(_few(lines, t))) for title, lines in lists if lines)
    text = "" if figures else words("digest.none")
    return _note(t, letter.subject, _home(base_url, t), text=text, lists=shown)


def _few(lines: Sequence[str], t: Wording) -> Iterator[str]:
    yield from (_cut(line, _LONGEST_LINE) for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        yield t("week.more", n=len(lines) - MOST_LINES)


def _figure(value: str, change: str) -> str:
    return value if change == DASH else f"{value} ({change})"


def _call_link(
    base_url: str | None, t: Wording, call_id: UUID, start_s: float | None = None
) -> Link | None:
    at = "" if start_s is None else f"?at={start_s:.2f}"
    return Link(t("message.call"), f"{base_url}/calls/{call_id}{at}") if base_url else None


def _home(base_url: str | None, t: Wording) -> Link | None:
    return Link(t("message.home"), base_url) if base_url else None


def _note(
    t: Wording,
    title: str,
    link: Link | None,
    *,
    text: str = "",
    facts: tuple[tuple[str, str], ...] = (),
    lists: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Note:
    return Note(
        title=_cut(title, LONGEST_TITLE),
        why=t("message.why"),
        text=text,
        facts=tuple((name, _cut(value, _LONGEST_LINE)) for name, value in facts),
        lists=lists,
        link=link,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}{_DOTS}"
