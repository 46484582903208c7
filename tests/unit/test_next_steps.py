"""What was agreed, by whom and until when; what only sounds like it is not found."""

from datetime import date, datetime

import pytest

from analyzer.conversation import Conversation
from analyzer.moments.moment import Moment
from analyzer.moments.next_steps import find_agreements
from analyzer.recording import Meeting, Participant
from tests.builders import BUYER, SELLER, talk
from tests.unit.agreed_cases import ENGLISH, FRENCH, NOT_ENGLISH, NOT_FRENCH, Lines

CALL = Meeting(
    started_at=datetime.fromisoformat("2026-08-26T10:00:00+01:00"),
    participants=(Participant("Priya Shah"),),
)


def call(lines: Lines, language: str = "en", meeting: Meeting = CALL) -> Conversation:
    return talk(lines, language, meeting=meeting)


def found(conversation: Conversation, kind: str = "next_step") -> list[Moment]:
    return [one for one in find_agreements(conversation) if one.kind == kind]


@pytest.mark.parametrize(
    ("language", "lines", "owner", "due"),
    [("en", *case) for case in ENGLISH] + [("fr", *case) for case in FRENCH],
)
def test_agreed_actions_have_an_owner_and_a_day(
    language: str, lines: Lines, owner: str, due: str | None
) -> None:
    (step,) = found(call(lines, language))

    assert (step.owner, step.due) == (owner, date.fromisoformat(due) if due else None)
    assert step.text
    assert step.quote.text in " ".join(text for _, text in lines)


@pytest.mark.parametrize(
    ("language", "lines"),
    [("en", lines) for lines in NOT_ENGLISH] + [("fr", lines) for lines in NOT_FRENCH],
)
def test_what_only_sounds_like_a_promise_is_none(language: str, lines: Lines) -> None:
    assert found(call(lines, language)) == []


def test_who_accepts_a_request_owns_it_where_they_accept() -> None:
    lines = [
        ("S1", "Could you send me one week of routes by Monday the thirty-first?"),
        ("S2", "Yes, I can do that. I'll get Maureen to export it."),
    ]

    (step,) = found(call(lines))

    assert (step.speaker, step.owner, step.side) == (BUYER, BUYER, "buyer")
    assert step.due == date(2026, 8, 31)
    assert step.text == "Send one week of routes by Monday the thirty-first"
    assert step.quote.text == "Yes, I can do that."


def test_a_yes_that_promises_more_is_two_steps() -> None:
    lines = [
        ("S1", "Could you send me the list of sites by Friday?"),
        ("S2", "Yes, sure. And I'll book a meeting room for Monday."),
    ]

    steps = found(call(lines))

    assert [step.text for step in steps] == [
        "Send the list of sites by Friday",
        "Book a meeting room for Monday",
    ]


def test_a_step_said_again_keeps_its_first_place_and_gets_the_later_day() -> None:
    lines = [
        ("S1", "I'll send you the revised contract."),
        ("S2", "Thanks."),
        ("S1", "So to recap, I'll send you the revised contract by Friday."),
    ]

    (step,) = found(call(lines))

    assert step.quote.text == "I'll send you the revised contract."
    assert step.due == date(2026, 8, 28)


def test_two_things_to_send_stay_two_steps() -> None:
    lines = [("S1", "I'll send you the quote. And I'll send you the security report.")]

    assert len(found(call(lines))) == 2


def test_a_day_told_in_the_next_sentence_belongs_to_the_promise() -> None:
    lines = [("S1", "I'll put a quote together for forty seats. You'll have it Friday.")]

    (step,) = found(call(lines))

    assert step.due == date(2026, 8, 28)
    assert step.text == "Put a quote together for forty seats"


@pytest.mark.parametrize(
    ("answer", "steps"),
    [
        ("Yes, that works.", 1),
        ("After ten would be better.", 1),
        ("No, I'm away all week.", 0),
        ("I'd rather not.", 0),
        ("No problem.", 1),
        ("No, that's fine.", 1),
    ],
)
def test_a_meeting_is_agreed_unless_it_is_refused(answer: str, steps: int) -> None:
    lines = [("S1", "Could we meet again on Tuesday the eighth?"), ("S2", answer)]

    assert len(found(call(lines))) == steps


def test_a_yes_to_a_day_is_a_commitment_of_everyone_who_says_it() -> None:
    lines = [
        ("S1", "Could we meet again on Tuesday the eighth?"),
        ("S2", "The eighth works for me."),
        ("S3", "Me too."),
    ]

    commitments = found(call(lines), "commitment")

    assert [(one.speaker, one.quote.text) for one in commitments] == [
        ("S2", "The eighth works for me."),
        ("S3", "Me too."),
    ]


def test_promises_are_commitments_and_proposals_are_not() -> None:
    lines = [("S1", "I'll call you on Monday. Shall we say ten o'clock on Tuesday the eighth?")]

    assert [one.quote.text for one in found(call(lines), "commitment")] == [
        "I'll call you on Monday."
    ]


def test_someone_who_is_heard_is_named_by_their_id() -> None:
    conversation = call([("S1", "Priya will send you the contract tomorrow.")])
    (step,) = found(conversation)

    assert step.owner == "Priya"
    assert step.speaker == SELLER


def test_without_the_day_of_the_call_there_is_a_step_but_no_date() -> None:
    (step,) = found(call([("S1", "I'll send it over by Friday.")], meeting=Meeting()))

    assert step.due is None


@pytest.mark.parametrize("language", ["en", "fr", "xx"])
def test_nothing_said_and_unknown_languages_give_nothing(language: str) -> None:
    assert found(call([], language)) == []
    assert found(call([("S1", "Wir treffen uns am Dienstag.")], "xx")) == []


def test_text_that_looks_like_code_is_only_words() -> None:
    (step,) = found(call([("S1", "I'll send you <script>alert(1)</script> by Friday.")]))

    assert step.text == "Send <script>alert(1)</script> by Friday"


def test_a_note_names_what_it_is_about() -> None:
    lines = [("S1", "There is a certificate for that. I'll send it to you tomorrow.")]

    (step,) = found(call(lines))

    assert step.text == "Send it to you tomorrow (There is a certificate for that)"


def test_a_colleague_does_it_for_the_speaker_and_a_name_for_itself() -> None:
    lines = [("S1", "My colleague will send you the invoice tomorrow.")]

    (step,) = found(call(lines))

    assert step.owner == SELLER


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Fine, send me the email. I'm not promising. I'll read it tomorrow."),
        ("fr", "Envoyez toujours. Je ne vous promets rien. Je vous rappelle lundi."),
    ],
)
def test_what_is_expressly_not_promised_is_no_step(language: str, text: str) -> None:
    assert not found(call(((BUYER, text),), language))
