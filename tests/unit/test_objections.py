import pytest

from analyzer.lexicon import load_lexicon
from analyzer.moments.objections import ABOUTS, find_objections
from analyzer.recording import Side
from tests.builders import talk
from tests.timing import seconds_of

OBJECTIONS = [
    ("en", "price", "That's too expensive for us."),
    ("en", "price", "I can't justify that kind of money to my director."),
    ("en", "price", "There's no budget left this year."),
    ("en", "price", "It's nearly double what we pay today."),
    ("en", "timing", "It's not the right time, we're in the middle of a merger."),
    ("en", "timing", "We can't take on anything new before the spring."),
    ("en", "timing", "Seventy-two hours, that's too long for us."),
    ("en", "authority", "I can't sign anything without the board."),
    ("en", "authority", "It's not my decision."),
    ("en", "need", "We're happy with what we've got, thanks."),
    ("en", "need", "It's a bit much for a team of two."),
    ("en", "competitor", "We're under contract with them until next June."),
    ("en", "competitor", "I've had a better offer from one of your competitors."),
    ("en", "trust", "My worry is what happens when it breaks."),
    ("en", "trust", "I'm not convinced it really works."),
    ("en", "adoption", "The drivers hated it, they just stopped using it."),
    ("en", "adoption", "They don't like being watched."),
    ("en", "integration", "It doesn't talk to our accounting system."),
    ("en", "integration", "We'd have to type everything in twice."),
    ("fr", "price", "Dix-huit mille euros, c'est trop cher."),
    ("fr", "price", "On n'a pas le budget."),
    ("fr", "competitor", "L'autre est moins cher que vous."),
    ("fr", "timing", "Ce n'est pas le bon moment."),
    ("fr", "timing", "Tant que ce n'est pas signé, je ne change rien."),
    ("fr", "authority", "Ce n'est pas moi qui décide."),
    ("fr", "authority", "Je ne peux rien signer sans l'accord du siège."),
    ("fr", "need", "L'outil qu'on a nous suffit largement."),
    ("fr", "need", "Je ne vois pas l'intérêt."),
    ("fr", "competitor", "On a déjà un prestataire sous contrat jusqu'en juin."),
    ("fr", "trust", "Je ne suis pas convaincu que ça marche."),
    ("fr", "adoption", "Mes équipes ne s'en serviront jamais."),
    ("fr", "adoption", "Ils ont peur de perdre la main."),
    ("fr", "integration", "Ça ne communique pas avec notre comptabilité."),
]
NO_OBJECTIONS = [
    ("en", "It's not too expensive."),
    ("en", "No problem with the price."),
    ("en", "Don't worry about that."),
    ("en", "We do it all in a spreadsheet at the moment."),
    ("en", "We miss about eight percent of them."),
    ("en", "My colleague in finance signs anything over twenty thousand."),
    ("en", "I'll check with finance and let you know."),
    ("en", "Tuesday is no good, could we do Thursday?"),
    ("en", "What does that cost?"),
    ("en", "That's better than what we have now."),
    ("en", "The old system crashes every week."),
    ("en", "She used to be worried about that."),
    ("fr", "Ce n'est pas trop cher."),
    ("fr", "Aucun problème de budget."),
    ("fr", "C'était trop compliqué chez eux, l'an dernier."),
    ("fr", "Rassurez-vous, ce n'est pas trop long."),
    ("fr", "Pour l'instant on fait tout sur un tableur."),
    ("fr", "On a prévu à peu près quarante mille euros."),
    ("fr", "Combien ça coûte ?"),
    ("fr", "C'est exactement ce qu'il nous faut."),
    ("fr", "Mercredi à dix heures, ça me va."),
]


@pytest.mark.parametrize(("language", "about", "text"), OBJECTIONS)
def test_a_reason_not_to_go_on_is_an_objection(language, about, text):
    assert [one.about for one in find_objections(talk([("S2", text)], language))] == [about]


@pytest.mark.parametrize(("language", "text"), NO_OBJECTIONS)
def test_denials_facts_and_questions_are_none(language, text):
    assert not list(find_objections(talk([("S2", text)], language)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_kind_has_phrases(language):
    assert all(load_lexicon(language).cue(f"objection.{about}") for about in (*ABOUTS, "none"))


def test_sellers_do_not_object():
    assert not list(find_objections(talk([("S1", "Everyone says it is too expensive.")])))


def test_sentences_about_one_thing_are_one_moment():
    said = "It's too expensive. We have no budget left. Nice colours. The price is the problem."
    found = list(find_objections(talk([("S2", said)])))
    assert [one.quote.text for one in found] == [
        "It's too expensive. We have no budget left.",
        "The price is the problem.",
    ]
    assert {one.side for one in found} == {Side.BUYER}


def test_another_utterance_is_another_moment():
    call = talk([("S2", "It's too expensive."), ("S1", "Really?"), ("S2", "There's no budget.")])
    assert len(list(find_objections(call))) == 2


def test_a_language_without_a_lexicon_has_none():
    assert not list(find_objections(talk([("S2", "Das ist zu teuer.")], "xx")))


def test_an_hour_is_searched_in_time():
    call = talk([("S2", "It's, um, a lot of paper. " * 3), ("S1", "I see what you mean.")] * 225)
    seconds, _found = seconds_of(lambda: list(find_objections(call)))
    assert seconds < 2
