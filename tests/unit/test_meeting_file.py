import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from analyzer.errors import BadMeeting
from analyzer.meeting_file import load_agenda, load_meeting
from analyzer.recording import AgendaItem, DealLink, Meeting, Participant, Side

FULL = {
    "title": "Démonstration",
    "started_at": "2026-09-24T14:00:00+02:00",
    "language": "fr",
    "participants": [
        {"name": "Nora Whitfield", "email": "nora@halden.example", "company": "Halden",
         "role": "Account Executive", "side": "seller", "channel": 0},
        {"name": "Ivan Petrossian", "side": "buyer"},
    ],
    "agenda": [{"id": "a1", "title": "Tarifs", "keywords": ["prix"], "minutes": 10}],
    "deal": {"id": "d1", "name": "Quayside"},
    "competitors": ["Planwise"],
    "vocabulary": ["Rotago"],
    "call_type": "demo",
}  # fmt: skip

FULL_TOML = """
title = "Démonstration"
started_at = 2026-09-24T14:00:00+02:00
language = "fr"
competitors = ["Planwise"]
vocabulary = ["Rotago"]
call_type = "demo"
deal = {id = "d1", name = "Quayside"}
agenda = [{id = "a1", title = "Tarifs", keywords = ["prix"], minutes = 10}]
[[participants]]
name = "Nora Whitfield"
email = "nora@halden.example"
company = "Halden"
role = "Account Executive"
side = "seller"
channel = 0
[[participants]]
name = "Ivan Petrossian"
side = "buyer"
"""


@pytest.fixture
def saved(tmp_path):
    def save(name, content):
        path = tmp_path / name
        if not isinstance(content, bytes):
            text = content if isinstance(content, str) else json.dumps(content)
            content = text.encode()
        path.write_bytes(content)
        return path

    return save


@pytest.mark.parametrize(("name", "content"), [("m.json", FULL), ("m.toml", FULL_TOML)])
def test_a_full_meeting_is_read(saved, name, content):
    nora = Participant(
        "Nora Whitfield", Side.SELLER, "nora@halden.example", "Halden", "Account Executive", 0
    )
    assert load_meeting(saved(name, content)) == Meeting(
        title="Démonstration",
        started_at=datetime(2026, 9, 24, 14, 0, tzinfo=timezone(timedelta(hours=2))),
        language="fr",
        participants=(nora, Participant("Ivan Petrossian", Side.BUYER)),
        agenda=(AgendaItem("a1", "Tarifs", ("prix",), minutes=10.0),),
        deal=DealLink("d1", "Quayside"),
        competitors=("Planwise",),
        vocabulary=("Rotago",),
        call_type="demo",
    )


@pytest.mark.parametrize(
    "content", ["{}", '{"title": null, "participants": null}', "\ufeff{}"], ids=repr
)
def test_everything_may_be_left_out(saved, content):
    assert load_meeting(saved("m.json", content)) == Meeting()


def test_a_time_without_a_zone_is_utc(saved):
    meeting = load_meeting(saved("m.json", {"started_at": "2026-09-24T14:00:00"}))
    assert meeting.started_at == datetime(2026, 9, 24, 14, 0, tzinfo=UTC)


def test_a_participant_may_be_known_by_email_only(saved):
    meeting = load_meeting(
        saved("m.json", {"participants": [{"email": "nora.whit@halden.example"}]})
    )
    assert meeting.participants == (Participant("Nora Whit", email="nora.whit@halden.example"),)


def test_agenda_items_may_be_titles(saved):
    meeting = load_meeting(saved("m.json", {"agenda": ["Pricing", {"title": "Next steps"}]}))
    assert meeting.agenda == (AgendaItem("a1", "Pricing"), AgendaItem("a2", "Next steps"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"titel": "x"}, "m.json: titel: there is no such key; did you mean 'title'?"),
        (
            {"participants": [{"name": "A"}, {"name": "B", "mail": "b@x"}]},
            "m.json: participants.1.mail: there is no such key; did you mean 'email'?",
        ),
        ({"deal": {"stage": 1}}, "m.json: deal.stage: there is no such key; known: id, name"),
        ({"voices": []}, "m.json: voices: there is no such key"),
        ({"title": 4}, "m.json: title: input should be a valid string"),
        ({"started_at": 1790000000}, "m.json: started_at: input should be a valid datetime"),
        ({"participants": {"name": "A"}}, "m.json: participants: input should be a valid array"),
        ({"participants": [{"role": "CFO"}]}, "m.json: participants.0.name: field required"),
        (
            {"participants": [{"name": "A", "side": "vendor"}]},
            "m.json: participants.0.side: input should be 'seller', 'buyer' or 'unknown'",
        ),
        ({"agenda": [3]}, "m.json: agenda.0: input should be an object"),
        (
            {"agenda": [{"id": "a2", "title": "A"}, "B"]},
            "m.json: agenda: two items have the id 'a2'",
        ),
        ([], "m.json: expected keys such as title and participants"),
        ('{"title": ', "m.json: Expecting value: line 1 column 11"),
        (b"\xff\xfe", "m.json: is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_the_file_and_the_key(saved, content, message):
    with pytest.raises(BadMeeting) as caught:
        load_meeting(saved("m.json", content))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_broken_toml_file_names_the_place(saved):
    with pytest.raises(BadMeeting, match=r"m\.toml: Invalid value .*line 2"):
        load_meeting(saved("m.toml", 'title = "x"\ndeal = \n'))


@pytest.mark.parametrize("load", [load_meeting, load_agenda])
def test_a_missing_file_is_named(tmp_path, load):
    with pytest.raises(BadMeeting, match=r"none\.json: cannot be read"):
        load(tmp_path / "none.json")


PLAIN = """
1. Pricing (10 min)

- Next steps
  * [ ] Demo of 3 modules
a) Budget
\u2022 Décideurs
3 open questions
"""


@pytest.mark.parametrize(
    ("name", "content", "titles"),
    [
        (
            "a.txt",
            PLAIN,
            ["Pricing", "Next steps", "Demo of 3 modules", "Budget", "Décideurs",
             "3 open questions"],
        ),
        ("a.json", ["Pricing", {"title": "Demo"}], ["Pricing", "Demo"]),
        ("a.json", {"agenda": ["Pricing"], "title": "Call"}, ["Pricing"]),
        ("a.toml", '[[agenda]]\ntitle = "Pricing"\n', ["Pricing"]),
        ("a.txt", "\n", []),
    ],
)  # fmt: skip
def test_an_agenda_is_read_from_lines_or_lists(saved, name, content, titles):
    agenda = load_agenda(saved(name, content))
    assert [item.title for item in agenda] == titles
    assert [item.id for item in agenda] == [f"a{n}" for n in range(1, len(titles) + 1)]


def test_a_misspelled_key_of_an_agenda_item_is_named(saved):
    with pytest.raises(BadMeeting, match=r"a\.json: agenda\.0\.titl: .*'title'"):
        load_agenda(saved("a.json", [{"titl": "Pricing"}]))


def test_minutes_are_read_from_a_line(saved):
    assert load_agenda(saved("a.txt", "Pricing (10 min)\n")) == (
        AgendaItem("a1", "Pricing", minutes=10),
    )


INVITATION = "Hi Tom,\n\nAgenda:\n- Pricing (10 min)\n- Demo\n\nBest,\nNora\n"
CALENDAR = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", INVITATION),
        ("a.ics", CALENDAR.format(INVITATION.replace("\n", "\\n").replace(",", "\\,"))),
    ],
)
def test_an_agenda_is_found_in_an_invitation(saved, name, content):
    agenda = load_agenda(saved(name, content))
    assert agenda == (AgendaItem("a1", "Pricing", minutes=10), AgendaItem("a2", "Demo"))


@pytest.mark.parametrize("content", ["", "no calendar", CALENDAR.format("See you there")])
def test_a_calendar_file_without_an_agenda_says_so(saved, content):
    with pytest.raises(BadMeeting, match=r"^a\.ics: no agenda in its description; list it there"):
        load_agenda(saved("a.ics", content))


@pytest.mark.parametrize("name", ["m.json", "m.toml"])
def test_brackets_without_end_are_refused(saved, name):
    with pytest.raises(BadMeeting, match=r"too many brackets"):
        load_meeting(saved(name, "title = " * (name == "m.toml") + "[" * 100_000))
