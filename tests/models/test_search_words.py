"""Words are found however they are typed and whatever ending they have; and where they are."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import true
from sqlmodel import Session

from models.errors import BadInput
from models.search import Asked, SearchFilters, search_words
from models.tables import Account, Deal, Team
from tests.models.market import MORNING, held, person


def found(session: Session, query: str, **filters: Any) -> set[str]:
    """The first words said in each call found."""
    page = search_words(session, true(), query, SearchFilters(**filters))
    return {call.snippets[0].lines[0].text.split(":")[0] for call in page.calls}


FRENCH = [
    ("réunion", "On prévoit des réunions avec l'équipe."),
    ("REUNIONS", "On prévoit une réunion."),
    ("reunion", "La RÉUNION de mardi."),
    ("décider", "C'est décidé."),
    ("décidé", "C'est elle qui a décidée, enfin décidées."),
    ("decide", "Les options décidées hier."),
    ("décidées", "Qui va décider ?"),
    ("validee", "Le devis est validé."),
    ("validée", "Il faut valider le devis."),
    ("négociation", "On négocie encore, les négociations durent."),
    ("negocier", "Tout a été négocié."),
    ("integration", "Parlez-moi de l'intégration."),
    ("l'intégration", "L\N{RIGHT SINGLE QUOTATION MARK}intégration prend un mois."),
    ("accord", "D'accord, on y va."),
    ("qu'il décide", "Il faut qu\N{RIGHT SINGLE QUOTATION MARK}il décide."),
    ("rendez-vous", "Prenons rendez vous lundi."),
    ("rendez vous", "Le rendez-vous est pris."),
    ("cœur", "Au coeur du sujet."),
    ("coeur", "Au cœur du sujet."),
    ("déploiement", "On peut déployer en juin."),
    ("coûts", "Combien ça va coûter ?"),
    ("e\N{COMBINING ACUTE ACCENT}quipe", "Toute l'équipe."),
]
ENGLISH = [
    ("prices", "The price is fine."),
    ("negotiate", "We are negotiating the negotiations."),
    ("RENEWAL", "Your renewals come up."),
    ("cafe", "Let us meet at the café."),
    ("customer", "That is the customer's choice."),
    ("erp", "We run our CRM/ERP on it."),
    ("follow-up", "I will do the follow up."),
    ("follow up", "The follow-up is on Monday."),
    ('"follow up"', "The follow-up is on Monday."),
    ("acme.com", "Look at acme.com for it."),
    ("1.5", "It takes 1.5 days."),
]


@pytest.mark.parametrize(("language", "cases"), [("fr", FRENCH), ("en", ENGLISH)])
def test_words_are_found_whatever_their_accents_and_endings(
    session: Session, language: str, cases: list[tuple[str, str]]
) -> None:
    rep = person(session, "ann")
    said = {case: held(session, rep, ["Hm.", case[1]], language=language).id for case in cases}
    held(session, rep, ["Rien de tel, nothing of the kind."], language=language)
    missed = [
        case
        for case, call_id in said.items()
        if call_id not in {one.call_id for one in search_words(session, true(), case[0]).calls}
    ]
    assert missed == []


def test_words_that_only_look_alike_are_not_found(session: Session) -> None:
    held(session, person(session, "ann"), ["Le prix des valises"], language="fr")
    for typed in ("prise", "valider", "décider", "réunion", "price"):
        assert found(session, typed) == set()


def test_words_that_everybody_says_find_nothing(session: Session) -> None:
    held(session, person(session, "ann"), ["of the a price"])
    assert found(session, "the of a") == set()


def test_a_language_without_a_grammar_is_found_word_for_word(session: Session) -> None:
    held(session, person(session, "ann"), ["de: Der Preis für die Größe"], language="de")
    assert found(session, "preis grosse") == set()
    assert found(session, "Preis größe") == {"de"}
    assert found(session, "preise") == set()


def test_a_query_looks_in_both_languages(session: Session) -> None:
    rep = person(session, "ann")
    held(session, rep, ["en: the budgets are frozen"])
    held(session, rep, ["fr: les budgets sont gelés"], language="fr", day=1)
    assert found(session, "budget") == {"en", "fr"}
    assert found(session, "budget", languages=("fr",)) == {"fr"}


def test_words_phrases_not_and_or(session: Session) -> None:
    rep = person(session, "ann")
    held(session, rep, ["a: the total price of the licence"])
    held(session, rep, ["b: the price in total"], day=1)
    held(session, rep, ["c: a licence costs nothing"], day=2)
    assert found(session, "price total") == {"a", "b"}
    assert found(session, '"total price"') == {"a"}
    assert found(session, "“total price”") == {"a"}
    assert found(session, "price -licence") == {"b"}
    assert found(session, 'price -"total price"') == {"b"}
    assert found(session, "licence or price") == {"a", "b", "c"}
    assert found(session, "licence costs OU total price") == {"a", "b", "c"}
    assert found(session, "price the of a") == {"a", "b"}


def test_words_of_a_query_must_be_said_by_one_person_at_once(session: Session) -> None:
    held(session, person(session, "ann"), ["x: the price", "x: the licence"])
    assert found(session, "price licence") == set()


def test_a_left_out_french_word_is_left_out_with_all_its_endings(session: Session) -> None:
    rep = person(session, "ann")
    held(session, rep, ["a: le budget est validé"], language="fr")
    held(session, rep, ["b: le budget est prêt"], language="fr", day=1)
    for typed in ("budget -validée", "budget -validee", "budget -valider"):
        assert found(session, typed) == {"b"}


def test_found_words_are_marked_where_they_are(session: Session) -> None:
    said = "Et voilà : l'équipe <b>décidée</b> 😀 a validé, e\N{COMBINING ACUTE ACCENT}quipe d'été."
    held(session, person(session, "ann"), ["Oui.", said], language="fr")
    (call,) = search_words(session, true(), "equipe decider").calls
    (line,) = call.snippets[0].lines
    assert line.text == said
    assert [line.text[a:b] for a, b in line.marks] == [
        "équipe",
        "décidée",
        "e\N{COMBINING ACUTE ACCENT}quipe",
    ]
    assert (line.utterance, line.speaker, line.side) == (1, "S1", "seller")
    assert (line.start_s, line.end_s) == (10.0, 18.0)
    first = said.index("équipe") / len(said)
    assert call.snippets[0].at_s == pytest.approx(10 + 8 * first, abs=0.01)


def test_a_long_utterance_is_cut_around_the_word_and_plays_from_there(session: Session) -> None:
    said = "um " * 400 + "the integration works " + "and so on " * 200
    held(session, person(session, "ann"), [said])
    (call,) = search_words(session, true(), "integrations").calls
    (snippet,) = call.snippets
    (line,) = snippet.lines
    assert line.is_cut_before
    assert line.is_cut_after
    assert len(line.text) <= 320
    assert line.text in said
    assert [line.text[a:b] for a, b in line.marks] == ["integration"]
    assert snippet.at_s == pytest.approx(8 * said.index("integration") / len(said), abs=0.01)


def test_one_endless_word_is_shown_in_part(session: Session) -> None:
    held(session, person(session, "ann"), ["price " + "x" * 5000])
    (call,) = search_words(session, true(), "price").calls
    assert len(call.snippets[0].lines[0].text) <= 320


def test_the_best_three_places_are_shown_in_the_order_they_play(session: Session) -> None:
    lines = ["price", "price price price", "no", "price price", "a price", "price price"]
    held(session, person(session, "ann"), lines)
    (call,) = search_words(session, true(), "price").calls
    assert [one.lines[0].utterance for one in call.snippets] == [1, 3, 5]
    assert call.places == 5


def test_each_filter_narrows(session: Session) -> None:
    team = Team(name="North")
    session.add(team)
    session.flush()
    ann, bob = person(session, "ann", team=team), person(session, "bob")
    account, other = Account(name="Acme"), Account(name="Other")
    session.add_all([account, other])
    session.flush()
    won = Deal(name="Won", outcome="won", account_id=account.id)
    session.add(won)
    session.flush()
    held(
        session,
        ann,
        [("buyer", "a: the price is high"), "fine"],
        deal_id=won.id,
        topics=["Price: money, cost"],
        moments=[("objection", 0)],
        facts={"call_type": "demo", "duration_s": 600.0},
    )
    held(
        session,
        bob,
        ["b: our price", ("buyer", "no")],
        day=10,
        moments=[("objection", 1)],
        account_id=other.id,
        facts={"call_type": "closing", "duration_s": 60.0},
    )
    assert found(session, "price") == {"a", "b"}
    assert found(session, "price", rep_ids=(ann.id,)) == {"a"}
    assert found(session, "price", rep_ids=(ann.id, bob.id)) == {"a", "b"}
    assert found(session, "price", team_ids=(team.id,)) == {"a"}
    assert found(session, "price", deal_ids=(won.id,)) == {"a"}
    assert found(session, "price", account_ids=(account.id,)) == {"a"}
    assert found(session, "price", outcomes=("won",)) == {"a"}
    assert found(session, "price", outcomes=("lost",)) == set()
    assert found(session, "price", from_at=MORNING + timedelta(days=1)) == {"b"}
    assert found(session, "price", to_at=MORNING + timedelta(days=10)) == {"a"}
    assert found(session, "price", from_at=MORNING, to_at=MORNING) == set()
    assert found(session, "price", side="buyer") == {"a"}
    assert found(session, "price", side="seller") == {"b"}
    assert found(session, "price", topics=("Price",)) == {"a"}
    assert found(session, "price", topics=("Price: money, cost",)) == {"a"}
    assert found(session, "price", topics=("Pri",)) == set()
    assert found(session, "price", topics=("%",)) == set()
    assert found(session, "price", call_types=("demo",)) == {"a"}
    assert found(session, "price", moment_kinds=("objection",)) == {"a"}
    assert found(session, "price", shortest_s=100) == {"a"}
    assert found(session, "price", longest_s=100) == {"b"}
    assert found(session, "price", side="buyer", call_types=("closing",)) == set()


def test_a_query_without_a_word_to_look_for_is_refused(session: Session) -> None:
    for query in ("", "   ", "-price", '"', '""', "'", "-", "or", "-price or -budget", "!&|", "\0"):
        with pytest.raises(BadInput, match="query"):
            search_words(session, true(), query)


HOSTILE = [
    "'); DROP TABLE call; --",
    'price "unbalanced',
    "price' OR '1'='1",
    "price & ! ( | <-> :*",
    "price:* <2> \\",
    "<script>alert(1)</script> price",
    "😀 price 😀",
    "price\0budget",
    "\ud800 price",
    "-- price --",
    "price -",
    "%s %(name)s :words price",
    "or or price or",
    "“«”» price",
    "' '' ''' price",
    "٣ price ‮",
    "a" * 990 + " price",
]


def test_hostile_queries_are_words_like_others(session: Session) -> None:
    held(session, person(session, "ann"), ["the price of a budget"])
    for query in HOSTILE:
        assert search_words(session, true(), query).total in (0, 1)
    assert found(session, "price") == {"the price of a budget"}


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(query=st.text(max_size=60) | st.text(alphabet="ab\"'-|&!<>:*() é\\", max_size=30))
def test_no_text_breaks_the_search(session: Session, query: str) -> None:
    try:
        search_words(session, true(), query)
    except BadInput:
        return


def test_ten_thousand_signs_are_refused(session: Session) -> None:
    with pytest.raises(BadInput, match="1000 characters"):
        search_words(session, true(), "price " * 2000)
    with pytest.raises(BadInput, match="50 words"):
        search_words(session, true(), " ".join(f"w{n}" for n in range(80)))


def test_impossible_filters_are_refused(session: Session) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 (what is refused)
    impossible = (
        {"side": "both"},
        {"outcomes": ("sold",)},
        {"from_at": naive},
        {"topics": ("\0",)},
    )
    for filters in impossible:
        with pytest.raises(BadInput):
            found(session, "price", **filters)


def test_filters_of_strange_names_find_nothing(session: Session) -> None:
    held(session, person(session, "ann"), ["the price"])
    for name in ("'; DROP TABLE call; --", "%", "_", "\\", "😀" * 100):
        assert found(session, "price", topics=(name,)) == set()
        assert found(session, "price", call_types=(name,), languages=(name,)) == set()
    assert found(session, "price", rep_ids=(uuid4(),)) == set()
    assert found(session, "price", from_at=datetime(9999, 12, 31, tzinfo=UTC)) == set()


def test_impossible_pages_are_refused(session: Session) -> None:
    strange: Any = "worst"
    for asked in (Asked(limit=0), Asked(limit=51), Asked(order=strange)):
        with pytest.raises(BadInput):
            search_words(session, true(), "price", asked=asked)
