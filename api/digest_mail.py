"""A digest as an e-mail: in plain text and HTML, in the reader's language, loading nothing.

What comes from outside is put on one line, and escaped in HTML; the same digest has the same
Message-ID however often it is sent.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from analyzer.formats.html import templates
from analyzer.formats.rendering import one_line
from analyzer.formats.wording import DASH, Wording, clock
from api.digest_words import digest_words
from api.mail import reader_address
from api.outgoing import Outgoing
from models.digest_contents import TileLine, Told
from models.digests import Due
from models.kpis.change import change_of

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure, in words."""

    name: str
    value: str
    before: str
    change: str
    sure: str


@dataclass(frozen=True, slots=True)
class Letter:
    """All words of an e-mail; `lists` are titles with their lines."""

    subject: str
    hello: str
    intro: str
    rows: tuple[Row, ...]
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    base_url: str
    stop_url: str


class _MailPolicy(EmailPolicy):
    """Leaves the one header with a long address as it is, where Python would encode it."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as it is sent."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _MailPolicy(linesep="\r\n")


def digest_mail(told: Told, due: Due, outgoing: Outgoing, stop_url: str, at: datetime) -> bytes:
    """The e-mail. Raises MailRefused when its reader's address cannot be written to."""
    t = digest_words(told.user.language)
    letter = letter_of(told, due, outgoing.base_url, stop_url)
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = outgoing.sender
    mail["To"] = reader_address(told.user.name, told.user.email)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(due, outgoing.sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{stop_url}>"
    if stop_url.startswith("https:"):  # as RFC 8058 has it
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(as_text(letter, t), cte="quoted-printable")
    mail.add_alternative(as_html(letter, t), subtype="html", cte="quoted-printable")
    return mail.as_bytes()


def message_id(due: Due, sender: Address) -> str:
    """What the digest of a user and a period is known by, however often it is sent."""
    whose = f"talktrack:digest:{due.user_id}:{due.every}:{due.last_on}"
    return f"<digest.{uuid5(NAMESPACE_URL, whose).hex}@{sender.domain}>"


def letter_of(told: Told, due: Due, base_url: str, stop_url: str) -> Letter:
    """The words of a digest."""
    t = digest_words(told.user.language)
    return Letter(
        subject=_subject(due, t),
        hello=t("digest.hello", name=one_line(told.user.name)),
        intro=t(f"digest.{due.every}"),
        rows=tuple(_row(line, t) for line in told.tiles),
        lists=tuple((title, lines) for title, lines in _lists(told, t) if lines),
        base_url=base_url,
        stop_url=stop_url,
    )


def as_text(letter: Letter, t: Wording) -> str:
    """The plain text."""
    return "\n".join(_text_lines(letter, t)) + "\n"


def as_html(letter: Letter, t: Wording) -> str:
    """The page."""
    return templates("api").get_template("digest.html").render(letter=letter, t=t)


def stop_page(language: str, *, is_done: bool) -> str:
    """The page that asks whether to send no more, and that says so."""
    template = templates("api").get_template("stop.html")
    return template.render(t=digest_words(language), is_done=is_done)


def _subject(due: Due, t: Wording) -> str:
    first = due.period.start_on
    if due.every == "month":
        return t("subject.month", month=t(f"month.{first.month}"), year=first.year)
    return t("subject.week", first=t.day(first), last=t.day(due.last_on))


def _row(line: TileLine, t: Wording) -> Row:
    name = line.name[t.language]
    now, before = line.measured, line.before
    return Row(
        t("tiles.of", name=name, group=one_line(line.group)) if line.group else name,
        _value(now.value, line, t),
        _value(before.value if before else None, line, t),
        _change(line, t),
        _sure(line, t),
    )


def _value(value: float | None, line: TileLine, t: Wording) -> str:
    if value is None:
        return DASH
    if line.unit == "seconds":
        return t.duration(value)
    return t.amount(value, line.unit, line.currency, digits=None)


def _change(line: TileLine, t: Wording) -> str:
    change = change_of(line.unit, line.measured, line.before)
    if change is None:
        return DASH
    if change.kind == "relative":
        return _signed(change.value, t.percent(abs(change.value)))
    points = change.value * (100 if line.unit == "share" else 1)
    return t("tiles.points", value=_signed(points, t.number(abs(points), 1)))


def _signed(value: float, words: str) -> str:
    sign = "+" if value > 0 else _MINUS if value < 0 else ""
    return sign + words


def _sure(line: TileLine, t: Wording) -> str:
    n, interval = line.measured.n, line.measured.interval
    parts = [] if n is None else [t("tiles.rows", n=t.money(n, None))]
    if interval is not None and line.measured.value is not None:
        low, high = _value(interval.low, line, t), _value(interval.high, line, t)
        parts.append(t("tiles.interval", low=low, high=high))
    return " · ".join(parts) or DASH


def _lists(told: Told, t: Wording) -> Iterator[tuple[str, tuple[str, ...]]]:
    steps = (
        t("due.line", day=t.day(one.due_on), text=one_line(one.text), call=one_line(one.title))
        for one in told.steps
    )
    yield t("due.title"), tuple(steps)
    hear = []
    for one in told.to_hear:
        parts = [one_line(one.title), t(f"reason.{one.why}")]
        if one.start_s is not None:
            parts.append(t("hear.at", clock=clock(one.start_s)))
        hear.append(", ".join(parts))
    yield t("hear.title"), tuple(hear)


def _text_lines(letter: Letter, t: Wording) -> Iterator[str]:
    yield from (letter.hello, letter.intro, "")
    if letter.rows:
        yield t("tiles.title")
        for row in letter.rows:
            key = "alone" if row.before == row.change == DASH else "line"
            yield f"- {t(f'tiles.{key}', **asdict(row))}"
    else:
        yield t("digest.none")
    for title, lines in letter.lists:
        yield from ("", title, *(f"- {line}" for line in lines))
    yield from ("", t("digest.link", words=t("digest.open"), url=letter.base_url))
    yield from ("", t("digest.why"))
    yield t("digest.link", words=t("digest.stop"), url=letter.stop_url)
