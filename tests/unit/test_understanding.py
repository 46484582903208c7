from dataclasses import replace

import pytest

from analyzer.playbook import AgendaTemplate, CallTypeRule, Playbook
from analyzer.recording import AgendaItem, Meeting
from analyzer.understanding import Readers, understand_with
from tests.builders import conversation

SAID = [("A", "Shall we talk about the renewal?"), ("B", "Yes, the price went up.")]
PLAYBOOK = Playbook(
    agendas=(AgendaTemplate("r", (AgendaItem("a1", "Price increase"),), ("renewal",)),),
    call_types=(CallTypeRule("renewal", {"en": "Renewal"}, {"en": ("renewal",)}),),
)


def understood(meeting, language="en"):
    return understand_with(conversation(SAID, language), meeting, PLAYBOOK, Readers())


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_a_named_call_type_is_taken_as_it_is(language):
    told = understood(Meeting(call_type="demo"), language).call_type
    assert told.value == "demo"
    assert told.why in {"Named with the meeting", "Indiqué avec la réunion"}
    assert told.quotes == ()


@pytest.mark.parametrize(
    "meeting", [Meeting(call_type="renewal"), Meeting(title="Renewal with Halden")]
)
def test_a_call_without_an_agenda_gets_the_template_of_its_kind(meeting):
    report = understood(meeting)
    assert [one.item.title for one in report.coverage.items] == ["Price increase"]
    assert report.meeting == replace(meeting, agenda=PLAYBOOK.agendas[0].items)


def test_an_agenda_of_its_own_is_kept():
    own = Meeting(call_type="renewal", agenda=(AgendaItem("x", "Own"),))
    assert [one.item.title for one in understood(own).coverage.items] == ["Own"]


def test_a_kind_without_a_template_has_no_agenda():
    assert understood(Meeting(call_type="demo")).coverage.items == ()
