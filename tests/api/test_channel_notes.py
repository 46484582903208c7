"""What is sent is as Slack, Teams and mail programs take it, whatever people wrote."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft6Validator

from api.channel_words import channel_words
from api.outgoing import MailServer, Outgoing
from api.telling.letters import letter
from api.telling.notes import LONGEST_TITLE, MOST_LINES, Note, note_of
from api.telling.slack import escaped, slack_payload
from api.telling.teams import teams_payload
from models.channel_contents import CallTold, MentionTold, TestTold, WeekTold
from models.channel_weeks import due_of
from models.digest_contents import StepDue, TileLine, ToHear, Told
from models.kpis import Measured, Words
from models.tables import User

BASE = "https://talktrack.beacon.example"
CALL = CallTold(UUID(int=1), "Demo", "Rita", "Harbor Foods", 754.2, 0.412, 3)
NAMED = MentionTold(UUID(int=1), "Demo", "Mona", "Well asked", 62.0)
TEXTS = st.text(max_size=300)
ADDRESSED = re.compile(r"<[^>]*>")
MOST_SIGNS, MOST_BLOCKS, MOST_FIELDS, MOST_FIELD_SIGNS = 3000, 50, 10, 2000
"""Of Block Kit: of a text, a message, a section and one of its fields."""
MOST_OF_ALL = 13_000
"""Signs that Slack takes in all blocks together, as it turned out."""
LARGEST_CARD = 28_000
"""Bytes of a message that Teams takes."""


@cache
def card_schema() -> Draft6Validator:
    """Microsoft's own schema of Adaptive Cards 1.4."""
    found = find_spec("adaptive_cards")
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin).parent / "schemas" / "schema-1.4.json"
    return Draft6Validator(json.loads(path.read_text("utf-8")))


def week(lines: int, name: str, *, steps: int = 0) -> WeekTold:
    reader = User(id=uuid4(), email="rita@beacon.example", name=name)
    names = Words(en=name, fr=name)
    tile = TileLine(names, "", "count", None, Measured(12.0, n=12), None)
    due = due_of(reader, date(2026, 11, 22))
    step = StepDue("send the secret proposal", date(2026, 11, 25), UUID(int=1), name)
    hear = ToHear(UUID(int=1), name, "no_next_step", 4.0)
    return WeekTold(Told(reader, (tile,) * lines, (step,) * steps, (hear,) * 3), due)


def texts_of(payload: object) -> list[str]:
    """Every text of Slack's that is in a payload."""
    if isinstance(payload, list):
        return [text for one in payload for text in texts_of(one)]
    if not isinstance(payload, dict):
        return []
    own = [payload["text"]] if payload.get("type") == "mrkdwn" else []
    return own + [text for one in payload.values() for text in texts_of(one)]


def check_slack(payload: dict[str, Any]) -> None:
    """As Block Kit has it."""
    assert set(payload) == {"text", "blocks", "unfurl_links", "unfurl_media"}
    assert 0 < len(payload["text"]) <= MOST_SIGNS
    assert 0 < len(payload["blocks"]) <= MOST_BLOCKS
    for block in payload["blocks"]:
        assert block["type"] in {"section", "context"}
        assert len(block.get("fields", ())) <= MOST_FIELDS
        assert all(len(one["text"]) <= MOST_FIELD_SIGNS for one in block.get("fields", ()))
        assert {"text", "fields", "elements"} & set(block)
    texts = texts_of(payload)
    assert all(0 < len(one) <= MOST_SIGNS for one in texts)
    assert sum(map(len, texts)) <= MOST_OF_ALL
    for text in (payload["text"], *texts):
        assert not re.search("&(?!amp;|lt;|gt;)", text)
        assert all(one.startswith(f"<{BASE}") for one in ADDRESSED.findall(text))


def check_teams(payload: dict[str, Any]) -> None:
    """As a workflow of Teams has it, with a card as the schema has it."""
    assert payload["type"] == "message"
    (attachment,) = payload["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    card_schema().validate(card)
    assert '"TextBlock"' not in json.dumps(card)  # in which people's words would be Markdown
    assert len(json.dumps(payload, ensure_ascii=False).encode()) <= LARGEST_CARD


def notes(language: str) -> list[Note]:
    told = (CALL, NAMED, TestTold(), week(3, "Deals won", steps=2), week(0, "Deals won"))
    return [note_of(one, language, base) for one in told for base in (BASE, None)]


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_every_message_is_as_slack_and_teams_take_it(language: str) -> None:
    for note in notes(language):
        check_slack(slack_payload(note))
        check_teams(teams_payload(note))


@pytest.mark.parametrize(
    "broken",
    [
        {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "RichTextBlock"}]},
        {"type": "AdaptiveCard", "version": "1.4", "body": [], "sections": []},
        {"type": "MessageCard", "version": "1.4", "body": []},
    ],
)
def test_the_schema_finds_what_is_no_card(broken: dict[str, Any]) -> None:
    assert not card_schema().is_valid(broken)


@given(TEXTS, TEXTS, TEXTS, st.none() | st.floats(0, 1), st.none() | st.integers(0, 999))
def test_whatever_people_write_does_nothing(
    title: str, rep: str, account: str, talk: float | None, steps: int | None
) -> None:
    call = CallTold(UUID(int=1), title, rep, account, 3.0, talk, steps)
    comment = MentionTold(UUID(int=1), title, rep, account[:200], None)
    for contents in (call, comment, week(20, title, steps=20)):
        note = note_of(contents, "en", BASE)
        assert len(note.title) <= LONGEST_TITLE
        check_slack(slack_payload(note))
        check_teams(teams_payload(note))


@pytest.mark.parametrize("sign", ["&", "<", ">", "x", "👩‍👩‍👧", "\n", "`"])
def test_the_longest_words_fit(sign: str) -> None:
    long = sign * 300
    for contents in (
        replace(CALL, title=long, rep=long, account=long),
        replace(NAMED, title=long, author=long, text=long[:200]),
        week(50, long, steps=10),
    ):
        note = note_of(contents, "fr", BASE)
        check_slack(slack_payload(note))
        check_teams(teams_payload(note))


@given(TEXTS)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    back = escaped(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert back == text
    assert not set(escaped(text)) & {"<", ">"}


def test_nobody_is_called_by_what_people_write() -> None:
    payload = slack_payload(
        note_of(replace(NAMED, text="<!channel> <@U1> <http://a.b|c>"), "en", BASE)
    )
    assert "&lt;!channel&gt; &lt;@U1&gt;" in payload["text"]
    assert all(one["verbatim"] for one in mrkdwn(payload))


def mrkdwn(payload: object) -> list[dict[str, Any]]:
    if isinstance(payload, list):
        return [one for part in payload for one in mrkdwn(part)]
    if not isinstance(payload, dict):
        return []
    own = [payload] if payload.get("type") == "mrkdwn" else []
    return own + [one for part in payload.values() for one in mrkdwn(part)]


def test_a_call_is_told_with_its_numbers_in_the_readers_language() -> None:
    note = note_of(CALL, "fr", BASE)
    assert note.title == "Prêt à lire\u202f: Demo"
    assert dict(note.facts) == {
        "Commercial": "Rita",
        "Compte": "Harbor Foods",
        "Durée": "12\u00a0min\u00a034\u00a0s",
        "Temps de parole du vendeur": "41\u202f%",
        "Prochaines étapes": "3",
    }
    assert note.link is not None
    assert note.link.url == f"{BASE}/calls/{UUID(int=1)}"


def test_what_is_not_known_is_not_said_to_be_none() -> None:
    facts = dict(
        note_of(replace(CALL, account=None, talk_ratio=None, next_steps=None), "en", None).facts
    )
    assert "Account" not in facts
    assert (facts["The seller speaks"], facts["Next steps"]) == ("–", "–")  # noqa: RUF001


def test_a_week_says_how_much_is_left_out_and_not_what_was_promised() -> None:
    note = note_of(week(MOST_LINES + 3, "Deals won", steps=2), "en", BASE)
    lists = dict(note.lists)
    assert lists["Your figures"][-1] == "and 3 more"
    assert lists["Next steps due within a week"] == ("25 November 2026: Deals won",) * 2
    assert lists["Worth hearing again"][0] == "Deals won, no next step was agreed"
    assert "secret proposal" not in json.dumps([slack_payload(note), teams_payload(note)])


def test_a_week_without_figures_says_so() -> None:
    assert "no figure on your dashboard" in note_of(week(0, "x"), "en", None).text


def test_slack_shows_the_same_without_blocks() -> None:
    """As Mattermost does, which knows none."""
    text = slack_payload(note_of(CALL, "en", BASE))["text"]
    for said in (
        "Ready to read: Demo",
        "Rep: Rita",
        "Account: Harbor Foods",
        "41%",
        "Next steps: 3",
    ):
        assert said in text


def test_an_email_is_as_mail_programs_want_it() -> None:
    reader = User(id=uuid4(), email="rita@beacon.example", name="Rita\r\nBcc: x@y.example")
    outgoing = Outgoing(
        MailServer("127.0.0.1", 25), Address("Talktrack", "t", "beacon.example"), BASE
    )
    at, message_id = datetime(2026, 11, 23, 8, tzinfo=UTC), uuid4()
    note = note_of(replace(CALL, title="Démo\r\nX-Injected: 1"), "en", BASE)
    content = letter(note, reader, message_id, outgoing, at)
    mail = message_from_bytes(content, policy=default)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 998
    assert (mail["Bcc"], mail["X-Injected"]) == (None, None)
    assert mail["Subject"] == "Ready to read: Démo X-Injected: 1"
    assert mail["Message-ID"] == f"<channel.{message_id.hex}@beacon.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert letter(note, reader, message_id, outgoing, at) == content
    assert f"Open the call: {BASE}/calls/{UUID(int=1)}" in mail.get_content()


def test_both_languages_say_the_same_things() -> None:
    english, french = channel_words("en").phrases, channel_words("fr").phrases
    assert english.keys() == french.keys()
    blanks = re.compile(r"{\w+}")
    own = [key for key in english if key.split(".")[0] in {"ready", "week", "test", "message"}]
    assert own
    for key in own:
        assert sorted(blanks.findall(english[key])) == sorted(blanks.findall(french[key])), key
