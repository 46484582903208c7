"""Rivals that are named."""

import pytest

from analyzer.moments.competitors import find_competitors
from analyzer.playbook import Competitor, Playbook
from analyzer.recording import Meeting, Participant, Side
from tests.builders import BUYER, SELLER, talk

MEETING = Meeting(
    participants=(
        Participant("Hannah Whitcombe", Side.SELLER, company="Beacon"),
        Participant("Tom Ashby", Side.BUYER, company="Harlow Freight"),
    ),
    competitors=("Kestrel", "Planwise", "Midland Mutual", "Granby Supply"),
)
PLAYBOOK = Playbook(competitors=(Competitor("Optima", ("Opti Suite",)),))


def _names(said: str, language: str = "en", speaker: str = BUYER) -> list[str | None]:
    call = talk([(speaker, said)], language, meeting=MEETING, playbook=PLAYBOOK)
    return [moment.name for moment in find_competitors(call)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("We had a call with Kestrel.", "Kestrel"),
        ("Is Kestrel's price lower?", "Kestrel"),
        ("No, we're on Optima.", "Optima"),
        ("They run Opti Suite there.", "Optima"),
        ("It is Plan Wise that does it.", "Planwise"),
        ("We also saw Kestral last week.", "Kestrel"),
        ("So planouise does the invoices.", "Planwise"),
        ("You're with Midland, right?", "Midland Mutual"),
    ],
)
def test_finds_known_rivals_under_their_names(said: str, name: str) -> None:
    assert _names(said) == [name]


@pytest.mark.parametrize("said", ["Chez Planwise, c'est moins cher.", "On avait pris l'Optima."])
def test_finds_known_rivals_in_french(said: str) -> None:
    assert len(_names(said, "fr")) == 1


@pytest.mark.parametrize(
    "said",
    [
        "That would be optimal for us.",
        "Optimal, I would say.",
        "We plan wise things here.",
        "Our yard is on Granby Street.",
        "Harlow Freight is fine with Beacon.",
        "Thanks, Tom.",
    ],
)
def test_leaves_other_words_alone(said: str) -> None:
    assert not _names(said)


@pytest.mark.parametrize(
    ("language", "said", "name"),
    [
        ("en", "At the moment we're on Fleetwise.", "Fleetwise"),
        ("en", "We looked at Tri-County as well.", "Tri-County"),
        ("en", "We got a quote from Hometown Digital.", "Hometown Digital"),
        ("en", "It's cheaper than Fleetwise.", "Fleetwise"),
        ("fr", "On est chez Propralia depuis six ans.", "Propralia"),
        ("fr", "On avait testé Ressourcia.", "Ressourcia"),
        ("fr", "J'ai un devis d'Helioprime.", "Helioprime"),
        ("fr", "C'est plus cher que FormaPlus.", "FormaPlus"),
    ],
)
def test_finds_rivals_nobody_listed(language: str, said: str, name: str) -> None:
    assert _names(said, language) == [name]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "We're on Teams now."),
        ("en", "We looked at Excel."),
        ("en", "We're with you on Monday."),
        ("en", "We use SAP for that."),
        ("en", "We were with Harlow before."),
        ("fr", "On est chez nous."),
        ("fr", "On a testé Excel."),
        ("fr", "On travaille avec madame Perrin."),
    ],
)
def test_takes_no_tool_day_or_person_for_a_rival(language: str, said: str) -> None:
    assert not _names(said, language)


def test_a_seller_does_not_use_what_it_sells_against() -> None:
    assert not _names("We use Fleetwise for our invoices.", speaker=SELLER)


def test_a_rival_found_once_counts_all_over_the_call() -> None:
    said = [(SELLER, "So is Fleetwise good?"), (BUYER, "We're on Fleetwise, and it works.")]
    moments = list(find_competitors(talk(said, meeting=MEETING)))
    assert [(one.side, one.name) for one in moments] == [
        (Side.SELLER, "Fleetwise"),
        (Side.BUYER, "Fleetwise"),
    ]


def test_capitals_are_not_needed_where_nobody_wrote_any() -> None:
    assert _names("we had a call with kestrel") == ["Kestrel"]


def test_a_language_without_lexicon_still_has_the_known_names() -> None:
    assert _names("Estamos con Kestrel ahora.", "xx") == ["Kestrel"]
