import pytest

from analyzer.invitation import agenda_in, agenda_lines, calendar_text

ENGLISH = """Hi Tom and Priya,

Thanks for making the time on Thursday. I want the agenda to be useful for you, so do shout.

Proposed agenda for our call (45 min):
  1. Introductions (5 min)
  2. How planning works today - 15 min
     - overtime
     - no-shows
  3. Demo of shift planning [20 minutes]
  4. Next steps

Looking forward to it!

Best regards,
Nora Whitfield
Account Executive, Halden | +44 20 7946 0000
________________________________________________________________________________
Microsoft Teams meeting
Join: https://teams.example/l/meetup/1
Meeting ID: 123 456 789
"""

FRENCH = """Bonjour Camille,

Comme convenu, voici l'ordre du jour de notre point de jeudi :

• Tour de table (5 mn)
• Vos enjeux de planning : 10'
• Budget et calendrier
• Suite

N'hésitez pas à compléter.

Bien cordialement,
Luc
Participer à la réunion Zoom
https://zoom.example/j/1
"""

PLAIN = """Agenda

Introductions
Where you are today
Pricing
Next steps

Thanks,
Nora
"""

SPACED = "Au programme\n\nTour de table\n\nTarifs\n\nSuite\n\nÀ bientôt,\nLuc\n"

TIMED = """Programme :
14h00 - 14h10 : Introduction
14h10-14h30 Démonstration
10:30 Questions
5 min - Conclusion
"""

LED = """Hello,
On the call we will cover the following:

We start from your questions.
a) Security review
b) Contract
    i) liability
"""

TWICE = """Agenda: see below
Agenda:
* Pricing
* Security

Please prepare:
* your latest invoice
"""


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (
            ENGLISH,
            ["Introductions", "How planning works today", "Demo of shift planning", "Next steps"],
        ),
        (
            FRENCH,
            ["Tour de table", "Vos enjeux de planning", "Budget et calendrier", "Suite"],
        ),
        (PLAIN, ["Introductions", "Where you are today", "Pricing", "Next steps"]),
        (SPACED, ["Tour de table", "Tarifs", "Suite"]),
        (TIMED, ["Introduction", "Démonstration", "Questions", "Conclusion"]),
        (LED, ["Security review", "Contract"]),
        (TWICE, ["Pricing", "Security"]),
        ("Agenda: today, first this\n- Pricing\n- Demo", ["Pricing", "Demo"]),
        ("Voici l'ordre du jour : tarifs ; contrat", ["tarifs", "contrat"]),
        ("Agenda\n- Pricing and\nterms\n- Demo\n\nBring a laptop.", ["Pricing and", "Demo"]),
        ("Agenda\n2:00pm - 2:10pm Intro\n3.15 release", ["Intro", "3.15 release"]),
        (
            "Following our exchange, I'd like to propose the following agenda for Tuesday:\n"
            "1) Pricing,\n2) Commercials & timeline;\n",
            ["Pricing", "Commercials & timeline"],
        ),
        ("AGENDA\n------\nWelcome\nBudget\n------\nDial-in: +44 20 1234\n", ["Welcome", "Budget"]),
        ("Agenda: intro, pricing and next steps.", ["intro", "pricing and next steps"]),
        ("Ordre du jour : 1) Tarifs 2) Contrat, 3 ans", ["Tarifs", "Contrat, 3 ans"]),
        ("**Agenda**\n- **Pricing**\n", ["Pricing"]),
        ("# Agenda\r\n- [ ] Pricing\r\n- [x] Demo\r\n", ["Pricing", "Demo"]),
        ("Agenda\n- <b>Pricing</b> & \"terms\"\n", ['<b>Pricing</b> & "terms"']),
        ("Meeting agenda\n- Join at https://x.example\n- Pricing\n", ["Pricing"]),
    ],
    ids=str,
)  # fmt: skip
def test_the_list_under_the_heading_is_the_agenda(text, titles):
    agenda = agenda_in(text)
    assert [item.title for item in agenda] == titles
    assert [item.id for item in agenda] == [f"a{n}" for n in range(1, len(titles) + 1)]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        (ENGLISH, [5, 15, 20, None]),
        (FRENCH, [5, 10, None, None]),
        (TIMED, [10, 20, None, 5]),
    ],
    ids=["english", "french", "timed"],
)
def test_minutes_are_told_in_many_ways(text, minutes):
    assert [item.minutes for item in agenda_in(text)] == minutes


def test_what_stands_below_an_item_is_its_keywords():
    assert agenda_in(ENGLISH)[1].keywords == ("overtime", "no-shows")
    assert agenda_in(LED)[1].keywords == ("liability",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "Introductions\nAgree the agenda\nPricing\n",
        "1. Agenda and goals\n2. Pricing\n",
        "Let me know if you want to change the agenda.\nSee you on Thursday.\n",
        "Intro\nThings to review: contract\nNext steps\n",
        "Intro\nAgenda: contract\n",
        "Agenda:\n\nBest regards,\nNora\n",
        "Agenda:\n----\n",
        "Tarifs\nLe programme de fidélité\n",
    ],
)
def test_without_a_heading_and_its_list_there_is_none(text):
    assert agenda_in(text) == ()


@pytest.mark.parametrize(
    "title",
    ["Answer within 24 min guaranteed", "3 open questions", "(10 min)", "Q&A (10 people)", "10.50"],
)
def test_other_figures_stay_in_the_title(title):
    (item,) = agenda_lines(f"- {title}\n")
    assert item.title == title


def test_each_line_of_a_bare_agenda_is_an_item():
    agenda = agenda_lines("1. Pricing (10 min)\n\n    - volumes\nDemo\n")
    assert [(item.title, item.minutes) for item in agenda] == [
        ("Pricing", 10), ("volumes", None), ("Demo", None)
    ]  # fmt: skip


EVENT = """BEGIN:VCALENDAR
BEGIN:VTIMEZONE
DESCRIPTION:zone
END:VTIMEZONE
BEGIN:VEVENT
{}END:VEVENT
"""


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (
            "DESCRIPTION:Agenda:\\n- Pri\n cing\\, terms\\; 3\\\\4\n",
            "Agenda:\n- Pricing, terms; 3\\4",
        ),
        ('description;LANGUAGE=en;ALTREP="cid:a:b;c":Agenda\\NPricing\n', "Agenda\nPricing"),
        ("BEGIN:VALARM\nDESCRIPTION:Reminder\nEND:VALARM\nDESCRIPTION:Agenda\n", "Agenda"),
        ("DESCRIPTION: \nEND:VEVENT\nBEGIN:VEVENT\nDESCRIPTION:Second\n", "Second"),
        ("SUMMARY:Call\n", ""),
        ("DESCRIPTION:a <b b> c & d\n", "a <b b> c & d"),
    ],
)
def test_the_description_of_an_event_is_its_text(event, text):
    assert calendar_text(EVENT.format(event).replace("\n", "\r\n")) == text
    assert calendar_text(EVENT.format(event)) == text


def test_a_description_in_html_is_read_as_lines():
    html = "<p><b>Agenda</b></p><ul><li>Pricing &amp; terms (5 min)</li><li>Demo</li></ul><br>Best,"
    text = calendar_text(EVENT.format(f"DESCRIPTION:{html}\n"))
    assert [item.title for item in agenda_in(text)] == ["Pricing & terms", "Demo"]
