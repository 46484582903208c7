from dataclasses import replace

from analyzer.playbook import (
    AgendaTemplate,
    Competitor,
    Playbook,
    Scorecard,
    TipRule,
    Tracker,
    merged,
    text_in,
)
from analyzer.recording import AgendaItem


def tip(name, area="rapport", finding="standard"):
    return TipRule(name, area, True, (), ("questions",), {"en": finding})


STANDARD = Playbook(
    tips=(tip("one"), tip("two"), tip("three")),
    competitors=(Competitor("Kestrel"),),
    products=("Rotago",),
    weights={"rapport": 0.5},
)


def test_nothing_of_ones_own_leaves_the_standard():
    assert merged(STANDARD, Playbook()) == STANDARD


def test_an_entry_with_a_known_id_takes_its_place():
    own = Playbook(tips=(tip("four"), tip("two", finding="own")))
    both = merged(STANDARD, own).tips
    assert [one.id for one in both] == ["one", "two", "three", "four"]
    assert both[1].finding == {"en": "own"}


def test_what_is_disabled_is_left_out():
    both = merged(STANDARD, Playbook(disabled=("two", "Kestrel")))
    assert [one.id for one in both.tips] == ["one", "three"]
    assert both.competitors == ()
    assert both.disabled == ()


def test_a_competitor_is_known_by_name_and_a_product_is_named_once():
    own = Playbook(competitors=(Competitor("Kestrel", ("Kes",)),), products=("Rotago", "Rotapay"))
    both = merged(STANDARD, own)
    assert both.competitors == own.competitors
    assert both.products == ("Rotago", "Rotapay")
    assert both.names == ("Kestrel", "Kes", "Rotago", "Rotapay")


def test_weights_are_multiplied():
    both = merged(STANDARD, Playbook(weights={"rapport": 3.0, "clarity": 2.0}))
    assert both.weights == {"rapport": 1.5, "clarity": 2.0}


def test_every_list_is_merged():
    own = Playbook(
        agendas=(AgendaTemplate("a", ()),),
        trackers=(Tracker("t", {"en": "T"}),),
        scorecards=(Scorecard("s", {"en": "S"}, ()),),
    )
    assert merged(STANDARD, own) == replace(
        STANDARD, agendas=own.agendas, trackers=own.trackers, scorecards=own.scorecards
    )


ITEMS = tuple((AgendaItem("a1", title),) for title in ("general", "demo", "other"))
PLANNED = Playbook(
    agendas=(
        AgendaTemplate("g", ITEMS[0]),
        AgendaTemplate("d", ITEMS[1], ("demo", "discovery")),
        AgendaTemplate("o", ITEMS[2], ("demo",)),
    )
)


def test_the_agenda_of_a_kind_of_call_goes_before_the_general_one():
    assert PLANNED.agenda_for("demo") == ITEMS[1]
    assert PLANNED.agenda_for("renewal") == ITEMS[0]
    assert PLANNED.agenda_for(None) == ITEMS[0]


def test_without_a_template_there_is_no_agenda():
    assert replace(PLANNED, agendas=PLANNED.agendas[1:]).agenda_for("renewal") == ()
    assert Playbook().agenda_for(None) == ()


def test_a_text_is_given_in_the_language_asked_for_or_in_english():
    texts = {"fr": "oui", "en": "yes"}
    assert [text_in(texts, code) for code in ("fr", "de")] == ["oui", "yes"]
    assert [text_in({"it": "sì"}, "de"), text_in({}, "de")] == ["sì", ""]
