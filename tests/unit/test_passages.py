from datetime import date

import pytest

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.exchanges import Facts
from analyzer.metrics import Source, measure
from analyzer.passages import PASSAGES, passage
from analyzer.recording import AgendaItem, Side
from tests.builders import moment, talk

SELLER, BUYER = "S1", "S2"
PRICE = [
    (BUYER, "And what does that cost for all of us?"),
    (SELLER, "It depends on many things, so let us talk about that later."),
]


def quoted(facts, name):
    return [one.text for one in passage(facts, name)]


def test_the_plan_counts_at_the_start_only():
    plan = "I have three points, your fleet, your drivers and the dates."
    middle = [
        (BUYER, "We need them sooner."),
        (SELLER, "We deliver on time, as you know very well."),
    ] * 4
    facts = Facts(talk([(SELLER, plan), *middle, (SELLER, plan)]))
    assert quoted(facts, "agenda.plan") == [plan]


def test_a_sentence_that_names_three_planned_items_is_a_plan():
    said = "Today routes, then overtime and of course payroll too."
    titles = ("Routes", "Overtime", "Payroll link")
    items = tuple(ItemCoverage(AgendaItem(t, t), "covered") for t in titles)
    call = talk([(SELLER, said), (BUYER, "Fine with me.")])
    assert quoted(Facts(call, coverage=Coverage(items)), "agenda.plan") == [said]
    assert quoted(Facts(call), "agenda.plan") == []


def test_an_echo_takes_up_a_word_the_buyer_brought_in():
    facts = Facts(
        talk(
            [
                (SELLER, "Tell me about the warehouse."),
                (BUYER, "The warehouse is fine but our spreadsheet breaks every night."),
                (SELLER, "A spreadsheet, every night."),
                (BUYER, "We also have trouble with invoices."),
                (SELLER, "Let me show you something else."),
            ]
        )
    )
    assert quoted(facts, "listening") == ["A spreadsheet, every night."]


def test_the_sellers_own_word_is_no_echo():
    facts = Facts(
        talk(
            [
                (SELLER, "Tell me about the warehouse."),
                (BUYER, "The warehouse is old."),
                (SELLER, "Our warehouse module is new."),
            ]
        )
    )
    assert quoted(facts, "listening") == []


@pytest.mark.parametrize(
    ("answer", "is_countered"),
    [
        ("That is a fair worry. What makes you say that?", False),
        ("I understand, and I am glad you say so.", False),
        ("I understand. But that is actually a great time to look.", True),
        ("Trust me, you will love it.", True),
        ("Our engine won three awards last year.", True),
        ("What if I just grabbed fifteen minutes on Tuesday?", True),
    ],
)
def test_an_objection_is_countered_or_heard(answer, is_countered):
    call = talk([(SELLER, "Here is our offer."), (BUYER, "We have no time."), (SELLER, answer)])
    moments = [moment(call, "objection", "We have no time")]
    moments += [moment(call, "question", s.text) for s in call.sentences if s.text.endswith("?")]
    assert bool(quoted(Facts(call, moments), "objections.unanswered")) is is_countered


def test_an_objection_is_won_when_the_buyer_is_pleased_soon_after():
    call = talk(
        [
            (BUYER, "We have no time for this."),
            (SELLER, "I understand. What would make it easier?"),
            (BUYER, "A short start would be great."),
        ]
    )
    told = [
        moment(call, "objection", "We have no time"),
        moment(call, "question", "What would"),
    ]
    assert quoted(Facts(call, told), "objections.won") == []
    told.append(moment(call, "positive", "A short start"))
    assert quoted(Facts(call, told), "objections.won") == ["We have no time for this."]


@pytest.mark.parametrize(
    ("reply", "is_countered"),
    [
        ("Okay, that would help us a lot.", False),
        ("Hmm, we shall see about all that.", True),
    ],
)
def test_an_argument_that_settles_an_objection_does_not_counter_it(reply, is_countered):
    call = talk(
        [
            (BUYER, "Nobody here has time for this."),
            (SELLER, "Our people put the old list in for you."),
            (BUYER, reply),
        ]
    )
    facts = Facts(call, [moment(call, "objection", "Nobody here")])
    assert bool(quoted(facts, "objections.unanswered")) is is_countered
    assert bool(quoted(facts, "objections.won")) is not is_countered


def test_offering_a_price_explores_nothing():
    call = talk([(BUYER, "We find it dear."), (SELLER, "Maybe nine thousand for you?")])
    told = [moment(call, "objection", "We find"), moment(call, "question", "Maybe nine")]
    assert quoted(Facts(call, told), "objections.explored") == ["Maybe nine thousand for you?"]
    told.append(moment(call, "pricing", "Maybe nine", amount=9000.0, currency="GBP"))
    assert quoted(Facts(call, told), "objections.explored") == []


def test_a_question_about_what_hurts_follows_up():
    call = talk([(BUYER, "It drives all of us mad."), (SELLER, "Since last summer?")])
    told = [moment(call, "question", "Since last")]
    assert quoted(Facts(call, told), "follow_ups") == []
    told.append(moment(call, "negative", "It drives"))
    assert quoted(Facts(call, told), "follow_ups") == ["Since last summer?"]


def test_asking_whether_someone_sees_is_no_closed_question():
    lines = ["Can you see my screen?", "Do you still use the old list?"]
    call = talk([(BUYER, "Hello there."), *((SELLER, line) for line in lines)])
    told = [moment(call, "question", line) for line in lines]
    assert quoted(Facts(call, told), "questions.closed") == lines[1:]


def test_giving_something_extra_lowers_the_price():
    call = talk([(BUYER, "Fine."), (SELLER, "And I will throw in the training.")])
    assert len(quoted(Facts(call), "discounts.given")) == 1


def test_warmth_is_the_buyers():
    call = talk([(SELLER, "Ha, I like you."), (BUYER, "Ha, that is a good one.")])
    assert quoted(Facts(call), "warmth") == ["Ha, that is a good one."]


@pytest.mark.parametrize(
    ("answer", "is_dodged"),
    [
        ("It depends on many things, so let us talk later.", True),
        ("For you it is 12,000 a year.", False),
        ("That is included, there is nothing extra.", False),
    ],
)
def test_a_price_is_dodged_when_no_figure_follows(answer, is_dodged):
    call = talk([PRICE[0], (SELLER, answer)])
    told = [moment(call, "question", "And what does")]
    assert bool(quoted(Facts(call, told), "prices.dodged")) is is_dodged


@pytest.mark.parametrize(
    ("said", "given", "traded"),
    [
        ("I can do ten percent off that.", 1, 0),
        ("I can do ten percent off if you sign for two years.", 0, 1),
    ],
)
def test_a_discount_is_given_or_traded(said, given, traded):
    call = talk([(BUYER, "That is a lot of money."), (SELLER, said)])
    facts = Facts(call, [moment(call, "pricing", said, amount=10.0, currency="%")])
    assert len(quoted(facts, "discounts.given")) == given
    assert len(quoted(facts, "discounts.traded")) == traded


def test_a_question_near_a_price_does_not_ask_for_one():
    call = talk([(BUYER, "Could you put the price on one page?"), (SELLER, "Of course I can.")])
    told = [moment(call, kind, "Could you") for kind in ("question", "pricing")]
    assert quoted(Facts(call, told), "prices.asked") == []


def test_next_steps_of_the_buyer_are_told_by_voice():
    call = talk([(SELLER, "I send the quote on Monday."), (BUYER, "I send the list on Friday.")])
    told = [
        moment(call, "next_step", "I send the quote", owner=call.speakers[0].id),
        moment(call, "next_step", "I send the list", owner=call.speakers[1].id),
    ]
    assert quoted(Facts(call, told), "next_steps.by_buyer") == ["I send the list on Friday."]


def test_a_next_step_of_nobody_is_not_the_buyers():
    call = talk([(SELLER, "The quote goes out."), (BUYER, "Fine, that suits me well.")])
    facts = Facts(call, [moment(call, "next_step", "The quote")])
    assert quoted(facts, "next_steps.by_buyer") == []


@pytest.mark.parametrize(
    ("said", "due", "is_dated"),
    [
        ("I send the quote.", None, False),
        ("I send the quote.", date(2026, 9, 4), True),
        ("I send the quote on Friday.", None, True),
    ],
)
def test_a_next_step_has_a_day_or_has_none(said, due, is_dated):
    call = talk([(SELLER, said), (BUYER, "Fine, that suits me well.")])
    facts = Facts(call, [moment(call, "next_step", said, due=due)])
    assert bool(quoted(facts, "next_steps.dated")) is is_dated
    assert bool(quoted(facts, "next_steps.undated")) is not is_dated


def test_a_monologue_is_quoted_by_its_beginning():
    call = talk([(BUYER, "Tell me all about it."), (SELLER, "We started years ago. And so on.")])
    metrics = measure(call.transcript, call.speakers, Source.STEREO)
    assert quoted(Facts(call, metrics=metrics), "monologue") == []
    long = talk([(BUYER, "Tell me all about it."), (SELLER, "We started in a small garage. Yes.")])
    metrics = measure(long.transcript, long.speakers, Source.STEREO)
    assert quoted(Facts(long, metrics=metrics), "monologue") == ["We started in a small garage."]


def test_without_a_side_or_words_nothing_is_known():
    alone = Facts(talk([(SELLER, "I have three points for today, and then we see.")]))
    assert passage(alone, "agenda.plan") is None
    foreign = Facts(talk([(SELLER, "Guten Tag, wie geht es Ihnen?"), (BUYER, "Gut.")], "de"))
    assert passage(foreign, "value") is None
    assert passage(foreign, "questions") == ()


@pytest.mark.parametrize("name", PASSAGES)
@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_every_passage_stands_an_empty_and_a_short_call(name, language):
    assert passage(Facts(talk([], language)), name) is None
    found = passage(Facts(talk([(SELLER, "Yes."), (BUYER, "No?")], language)), name)
    assert found is None or isinstance(found, tuple)


def test_both_sides_are_needed():
    facts = Facts(talk([(SELLER, "Hello there."), (BUYER, "Hello.")]))
    assert [one.side for one in facts.stretches] == [Side.SELLER, Side.BUYER]
