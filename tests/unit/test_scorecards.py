from analyzer.call_type import CallType
from analyzer.playbook import Criterion, Playbook, Scorecard
from analyzer.playbook_file import standard_playbook
from analyzer.recording import Side
from analyzer.scorecards import fill_scorecards
from tests.builders import moment, talk

SELLER, BUYER = "S1", "S2"
LINES = [
    (SELLER, "Have you got a budget in mind?"),
    (BUYER, "Well. Forty thousand is what they gave me."),
    (SELLER, "We never go over a budget."),
    (BUYER, "My budget ends in June."),
]
ASKED = "Have you got a budget in mind?"


def answers(*criteria, lines=LINES, found=(), call_type=None, call_types=()):
    card = Scorecard("own", {"en": "Own"}, criteria, call_types)
    call = talk(lines, playbook=Playbook(scorecards=(card,)))
    told = [moment(call, kind, start, **details) for kind, start, details in found]
    filled = fill_scorecards(call, told, CallType(call_type))
    return [[quote.text for quote in one.quotes] for card in filled for one in card.answers]


def criterion(**more):
    return Criterion("budget", {"en": "Is there money?"}, **more)


def test_phrases_of_a_side_answer():
    own = criterion(phrases={"en": ("budget",)}, side=Side.BUYER)
    assert answers(own) == [["My budget ends in June."]]


def test_a_question_of_the_seller_is_answered_by_the_buyer():
    own = criterion(phrases={"en": ("budget",)}, side=Side.BUYER)
    assert answers(own, found=[("question", ASKED, {})]) == [
        ["Forty thousand is what they gave me.", "My budget ends in June."]
    ]


def test_anyones_words_count_when_no_side_is_named():
    said = ["We never go over a budget.", "My budget ends in June."]
    own = criterion(phrases={"en": ("budget",)})
    assert answers(own, lines=LINES[1:]) == [said]


def test_moments_go_before_phrases():
    own = criterion(moments=("decision:maker",), phrases={"en": ("budget",)}, side=Side.BUYER)
    maker = ("decision", "Forty thousand", {"about": "maker"})
    assert answers(own, found=[maker]) == [["Forty thousand is what they gave me."]]
    process = ("decision", "Forty thousand", {"about": "process"})
    assert answers(own, found=[process]) == [["My budget ends in June."]]
    sold = ("decision", "We never", {"about": "maker"})
    assert answers(own, found=[sold]) == [["My budget ends in June."]]


def test_full_sentences_go_before_scraps():
    own = criterion(phrases={"en": ("budget",)})
    lines = [(BUYER, "A budget. Our budget is twelve thousand.")]
    assert answers(own, lines=lines) == [["Our budget is twelve thousand."]]
    assert answers(own, lines=[(BUYER, "A budget.")]) == [["A budget."]]


def test_what_is_not_said_is_not_found():
    assert answers(criterion(phrases={"en": ("payroll",), "fr": ("budget",)})) == [[]]
    assert answers(criterion(phrases={"en": ("budget",)}), lines=[]) == [[]]


def test_a_scorecard_is_for_its_own_kinds_of_calls():
    own = criterion(phrases={"en": ("budget",)})
    assert answers(own, call_types=("demo",), call_type="renewal") == []
    assert len(answers(own, call_types=("demo",), call_type="demo")) == 1


def test_the_standard_scorecards_are_filled_in_both_languages():
    fr = [(SELLER, "Qui décide ?"), (BUYER, "C'est la directrice financière qui signe.")]
    for language, lines in (("en", LINES), ("fr", fr), ("de", LINES), ("en", [])):
        call = talk(lines, language, playbook=standard_playbook())
        filled = fill_scorecards(call, (), CallType("discovery"))
        assert [one.scorecard.id for one in filled] == ["bant", "meddic", "spiced"]
        found = {a.criterion.id for one in filled for a in one.answers if a.quotes}
        assert found >= {"en": {"budget"}, "fr": {"authority", "economic_buyer"}}.get(
            language if lines else "", set()
        )
