from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analyzer.agenda import Coverage, ItemCoverage, cover_agenda
from analyzer.conversation import Conversation
from analyzer.meaning import Meaning
from analyzer.reading import Vectors
from analyzer.recording import AgendaItem, Meeting
from tests.builders import talk
from tests.timing import seconds_of

SAID = [
    ("S1", "Thanks for making the time, let us get going then."),
    (
        "S1",
        "I would like to understand your warehouse, the pricing, the data deletion, and then next"
        " steps.",
    ),
    ("S2", "That sounds good to me, please go ahead with it."),
    ("S1", "So tell me about the warehouse, how do you run the warehouse today?"),
    ("S2", "At the moment the warehouse runs on spreadsheets and everything is typed by hand."),
    ("S2", "We have got twelve people in the warehouse and most of them are on paper."),
    ("S1", "Right, and here is the pricing, it is forty pounds a month for each user."),
    ("S2", "That price is more than we pay now, is there any discount for a year?"),
    ("S1", "I can give you ten percent off the list price if you take the whole year."),
    ("S2", "And the data deletion at the end?"),
    ("S1", "Let us leave the data deletion for another call with our lawyer."),
    ("S2", "Fine, that works for everyone here I think."),
    ("S1", "Next steps then, I will send you the quote by Friday and book a call."),
    ("S2", "I will share the quote with my manager and call you on Monday."),
]


def agenda(*titles: str) -> tuple[AgendaItem, ...]:
    return tuple(AgendaItem(f"a{n}", title) for n, title in enumerate(titles, start=1))


def covered(items: tuple[AgendaItem, ...], said: Sequence[tuple[str, str]] = SAID) -> Coverage:
    return cover_agenda(talk(said, meeting=Meeting(agenda=items)), ())


def one(title: str, said: Sequence[tuple[str, str]] = SAID) -> ItemCoverage:
    items = agenda("Your warehouse", "Pricing", "Data deletion", "Next steps")
    if title not in {item.title for item in items}:
        items = (*items, AgendaItem("b1", title))
    return next(one for one in covered(items, said).items if one.item.title == title)


@pytest.mark.parametrize("title", ["Your warehouse", "Pricing", "Next steps"])
def test_covers_what_is_discussed_by_its_words_or_by_what_such_parts_of_calls_say(
    title: str,
) -> None:
    found = one(title)
    assert found.status == "covered"
    assert found.quotes
    assert found.first_at is not None
    assert found.share is not None
    assert 0 < found.share < 1


def test_covers_a_usual_part_of_calls_though_no_word_of_its_title_is_said() -> None:
    assert covered(agenda("Commercials", "Next steps")).items[0].status == "covered"


def test_an_item_put_off_is_not_covered() -> None:
    assert one("Data deletion").status != "covered"


def test_an_item_only_named_in_the_opening_list_is_not_found() -> None:
    said = [line for line in SAID if "end?" not in line[1] and "leave" not in line[1]]
    found = one("Data deletion", said)
    assert found == ItemCoverage(found.item, "not_found")


def test_an_item_put_off_takes_no_other_with_it() -> None:
    said = [
        *SAID[:9],
        ("S1", "Let us leave the data deletion for another day."),
        *SAID[12:],
    ]
    assert one("Next steps", said).status == "covered"
    assert one("Data deletion", said).status != "covered"


def test_an_item_put_off_while_the_agenda_is_read_out_takes_no_other_with_it() -> None:
    put_off = ("S2", "We will not touch the data deletion this time, leave it for another day.")
    found = covered(
        agenda("Your warehouse", "Pricing", "Data deletion", "Next steps"),
        [*SAID[:2], put_off, *SAID[3:9], *SAID[12:]],
    )
    assert [one.status == "covered" for one in found.items] == [True, True, False, True]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Aftercare", "How long are the chairs guaranteed, and who replaces them if they break?"),
        ("Who else gets a say", "Who would have to be happy with this, apart from yourself?"),
        ("Disposal", "Would you take the old machines away, or should I scrap them?"),
    ],
)
def test_covers_an_item_by_what_is_said_of_it_in_any_trade(title: str, said: str) -> None:
    talked = [*SAID[:1], ("S1", said), ("S2", said), *SAID[6:9], *SAID[12:]]
    assert covered(agenda(title, "Pricing", "Next steps"), talked).items[0].status == "covered"


def test_of_equal_signs_the_item_planned_last_is_the_likelier_to_be_left_out() -> None:
    planned = agenda("Barns", "Pricing", "Next steps", "Penguins")
    aside = [("S2", "We have some barns and penguins too.")]
    first, *_, last = covered(planned, [*SAID[6:9], *aside, *SAID[12:]]).items
    assert (first.status, last.status) == ("covered", "touched")


def test_an_item_nobody_speaks_of_is_not_found() -> None:
    assert one("Penguin safari").status == "not_found"
    assert covered(agenda("Penguin safari", "Pricing")).items[0].status == "not_found"


def test_says_who_raised_an_item_and_quotes_the_words() -> None:
    found = one("Next steps")
    assert found.raised_by == "S1"
    said = {text for _, text in SAID}
    assert all(any(quote.text in text for text in said) for quote in found.quotes)


def test_order_and_share_are_those_of_the_call() -> None:
    found = covered(agenda("Next steps", "Pricing", "Penguin safari"))
    assert found.order == ("a2", "a1")
    assert found.share == pytest.approx(2 / 3)


def test_items_with_the_same_words_share_one_result() -> None:
    first, second = covered(agenda("Pricing", "pricing!")).items
    assert first.item.id != second.item.id
    assert replace(first, item=second.item) == second


def test_without_an_agenda_there_is_nothing_to_cover() -> None:
    assert covered(()) == Coverage()


def test_an_empty_call_covers_nothing() -> None:
    empty = replace(talk(SAID[:1], meeting=Meeting(agenda=agenda("Pricing"))), sentences=())
    found = cover_agenda(empty, ())
    assert [one.status for one in found.items] == ["not_found"]
    assert found.share == 0.0


@pytest.mark.parametrize("title", ["", "---", "<script>alert(1)</script>", "**", "の予定"])
def test_odd_titles_are_data(title: str) -> None:
    assert covered(agenda(title)).items[0].item.title == title


def test_a_language_without_a_lexicon_goes_by_the_words_of_titles() -> None:
    said = [
        ("S1", "Guten Tag zusammen, schön dass Sie da sind."),
        ("S1", "Das Lager läuft heute über Listen, das Lager hat zwölf Leute im Lager."),
        ("S2", "Ja, im Lager schreiben wir alles von Hand auf Papier."),
    ]
    meeting = Meeting(agenda=agenda("Lager", "Pinguine"))
    found = cover_agenda(talk(said, "de", meeting=meeting), ())
    assert [one.status for one in found.items][1] == "not_found"
    assert found.items[0].first_at is not None


class _Lorries:
    """Places texts by whether they are about lorries."""

    name = "lorries"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = [[1.0, 0.0] if "lorry" in text or "Fleet" in text else [0.0, 1.0] for text in texts]
        return np.array(rows, dtype=np.float32)


def test_meaning_finds_what_words_do_not() -> None:
    lorries = [("S2", "Every lorry that belongs to us is an old lorry and breaks down a lot.")] * 5
    said = [*SAID[:1], *lorries, *SAID[6:9], *SAID[12:]]
    call = talk(said, meeting=Meeting(agenda=agenda("Fleet", "Pricing", "Next steps")))
    rows = _Lorries().embed([one.text for one in call.sentences])
    seen = replace(call, meaning=Meaning(rows, _Lorries()))
    assert cover_agenda(seen, ()).items[0].status == "covered"
    assert cover_agenda(call, ()).items[0].status == "not_found"


def test_tells_what_took_time_without_being_planned() -> None:
    aside = [
        ("S2", f"My sister keeps penguins in barn number {n} near the sea.") for n in range(25)
    ]
    found = covered(agenda("Pricing", "Next steps"), [*SAID[6:9], *aside, *SAID[12:]])
    assert len(found.unplanned) == 1
    assert "penguins" in found.unplanned[0].quote.text
    assert 0 < found.unplanned[0].share < 1


def test_a_long_call_with_sixty_items_takes_well_under_a_second() -> None:
    call = talk(SAID * 60, meeting=Meeting(agenda=agenda(*(f"Topic {n} stock" for n in range(60)))))
    seconds, found = seconds_of(lambda: cover_agenda(call, ()))
    assert len(found.items) == 60
    assert seconds < 2


def test_the_same_call_gives_the_same_coverage() -> None:
    call: Conversation = talk(SAID, meeting=Meeting(agenda=agenda("Pricing", "Next steps")))
    assert cover_agenda(call, ()) == cover_agenda(call, ())
