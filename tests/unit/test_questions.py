import pytest

from analyzer.lexicon import load_lexicon
from analyzer.moments.questions import find_questions, is_open
from analyzer.recording import Side
from tests.builders import talk

OPEN = [
    ("en", "How do you plan the rotas today?"),
    ("en", "And what happens when somebody is off sick?"),
    ("en", "Why do you think July was so bad?"),
    ("en", "Okay, so walk me through a normal week."),
    ("en", "Tell me about your team."),
    ("en", "Could you describe how an order comes in?"),
    ("en", "Apart from you, who decides, and how do you normally buy something like it?"),
    ("en", "If the wards wanted it, how would a purchase like that happen?"),
    ("en", "What went wrong, as you saw it?"),
    ("en", "How would the union take to that, do you think?"),
    ("fr", "Comment est-ce que vous gérez les absences ?"),
    ("fr", "Et pour la suite, comment imaginez-vous le démarrage ?"),
    ("fr", "Qu'est-ce qui vous bloque aujourd'hui ?"),
    ("fr", "Pourquoi maintenant ?"),
    ("fr", "Quelles sont les conséquences pour vos clients ?"),
    ("fr", "Ça se passe comment, chez vous ?"),
    ("fr", "Racontez-moi une journée type."),
    ("fr", "Vous pouvez m'expliquer un peu votre organisation ?"),
]
CLOSED = [
    ("en", "How are you?"),
    ("en", "Hi Tom, how are things?"),
    ("en", "How was the drive in today?"),
    ("en", "How many trucks is that?"),
    ("en", "How about Thursday?"),
    ("en", "What if I sent you the brochure?"),
    ("en", "What date would suit your teams best?"),
    ("en", "And what does that cost?"),
    ("en", "What's your budget?"),
    ("en", "What are you using today, is it a spreadsheet?"),
    ("en", "Who signs it off?"),
    ("en", "When do you need it live by?"),
    ("en", "Do you know how it works?"),
    ("en", "Does that work for you?"),
    ("en", "Wednesday?"),
    ("en", "You know what I mean?"),
    ("fr", "Comment allez-vous ?"),
    ("fr", "Comment ça va ?"),
    ("fr", "Vous avez combien de chauffeurs ?"),
    ("fr", "Quel est votre budget ?"),
    ("fr", "Combien ça coûte ?"),
    ("fr", "Est-ce que vous savez comment ça marche ?"),
    ("fr", "Qui décide, à part vous ?"),
    ("fr", "Pourquoi pas jeudi ?"),
    ("fr", "Ça vous convient ?"),
    ("fr", "Allô ?"),
    ("fr", "Où sont les données ?"),
]
UNMARKED = [
    ("en", "So, what do you do when it rains."),
    ("en", "Okay, and how many people is that."),
    ("en", "Did you get a chance to read it."),
    ("en", "For the routes, how do you plan them today."),
    ("en", "Is there a date you need it by."),
    ("fr", "Et du coup, est-ce que vous avez un budget."),
    ("fr", "De votre côté, est-ce que vous pouvez m'envoyer un exemple."),
    ("fr", "Vous m'entendez bien."),
    ("fr", "Avez-vous pu lire le devis."),
    ("fr", "Vous faites comment."),
    ("fr", "Quels sont vos critères."),
    ("fr", "À part vous, qui décide."),
]
STATEMENTS = [
    ("en", "What we need is time."),
    ("en", "What happens is they ring the depot."),
    ("en", "How about this, I'll send you an email."),
    ("en", "They asked me, you know, how it went."),
    ("en", "The routes, which we do on paper, take two hours."),
    ("en", "Have a great day."),
    ("en", "I know how you feel."),
    ("fr", "C'est ce que me dit la directrice."),
    ("fr", "Comment dire, ce n'est pas simple."),
    ("fr", "Mais c'est la directrice qui signe."),
    ("fr", "Quand je clique ici, la case devient rouge."),
    ("fr", "Pourquoi pas."),
    ("fr", "Il est absent jusqu'à lundi."),
]


@pytest.mark.parametrize(("language", "question"), OPEN)
def test_how_what_and_why_are_open(language, question):
    assert is_open(question, load_lexicon(language)) is True


@pytest.mark.parametrize(("language", "question"), CLOSED)
def test_facts_choices_proposals_and_greetings_are_closed(language, question):
    assert is_open(question, load_lexicon(language)) is False


@pytest.mark.parametrize(("language", "question"), [*OPEN, *CLOSED, *UNMARKED])
def test_a_question_is_found_with_or_without_its_mark(language, question):
    assert len(list(find_questions(talk([("S1", question)], language)))) == 1


@pytest.mark.parametrize(("language", "statement"), STATEMENTS)
def test_a_statement_that_starts_like_a_question_is_none(language, statement):
    assert not list(find_questions(talk([("S1", statement)], language)))


@pytest.mark.parametrize("mark", ["?", " ?", '?"', "?!", "?..", " ? »"])
def test_a_mark_is_seen_behind_whatever_closes_the_sentence(mark):
    assert load_lexicon("en").is_question(f"Thursday{mark}")


def test_each_question_is_a_moment_of_who_asks_it():
    call = talk([("S1", "Hello. Is that Ann? How do you plan?"), ("S2", "Who is this?")])
    found = [(one.side, one.quote.text, one.is_open) for one in find_questions(call)]
    assert found == [
        (Side.SELLER, "Is that Ann?", False),
        (Side.SELLER, "How do you plan?", True),
        (Side.BUYER, "Who is this?", False),
    ]


def test_without_a_lexicon_only_the_mark_counts():
    call = talk([("S1", "Wie geht das? Was kostet das.")], "xx")
    assert [(one.quote.text, one.is_open) for one in find_questions(call)] == [
        ("Wie geht das?", None)
    ]
