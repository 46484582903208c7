from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from analyzer.agenda import Coverage, ItemCoverage
from analyzer.conversation import Conversation, quote
from analyzer.meaning import Meaning
from analyzer.reading import Vectors
from analyzer.recording import AgendaItem, Meeting, Participant, Side
from analyzer.topics import MOST, MOST_PLANNED, Topic, find_topics
from tests.builders import BUYER, SELLER, talk
from tests.timing import seconds_of

LINES = (
    (SELLER, "Tell me about the delivery slots."),
    (BUYER, "We miss delivery slots whenever a driver leaves, and drivers leave every month."),
    (SELLER, "And overtime?"),
    (BUYER, "Overtime costs nine thousand because drivers wait at the depot."),
    (SELLER, "Would a pilot at one depot convince your finance director?"),
    (BUYER, "A pilot at one depot would be fine, and the finance director wants payback."),
    (SELLER, "Then I will write the pilot plan with Harlow in mind."),
    (BUYER, "Great, thank you."),
)


def topics(call: Conversation, coverage: Coverage | None = None) -> tuple[Topic, ...]:
    return find_topics(call, coverage or Coverage())


def test_topics_are_what_was_said_again_and_again() -> None:
    call = talk(LINES)
    names = " / ".join(topic.name for topic in topics(call))
    for word in ("delivery slots", "driver", "pilot"):
        assert word in names


def test_a_topic_says_where_it_was_and_quotes_it() -> None:
    call = talk(LINES)
    for topic in topics(call):
        assert topic.quotes
        assert 0 < topic.share <= 1
        assert topic.seller_share is not None
        assert 0 <= topic.seller_share <= 1
        assert list(topic.spans) == sorted(topic.spans)
        for one in topic.quotes:
            assert one.text in call.transcript.utterances[one.utterance].text
            assert any(span.overlap(one.span) > 0 for span in topic.spans)


def test_no_word_names_two_topics() -> None:
    names = [topic.name.split(", ") for topic in topics(talk(LINES))]
    phrases = [phrase for own in names for phrase in own]
    assert len(phrases) == len(set(phrases))


def test_who_speaks_is_no_topic() -> None:
    meeting = Meeting(participants=(Participant("Tom Ashby", Side.BUYER, company="Harlow"),))
    said = (*LINES, (SELLER, "Harlow, Harlow and Harlow again."), (BUYER, "Tom Ashby of Harlow."))
    names = " ".join(topic.name for topic in topics(talk(said, meeting=meeting)))
    assert "harlow" not in names.lower()
    assert "ashby" not in names.lower()


def planned(call: Conversation, title: str, *places: int, share: float = 0.3) -> ItemCoverage:
    said = [call.sentences[at] for at in places]
    quotes, spans = tuple(quote(one) for one in said), tuple(one.span for one in said)
    return ItemCoverage(
        AgendaItem(title, title), "covered", share, spans[0].start, None, quotes, spans
    )


def test_a_planned_item_that_was_discussed_is_a_topic_by_its_title() -> None:
    call = talk(LINES)
    cost = planned(call, "What it costs", 3, share=0.2)
    trial = planned(call, "Trial", 4, 5, share=0.4)
    missed = ItemCoverage(AgendaItem("x", "Training"), "touched", 0.1)
    found = topics(call, Coverage((cost, missed, trial)))
    by_title = {topic.name.partition(":")[0]: topic for topic in found}

    assert "pilot" in by_title["Trial"].name
    assert by_title["Trial"].quotes == trial.quotes
    assert "What it costs" in by_title
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert not any("Training" in one.name for one in found)


def test_sixty_items_leave_room_and_a_doubled_one_counts_once() -> None:
    call = talk(LINES)
    many = Coverage(tuple(planned(call, f"Item {n}", n % 7) for n in range(60)))
    twice = Coverage((planned(call, "Trial", 4), planned(call, "Trial", 4)))

    assert sum(one.name.startswith("Item") for one in topics(call, many)) == MOST_PLANNED
    assert sum(one.name.startswith("Trial") for one in topics(call, twice)) == 1


def test_unknown_sides_leave_the_sellers_share_out() -> None:
    call = talk([("X", text) for _, text in LINES])
    object.__setattr__(call, "speakers", ())
    assert all(topic.seller_share is None for topic in topics(call))


@pytest.mark.parametrize("said", [(), ((SELLER, "Mm."),), ((BUYER, "<b>!?</b>"),)])
def test_nothing_said_has_no_topics(said: Sequence[tuple[str, str]]) -> None:
    assert topics(talk(said)) == ()


def test_a_language_without_a_lexicon_has_topics_too() -> None:
    said = ((SELLER, "El precio del programa es alto."), (BUYER, "Ese precio es del programa."))
    names = " ".join(topic.name for topic in topics(talk(said, "es")))
    assert "precio" in names


class Twins:
    """Finds that texts of one letter mean the same, and all others nothing alike."""

    name = "twins"

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), 400), np.float32)
        for n, text in enumerate(texts):
            rows[n, 0 if text in {"truck", "lorry"} else n + 1] = 1.0
        return rows


def test_phrases_that_mean_the_same_are_one_topic() -> None:
    said = 3 * [
        (SELLER, f"The {one} and the {two}.")
        for one, two in (
            ("truck", "invoice"),
            ("lorry", "invoice"),
            ("truck", "warranty"),
            ("lorry", "battery"),
            ("crane", "scaffold"),
            ("crane", "signature"),
            ("battery", "crane"),
            ("warranty", "scaffold"),
            ("umbrella", "licence"),
            ("umbrella", "tractor"),
        )
    ]
    call = talk(said)
    rows = Twins().embed([one.text for one in call.sentences])
    found = find_topics(replace(call, meaning=Meaning(rows, Twins())), Coverage())
    assert sum("truck" in topic.name or "lorry" in topic.name for topic in found) == 1
    assert not any({"truck", "lorry"} <= set(topic.name.split(", ")) for topic in found)


def test_an_hour_takes_little_time_and_gives_eight() -> None:
    said = [
        (who, text.replace("pilot", f"pilot{n % 40}")) for n in range(115) for who, text in LINES
    ]
    call = talk(said)
    assert len(call.sentences) > 900
    seconds, found = seconds_of(lambda: topics(call))
    assert seconds < 1
    assert len(found) == MOST
    assert found == topics(call)
