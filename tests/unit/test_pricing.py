"""Prices of the deal."""

from dataclasses import replace

import pytest

from analyzer.moments.pricing import find_prices
from analyzer.reading import Token
from analyzer.recording import Side
from tests.builders import BUYER, SELLER, talk


def _amounts(*said: tuple[str, str], language: str = "en") -> list[tuple[float | None, str | None]]:
    return [(one.amount, one.currency) for one in find_prices(talk(said, language))]


@pytest.mark.parametrize(
    ("language", "said", "amount", "currency"),
    [
        ("en", "We've got forty-eight thousand pounds approved for the year.", 48_000, "GBP"),
        ("en", "It's $49 a seat, per month.", 49, "USD"),
        ("en", "It's still seventy pence more.", 0.7, None),
        ("en", "The standard increase is eight percent.", 8, "%"),
        ("en", "I could knock fifteen percent off of that.", 15, "%"),
        ("en", "We can do 10% if you sign this week.", 10, "%"),
        ("en", "We paid around fifteen thousand for it.", 15_000, None),
        ("en", "They charge us eighteen hundred a month.", 1800, None),
        ("fr", "On a prévu quarante mille euros par an, maximum.", 40_000, "EUR"),
        ("fr", "Planwise, ça me coûte neuf mille.", 9000, None),
        ("fr", "Je peux vous faire cinq pour cent.", 5, "%"),
        ("fr", "La compagnie demande 12 % de plus.", 12, "%"),
        ("fr", "Le devis était à dix-huit mille cinq.", 18_500, None),
    ],
)
def test_finds_prices(language: str, said: str, amount: float, currency: str | None) -> None:
    assert _amounts((SELLER, said), language=language) == [(amount, currency)]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "We miss around eight percent of them."),
        ("en", "Customers save thirty percent on overtime."),
        ("en", "Sixty percent is bakery."),
        ("en", "We want to raise it to a hundred percent."),
        ("en", "Shipping is three to five days."),
        ("en", "It took two hours and fifty minutes."),
        ("en", "We have about a hundred and thirty."),
        ("en", "See you Wednesday the second at ten."),
        ("en", "In August of twenty twenty-five."),
        ("fr", "Trois cents heures par mois."),
        ("fr", "On est cent dix, nous autres."),
        ("fr", "L'absentéisme est à douze pour cent."),
        ("fr", "Le jeudi dix-sept à dix heures."),
    ],
)
def test_leaves_numbers_of_other_things(language: str, said: str) -> None:
    assert not _amounts((BUYER, said), language=language)


def test_a_headcount_is_no_price_even_next_to_one() -> None:
    said = _amounts(
        (SELLER, "It is £40 a seat."), (SELLER, "How many are you?"), (BUYER, "Three hundred.")
    )
    assert said == [(40, "GBP")]


def test_a_number_alone_has_the_currency_of_the_call() -> None:
    said = _amounts((SELLER, "It costs £26,000 a year."), (BUYER, "Our budget is twenty thousand."))
    assert said == [(26_000, "GBP"), (20_000, "GBP")]


@pytest.mark.parametrize(
    ("answer", "amount"),
    [("They said three sixty-two.", 362_000), ("We pay thirty-five hundred.", 3500)],
)
def test_a_short_price_is_as_large_as_the_others(answer: str, amount: float) -> None:
    said = _amounts((SELLER, "The price is £385,000."), (BUYER, answer))
    assert said[-1] == (amount, "GBP")


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("It costs nineteen ninety-nine a month.", 19.99),
        ("It costs three fifty pounds.", 350),
        ("The page says £27,000, and twelve times that is not £27.", 27_000),
    ],
)
def test_a_short_price_alone_is_what_prices_are(said: str, amount: float) -> None:
    assert {one for one, _ in _amounts((SELLER, said))} == {amount}


def test_a_small_number_means_thousands_only_near_such_a_sum() -> None:
    offer = (SELLER, "The offer is £31,200.")
    assert _amounts(offer, (BUYER, "They quoted us twenty-six."))[-1] == (26_000, "GBP")
    assert _amounts(offer, (BUYER, "They quoted us within three."))[-1] != (3000, "GBP")


def test_talk_of_prices_without_a_figure_is_a_moment_without_amount() -> None:
    assert _amounts((BUYER, "What does it cost?")) == [(None, None)]
    assert not _amounts((BUYER, "Who plans the routes?"))


def test_says_what_the_price_is_of() -> None:
    call = talk([(BUYER, "We've got forty-eight thousand pounds approved for the year.")])
    (moment,) = find_prices(call)
    assert moment.what == "We've got … approved for the year"
    assert (moment.side, moment.quote.text) == (Side.BUYER, call.sentences[0].text)


def test_what_a_price_is_of_ends_at_another_price() -> None:
    call = talk([(SELLER, "At 500 pounds a box I can do you 6 pounds each.")])
    assert next(iter(find_prices(call))).what == "At … a box I can do you"


def test_words_that_name_nothing_do_not_say_what_a_price_is_of() -> None:
    call = talk([(SELLER, "It's about 500 pounds a month.")])
    pos = ("PRON", "ADV", "NUM", "NOUN", "DET", "NOUN")
    (sentence,) = call.sentences
    tokens = tuple(
        Token(word.text, word.text, kind, n)
        for n, (word, kind) in enumerate(zip(sentence.words, pos, strict=True))
    )
    read = replace(call, sentences=(replace(sentence, tokens=tokens),))
    assert [moment.what for moment in find_prices(read)] == ["a month"]


def test_an_unknown_language_gives_what_signs_tell() -> None:
    assert _amounts((SELLER, "Es cuesta 48.000 € al año."), language="xx") == [(48_000, "EUR")]


@pytest.mark.parametrize("said", ["9" * 400, "40 " + "000 " * 200, "£ £ £", "<b>£</b>", "... %"])
def test_nonsense_neither_crashes_nor_costs_a_fortune(said: str) -> None:
    amounts = [one for one, _ in _amounts((SELLER, f"The price is {said}"))]
    assert all(one is None or one < 1e20 for one in amounts)


def test_an_empty_call_has_no_prices() -> None:
    assert not _amounts()
