import pytest

from analyzer.call_type import CallType, tell_call_type
from analyzer.playbook import CallTypeRule, Condition, Playbook
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Meeting
from tests.builders import moment, talk

SELLER, BUYER = "S1", "S2"
SCREEN = [
    (SELLER, "I share my screen."),
    (BUYER, "Yes."),
    (SELLER, "On the left you have your people, and if I click here, it opens."),
    (BUYER, "I see."),
    (SELLER, "Let me show you the map."),
]


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Discovery call - Acme", "discovery"),
        ("Follow-up and closing", "closing"),
        ("Q3 business review with Acme", "review"),
        ("Technical security review", "technical_review"),
        ("Acme kick-off", "kick_off"),
        ("Cold call - Acme", "cold_call"),
        ("Démonstration du logiciel", "demo"),
        ("Négociation annuelle", "negotiation"),
        ("Renouvellement du contrat Acme", "renewal"),
        ("Relance devis", "follow_up"),
        ("Ancien client : reprise de contact", "win_back"),
        ("Acme", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_a_title_tells(title, kind, language):
    call = talk(
        [(SELLER, "Hello.")], language, meeting=Meeting(title=title), playbook=standard_playbook()
    )
    told = tell_call_type(call, ())
    assert told.value == kind
    assert bool(told.why) is bool(kind)


def test_what_is_said_tells_when_the_title_does_not():
    told = tell_call_type(talk(SCREEN, playbook=standard_playbook()), ())
    assert told.value == "demo"
    assert told.quotes[0].text == "I share my screen."
    assert told.why.startswith("The call says “I share my screen.”")


def test_a_title_and_what_is_said_are_both_given_as_reasons():
    call = talk(SCREEN, meeting=Meeting(title="Demo <b>Acme</b>"), playbook=standard_playbook())
    assert tell_call_type(call, ()).why.startswith(
        "The title says “Demo <b>Acme</b>” and the call says “I share my screen.”"
    )


def test_too_little_tells_nothing():
    assert tell_call_type(talk(SCREEN[:1], playbook=standard_playbook()), ()) == CallType()
    assert tell_call_type(talk(SCREEN), ()) == CallType()
    assert tell_call_type(talk([], playbook=standard_playbook()), ()) == CallType()


def test_two_kinds_that_fit_as_well_tell_nothing():
    one, two = (
        CallTypeRule(name, {"en": name}, phrases={"en": ("screen", "click", "map")})
        for name in ("one", "two")
    )
    assert tell_call_type(talk(SCREEN, playbook=Playbook(call_types=(one, two))), ()) == CallType()
    assert tell_call_type(talk(SCREEN, playbook=Playbook(call_types=(two,))), ()).value == "two"


def test_measures_count_as_well():
    lines = [(SELLER, "How so?"), (BUYER, "By hand.")]
    asks = tuple(Condition("questions", above=n / 10) for n in range(3))
    rule = CallTypeRule("survey", {"en": "Survey"}, measures=asks)
    call = talk(lines, playbook=Playbook(call_types=(rule,)))
    told = tell_call_type(call, [moment(call, "question", "How so?")])
    assert (told.value, told.why, told.quotes) == ("survey", "The way the call went tells", ())
