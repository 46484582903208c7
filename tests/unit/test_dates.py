"""Days as people say them, in words and in figures."""

from datetime import date

import pytest

from analyzer.dates import find_days
from analyzer.lexicon import load_lexicon
from tests.builders import words

WEDNESDAY = date(2026, 8, 26)


def said(
    text: str, language: str, held_on: date | None = WEDNESDAY
) -> list[tuple[str, str | None]]:
    spoken = words(text, 0.0)
    mentions = find_days(spoken, load_lexicon(language), held_on)
    return [
        (
            " ".join(word.text for word in spoken[one.first : one.last + 1]),
            one.day.isoformat() if one.day else None,
        )
        for one in mentions
    ]


@pytest.mark.parametrize(
    ("text", "where", "day"),
    [
        ("It is due by tomorrow, the twenty-seventh.", "tomorrow, the twenty-seventh.", "08-27"),
        ("by Monday the thirty-first?", "Monday the thirty-first?", "08-31"),
        ("next Wednesday, the second of September, at ten", None, "09-02"),
        ("Wednesday at ten.", "Wednesday", "09-02"),
        ("You'll have it Friday.", "Friday.", "08-28"),
        ("this Friday", "this Friday", "08-28"),
        ("next Friday", "next Friday", "09-04"),
        ("completed by the sixteenth.", "by the sixteenth.", "09-16"),
        ("The twentieth works for me.", "The twentieth", "09-20"),
        ("by the 31st", "by the 31st", "08-31"),
        ("by the end of the month", "end of the month", "08-31"),
        ("by the end of next week", "end of next week", "09-04"),
        ("before the week is out", "the week is out", "08-28"),
        ("in two weeks", "in two weeks", "09-09"),
        ("within 10 days", "within 10 days", "09-05"),
        ("tomorrow morning, first thing", "tomorrow", "08-27"),
        ("first thing in the morning", "first thing in the morning", "08-27"),
        ("today, before noon", "today,", "08-26"),
        ("by close of play today", "close of play today", "08-26"),
        ("end of day Friday", "end of day Friday", "08-28"),
        ("the day after tomorrow", "the day after tomorrow", "08-28"),
        ("on October 12th", "October 12th", "10-12"),
        ("on the 12th of October, 2026", "the 12th of October, 2026", "10-12"),
        ("Tuesday the, um, first of September", None, "09-01"),
        ("a week on Tuesday", "a week on Tuesday", "09-08"),
        ("by 9/15", "by 9/15", "09-15"),
        ("on May 5th", "on May 5th", "2027-05-05"),
        ("A fortnight from today, say, Wednesday the ninth?", None, "09-09"),
        ("last Friday", "last Friday", "08-21"),
    ],
)
def test_english_days_are_exact_days(text: str, where: str | None, day: str) -> None:
    expected = day if day.startswith("20") else f"2026-{day}"
    ((found, resolved),) = said(text, "en")

    assert resolved == expected
    assert found == (where or text.removesuffix(", at ten") + ("," if ", at ten" in text else ""))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("demain, le vingt-sept août", "08-27"),
        ("demain, jeudi", "08-27"),
        ("Vendredi, donc le vingt-huit, vous l'aurez.", "08-28"),
        ("le jeudi dix-sept à dix heures", "09-17"),
        ("le mardi six octobre pour en parler, vers quatorze heures ?", "10-06"),
        ("d'ici la fin du mois", "08-31"),
        ("fin de semaine", "08-28"),
        ("sous huitaine", "09-02"),
        ("dans quinze jours", "09-09"),
        ("sous 48 heures", "08-28"),
        ("avant le 17", "09-17"),
        ("le 1er octobre", "10-01"),
        ("jeudi prochain", "09-03"),
        ("mardi en huit", "09-08"),
        ("après-demain", "08-28"),
        ("la semaine prochaine, mardi", "09-01"),
        ("ce soir", "08-26"),
        ("le 9/10", "10-09"),
        ("le vingt et un", "09-21"),
    ],
)
def test_french_days_are_exact_days(text: str, day: str) -> None:
    ((_, resolved),) = said(text, "fr")

    assert resolved == f"2026-{day}"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("early next week", "en"),
        ("in a couple of weeks", "en"),
        ("sometime in October", "en"),
        ("next month", "en"),
        ("on 9/10", "en"),
        ("the thirtieth of February", "en"),
        ("début janvier", "fr"),
        ("dans quelques semaines", "fr"),
        ("la semaine prochaine", "fr"),
        ("le 31 juin", "fr"),
    ],
)
def test_vague_and_impossible_days_are_said_but_not_resolved(text: str, language: str) -> None:
    ((_, resolved),) = said(text, language)

    assert resolved is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("the first depot has to be running", "en"),
        ("for the second time", "en"),
        ("we may first want to look", "en"),
        ("it was eleven in the spring", "en"),
        ("we do that on Mondays at nine", "en"),
        ("the second floor", "en"),
        ("twenty-two hundred pounds", "en"),
        ("le premier dépôt", "fr"),
        ("le cinq pour cent", "fr"),
        ("à dix heures trente", "fr"),
        ("les deux équipes", "fr"),
        ("", "en"),
        ("tomorrow", "de"),
    ],
)
def test_numbers_and_hours_are_no_days(text: str, language: str) -> None:
    assert said(text, language) == []


def test_days_that_differ_stay_apart() -> None:
    assert said("Monday or Tuesday", "en") == [
        ("Monday", "2026-08-31"),
        ("Tuesday", "2026-09-01"),
    ]


def test_the_number_decides_where_it_disagrees_with_the_weekday() -> None:
    ((_, resolved),) = said("on Monday the twenty-seventh", "en")

    assert resolved == "2026-08-27"


def test_the_weekday_tells_which_of_two_months() -> None:
    ((_, resolved),) = said("on Tuesday the twenty-ninth", "en")

    assert resolved == "2026-09-29"


@pytest.mark.parametrize(
    ("held_on", "text", "day"),
    [
        (date(2026, 12, 30), "by the fourth.", "2027-01-04"),
        (date(2026, 10, 8), "since the first of October", "2026-10-01"),
        (date(2026, 11, 20), "on January 12th", "2027-01-12"),
        (date(2027, 1, 31), "by the thirtieth.", "2027-03-30"),
        (date(2026, 8, 29), "by the end of the week", "2026-09-04"),
        (date(2026, 3, 1), "the twenty-ninth of February", "2028-02-29"),
    ],
)
def test_months_and_years_follow_the_day_of_the_call(held_on: date, text: str, day: str) -> None:
    ((_, resolved),) = said(text, "en", held_on)

    assert resolved == day


def test_without_the_day_of_the_call_only_the_words_are_found() -> None:
    assert said("by Friday, or in two weeks", "en", None) == [
        ("Friday,", None),
        ("in two weeks", None),
    ]


@pytest.mark.parametrize(
    ("text", "kind"), [("on Friday", "day"), ("in two weeks", "count"), ("next week", "vague")]
)
def test_named_counted_and_vague_days_are_told_apart(text: str, kind: str) -> None:
    (mention,) = find_days(words(text, 0.0), load_lexicon("en"), WEDNESDAY)

    assert mention.kind == kind
