"""Sums of money and percentages."""

import pytest

from analyzer.lexicon import load_lexicon
from analyzer.money import find_amounts
from tests.builders import words

SURE = [
    ("en", "We've got forty-eight thousand pounds approved", 48_000, "GBP", 2, 4),
    ("en", "it is £48,000 a year", 48_000, "GBP", 2, 2),
    ("en", "that's $4.50 a head", 4.5, "USD", 1, 1),
    ("en", "USD 40,000 all in", 40_000, "USD", 1, 1),
    ("en", "nine euro forty a head", 9.4, "EUR", 0, 2),
    ("en", "sixteen pounds twenty-five a seat", 16.25, "GBP", 0, 2),
    ("en", "a hundred quid", 100, "GBP", 0, 2),
    ("en", "a tenner a month off", 10, "GBP", 1, 1),
    ("en", "eighteen grand against it", 18_000, None, 0, 1),
    ("en", "a ten-thousand-pound deal", 10_000, "GBP", 1, 1),
    ("en", "two and a half million euros", 2_500_000, "EUR", 0, 5),
    ("en", "fifty cents a copy", 0.5, None, 0, 1),
    ("en", "eight per cent", 8, "%", 0, 2),
    ("en", "it is 8%.", 8, "%", 2, 2),
    ("fr", "dix-huit mille cinq cents euros, pour quarante techniciens", 18_500, "EUR", 0, 4),
    ("fr", "deux millions d'euros", 2_000_000, "EUR", 0, 2),
    ("fr", "neuf euros cinquante par tête", 9.5, "EUR", 0, 2),
    ("fr", "40 000 € HT", 40_000, "EUR", 0, 2),
    ("fr", "45 k€", 45_000, "EUR", 0, 1),
    ("fr", "trois cent cinquante balles", 350, "EUR", 0, 3),
    ("fr", "dix mille francs suisses", 10_000, "CHF", 0, 3),
    ("fr", "cinq pour cent", 5, "%", 0, 2),
    ("fr", "2,5 % de remise", 2.5, "%", 0, 1),
]


@pytest.mark.parametrize(("language", "said", "value", "currency", "first", "last"), SURE)
def test_finds_sums_that_say_they_are_money(
    language: str, said: str, value: float, currency: str | None, first: int, last: int
) -> None:
    (amount,) = find_amounts(words(said, 0.0), load_lexicon(language))
    assert amount.readings == pytest.approx((value,))
    assert (amount.currency, amount.first, amount.last) == (currency, first, last)
    assert amount.is_sure


@pytest.mark.parametrize(
    ("language", "said", "value"),
    [
        ("en", "She signs anything over twenty thousand.", 20_000),
        ("en", "It was fifteen thousand, I think.", 15_000),
        ("en", "about four hundred a week", 400),
        ("fr", "Planwise me coûte neuf mille.", 9000),
    ],
)
def test_keeps_numbers_that_may_be_sums(language: str, said: str, value: float) -> None:
    (amount,) = find_amounts(words(said, 0.0), load_lexicon(language))
    assert (amount.readings, amount.currency, amount.is_sure) == ((value,), None, False)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "nine hundred customers in fourteen countries"),
        ("en", "over twenty thousand people"),
        ("en", "12k users"),
        ("en", "three hundred hours"),
        ("en", "in twenty twenty-six"),
        ("en", "on the 27th"),
        ("en", "at 9am"),
        ("en", "at nine-thirty"),
        ("en", "three to five days"),
        ("en", "see page four hundred"),
        ("fr", "trois cents heures par mois"),
        ("fr", "quatre-vingt-cinq chauffeurs"),
        ("fr", "depuis 2019"),
        ("fr", "à 9h30"),
    ],
)
def test_leaves_what_is_counted_dated_or_timed(language: str, said: str) -> None:
    assert not find_amounts(words(said, 0.0), load_lexicon(language))


@pytest.mark.parametrize(
    ("language", "said", "per"),
    [
        ("en", "$49 a seat a month", "a seat a month"),
        ("en", "£2,200 a month, plus VAT", "a month"),
        ("en", "eighteen euros each", "each"),
        ("en", "£48,000 approved", None),
        ("fr", "deux cent quarante euros HT par mois", "ht par mois"),
        ("fr", "6 € par salarié", "par salarie"),
        ("fr", "douze mille euros de pénalités", None),
    ],
)
def test_tells_what_a_sum_is_for(language: str, said: str, per: str | None) -> None:
    amount, *_ = find_amounts(words(said, 0.0), load_lexicon(language))
    assert amount.per == per


def test_the_lower_end_of_a_range_is_money_like_the_upper() -> None:
    low, high = find_amounts(words("ten to twelve euros each", 0.0), load_lexicon("en"))
    assert (low.readings, low.currency, low.is_sure) == ((10,), "EUR", True)
    assert (high.readings, high.currency, high.per) == ((12,), "EUR", "each")


def test_finds_signs_in_a_language_without_lexicon() -> None:
    (amount,) = find_amounts(words("es cuesta 48.000 € al año", 0.0), load_lexicon("xx"))
    assert (amount.readings, amount.currency) == ((48_000,), "EUR")
