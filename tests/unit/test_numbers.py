"""Numbers as people say and write them."""

import pytest

from analyzer.lexicon import load_lexicon
from analyzer.numbers import Number, numbers_in, pieces_of
from tests.builders import words


def _numbers(said: str, language: str) -> tuple[Number, ...]:
    lexicon = load_lexicon(language)
    return numbers_in(pieces_of(words(said, 0.0), lexicon), lexicon)


ENGLISH = [
    ("seven", [7]),
    ("forty-eight thousand pounds", [48_000]),
    ("twenty-two hundred pounds a month", [2200]),
    ("a hundred quid", [100]),
    ("one hundred and twenty thousand five hundred", [120_500]),
    ("one million one hundred ninety-six thousand", [1_196_000]),
    ("two thousand three hundred and six", [2306]),
    ("eleven and a half k", [11_500]),
    ("forty-two and a half thousand", [42_500]),
    ("two and a half million", [2_500_000]),
    ("a million and a half", [1_500_000]),
    ("half a million", [500_000]),
    ("a quarter of a million", [250_000]),
    ("half a percent", [0.5]),
    ("one point two million", [1_200_000]),
    ("two point one five", [2.15]),
    ("a couple of thousand", [2000]),
    ("a hundred and eighty-odd a month", [180]),
    ("fifteen to twenty thousand", [15_000, 20_000]),
    ("forty, fifty thousand", [40_000, 50_000]),
    ("between two hundred and three hundred", [200, 300]),
    ("two or three hundred users", [200, 300]),
    ("sixty-two trucks, three depots", [62, 3]),
    ("ten, twenty, thirty", [10, 20, 30]),
    ("48,000", [48_000]),
    ("£1,250.50", [1250.5]),
    ("$4.50", [4.5]),
    ("1.2M", [1_200_000]),
    ("12k", [12_000]),
    ("a 5 m cable", [5]),
    ("2.3 million", [2_300_000]),
    ("at 9:30", []),
    ("24/7", []),
    ("B2", []),
    ("the second of September", []),
    ("nothing here", []),
]
FRENCH = [
    ("dix-huit mille cinq cents euros", [18_500]),
    ("quatre-vingt-dix-huit mille cinq cents", [98_500]),
    ("quatre vingt douze", [92]),
    ("soixante et onze", [71]),
    ("soixante-dix-sept", [77]),
    ("vingt et un mille", [21_000]),
    ("septante-deux", [72]),
    ("huitante", [80]),
    ("nonante-cinq", [95]),
    ("quatre-vingts", [80]),
    ("deux cent quarante euros", [240]),
    ("mille deux cents", [1200]),
    ("deux millions et demi", [2_500_000]),
    ("un demi-million", [500_000]),
    ("onze k et demi", [11_500]),
    ("un virgule deux million", [1_200_000]),
    ("douze virgule vingt-cinq", [12.25]),
    ("un million deux cent mille", [1_200_000]),
    ("une centaine d'euros", [100]),
    ("trois dizaines de mille", [30_000]),
    ("quinze à vingt mille", [15_000, 20_000]),
    ("40 000 euros", [40_000]),
    ("12 000,50 €", [12_000.5]),
    ("1.200 euros", [1200]),
    ("4,5 %", [4.5]),
    ("45 k€", [45_000]),
    ("1,2 M€", [1_200_000]),
    ("rien du tout", []),
]


@pytest.mark.parametrize(("said", "values"), ENGLISH)
def test_reads_english_numbers(said: str, values: list[float]) -> None:
    found = _numbers(said, "en")
    assert [number.value for number in found] == pytest.approx(values)


@pytest.mark.parametrize(("said", "values"), FRENCH)
def test_reads_french_numbers(said: str, values: list[float]) -> None:
    found = _numbers(said, "fr")
    assert [number.value for number in found] == pytest.approx(values)


@pytest.mark.parametrize(
    ("language", "said", "readings"),
    [
        ("en", "four fifty", (450, 4.5, 450_000)),
        ("en", "three sixty-two", (362, 3.62, 362_000)),
        ("en", "eleven oh five", (1105, 11.05)),
        ("en", "sixty-one four", (61_400, 61.4)),
        ("en", "three seven nine", (379, 3.79, 379_000)),
        ("fr", "neuf cinquante", (9.5,)),
        ("fr", "un million deux", (1_000_002, 1_200_000)),
        ("fr", "huit mille neuf", (8009, 8900)),
    ],
)
def test_keeps_every_reading_of_a_short_number(
    language: str, said: str, readings: tuple[float, ...]
) -> None:
    (number,) = _numbers(said, language)
    assert number.readings == pytest.approx(readings)


@pytest.mark.parametrize(
    ("language", "said", "first", "last"),
    [
        ("en", "We've got forty-eight thousand pounds approved", 2, 3),
        ("en", "about eleven and a half k, I think", 1, 5),
        ("en", "it's £48,000 a year", 1, 1),
        ("fr", "ça fait 18 500 euros", 2, 3),
        ("fr", "disons deux millions et demi par an", 1, 4),
    ],
)
def test_tells_which_words_say_it(language: str, said: str, first: int, last: int) -> None:
    (number,) = _numbers(said, language)
    assert (number.first, number.last) == (first, last)


def test_skips_hesitations_inside_a_number() -> None:
    (number,) = _numbers("two hundred um and fifty", "en")
    assert number.value == 250


def test_reads_figures_in_a_language_without_lexicon() -> None:
    (number,) = _numbers("es cuesta 48.000 euros", "xx")
    assert number.value == 48_000
