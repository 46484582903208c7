"""What was agreed, by whom and until when; what only sounds like it is not found."""

from datetime import date, datetime

import pytest

from analyzer.conversation import Conversation
from analyzer.moments.moment import Moment
from analyzer.moments.next_steps import find_agreements
from analyzer.recording import Meeting, Participant
from tests.builders import BUYER, SELLER, talk

Lines = list[tuple[str, str]]
CALL = Meeting(
    started_at=datetime.fromisoformat("2026-08-26T10:00:00+01:00"),
    participants=(Participant("Priya Shah"),),
)
ENGLISH: list[tuple[Lines, str, str | None]] = [
    ([("S1", "I'll get the paperwork over to you this afternoon.")], "S1", "2026-08-26"),
    ([("S1", "Let me speak to my manager and come back to you by Friday.")], "S1", "2026-08-28"),
    (
        [("S1", "We'll have a draft agreement with you by the fourth of September.")],
        "S1",
        "2026-09-04",
    ),
    (
        [("S1", "I'm going to loop in our solutions engineer and we'll come back with numbers.")],
        "S1",
        None,
    ),
    (
        [("S1", "You'll have the revised pricing by close of business Thursday.")],
        "S1",
        "2026-08-27",
    ),
    (
        [
            ("S1", "Can you forward me the spec sheet before the end of the week?"),
            ("S2", "Sure, will do."),
        ],
        "S2",
        "2026-08-28",
    ),
    (
        [
            ("S1", "Would you be able to introduce me to your head of IT?"),
            ("S2", "Yeah, of course, I'll make that intro tomorrow."),
        ],
        "S2",
        "2026-08-27",
    ),
    (
        [
            ("S1", "Shall we put something in the diary for next Thursday at two?"),
            ("S2", "That works for me."),
        ],
        "S1",
        "2026-09-03",
    ),
    (
        [("S1", "How does September 9th sound for the follow-up?"), ("S2", "Perfect.")],
        "S1",
        "2026-09-09",
    ),
    (
        [("S1", "Does Tuesday at eleven work for you?"), ("S2", "Tuesday's fine.")],
        "S1",
        "2026-09-01",
    ),
    (
        [
            ("S1", "Let's regroup on the tenth once you've spoken to finance."),
            ("S2", "Okay, sounds good."),
        ],
        "S1",
        "2026-09-10",
    ),
    ([("S2", "I'll run it by our CFO and let you know early next week.")], "S1", None),
    ([("S2", "I'll take this to the board on Monday.")], "S1", "2026-08-31"),
    ([("S2", "Let me check with procurement and get back to you.")], "S1", None),
    ([("S1", "Priya will send you the contract tomorrow.")], "Priya", "2026-08-27"),
    (
        [("S1", "My colleague will give you a call on Monday to set up the account.")],
        "S1",
        "2026-08-31",
    ),
    (
        [
            ("S2", "Send me the proposal and I'll look at it over the weekend."),
            ("S1", "Great, I'll send it tonight."),
        ],
        "S2",
        "2026-08-26",
    ),
    ([("S1", "When can you get me the signed copy?"), ("S2", "By Friday.")], "S2", "2026-08-28"),
    (
        [
            ("S1", "Are you free on September 2nd to walk through it with your team?"),
            ("S2", "Yes, I am."),
        ],
        "S1",
        "2026-09-02",
    ),
    (
        [("S1", "What about Thursday the third?"), ("S2", "Thursday the third is good.")],
        "S1",
        "2026-09-03",
    ),
    ([("S1", "I'll drop a calendar invite for the fifteenth.")], "S1", "2026-09-15"),
    ([("S1", "If that works for you, I'll send the order form over today.")], "S1", "2026-08-26"),
    ([("S1", "I'm going to send you a recap of everything we discussed.")], "S1", None),
    (
        [
            (
                "S1",
                "We can have our engineers come out on Wednesday the ninth to do the site survey.",
            ),
            ("S2", "Yeah, okay, that'd be good."),
        ],
        "S1",
        "2026-09-09",
    ),
    ([("S1", "I'll ping you on Monday to see how the trial's going.")], "S1", "2026-08-31"),
    ([("S1", "I'll give you a call next week.")], "S1", None),
    ([("S1", "I'll follow up with you in two weeks.")], "S1", "2026-09-09"),
    ([("S1", "I can email you the case study if you like."), ("S2", "Yes please.")], "S1", None),
    ([("S2", "We'll sign on Monday.")], "S1", "2026-08-31"),
    ([("S2", "I'll review the contract tonight and send over my comments.")], "S1", "2026-08-26"),
    (
        [
            ("S1", "I'm happy to set up a call with one of our customers."),
            ("S2", "That would be useful."),
        ],
        "S1",
        None,
    ),
    ([("S1", "I will prepare a tailored quote and email it by the 3rd.")], "S1", "2026-09-03"),
    (
        [("S1", "Why don't we meet at your office on September 8th?"), ("S2", "Works for me.")],
        "S1",
        "2026-09-08",
    ),
]
NOT_ENGLISH: list[Lines] = [
    [("S1", "I'll share my screen now.")],
    [("S1", "Let me show you the dashboard.")],
    [("S1", "I'll be quick.")],
    [("S1", "I'll add budget to the list.")],
    [("S2", "I'm not promising I'll read it.")],
    [("S2", "If we went ahead, I'd send you our data on Friday.")],
    [("S1", "We'll import all your data in a week.")],
    [("S2", "I'll have a think about it.")],
    [("S1", "I'll walk you through the pricing.")],
    [("S1", "You'll see everything in one place.")],
    [("S1", "What if we met on Tuesday?"), ("S2", "No, Tuesday is no good.")],
    [("S1", "Would tomorrow work?"), ("S2", "Tomorrow's no good, I'm in Leeds.")],
    [("S1", "At five hundred I can do you six pounds.")],
    [("S1", "Could you send me your org chart by Friday?"), ("S2", "No, I can't share that.")],
    [("S2", "We send the invoices every Friday.")],
    [("S2", "He called us last Friday.")],
    [("S1", "I'll be honest with you, it's a lot of money.")],
    [("S1", "I'll come back to that in a minute.")],
    [("S1", "We'll get to that.")],
    [("S1", "It'll send you an alert when a truck is late.")],
    [("S2", "I'll never use that feature.")],
    [("S2", "We can't do anything until June.")],
    [("S1", "Can you hear me okay?"), ("S2", "Yes, fine.")],
    [("S1", "Could you tell me how you plan routes today?"), ("S2", "Sure.")],
    [("S1", "I'll let you introduce yourself first.")],
    [("S2", "They'll be on holiday until Monday.")],
    [("S1", "You can send a message to the whole team with one click.")],
    [("S2", "The board meets on the twelfth.")],
    [("S1", "When did you send the last order?"), ("S2", "On Friday.")],
    [("S1", "We'll save you ten hours a week.")],
    [("S2", "I'll have to think about it.")],
    [("S1", "Our team will handle the migration for you.")],
    [("S1", "Let me ask you a question about that.")],
    [("S2", "I would send it if I had it.")],
    [("S1", "I'm going to ask you a few questions.")],
    [("S2", "Maybe we'll talk again next year.")],
    [("S1", "Thanks, I'll let you go. Have a great weekend.")],
    [("S2", "I need it by Friday.")],
    [
        ("S1", "Have you had a chance to look at the proposal I sent on Monday?"),
        ("S2", "Yes, I have."),
    ],
    [("S2", "We're meeting them on Thursday."), ("S1", "Okay.")],
    [("S1", "So you do your planning on Mondays?"), ("S2", "Yes.")],
    [("S1", "Can I ask how many drivers you have?"), ("S2", "Sure, forty.")],
    [("S1", "Let me just pull up your account."), ("S2", "Okay.")],
    [("S2", "Call me next year.")],
    [("S1", "Then we'll look at the reports, and I'll take questions at the end.")],
]

FRENCH: list[tuple[Lines, str, str | None]] = [
    ([("S1", "Je vous fais parvenir le devis d'ici vendredi.")], "S1", "2026-08-28"),
    ([("S1", "Je vous enverrai la documentation demain matin.")], "S1", "2026-08-27"),
    ([("S1", "Je vais vous préparer une proposition pour lundi.")], "S1", "2026-08-31"),
    ([("S1", "Je reviens vers vous la semaine prochaine avec un chiffrage.")], "S1", None),
    (
        [
            ("S1", "Pouvez-vous m'envoyer vos bulletins de paie avant le 3 septembre ?"),
            ("S2", "Oui, bien sûr."),
        ],
        "S2",
        "2026-09-03",
    ),
    (
        [
            ("S1", "Est-ce que vous pourriez me transmettre le cahier des charges ?"),
            ("S2", "Oui, je vous l'envoie demain."),
        ],
        "S2",
        "2026-08-27",
    ),
    ([("S1", "On se rappelle mardi à quinze heures ?"), ("S2", "Ça marche.")], "S1", "2026-09-01"),
    (
        [
            ("S1", "Est-ce que le huit septembre vous conviendrait pour une démonstration ?"),
            ("S2", "Oui, c'est parfait."),
        ],
        "S1",
        "2026-09-08",
    ),
    (
        [("S1", "Je vous propose un rendez-vous jeudi prochain, le trois."), ("S2", "D'accord.")],
        "S1",
        "2026-09-03",
    ),
    ([("S2", "J'en parle à mon associé et je vous dis ça lundi.")], "S1", "2026-08-31"),
    ([("S2", "Je vais voir avec la comptabilité et je vous rappelle.")], "S1", None),
    ([("S2", "On vous renvoie le contrat signé vendredi.")], "S1", "2026-08-28"),
    ([("S1", "Ma collègue vous appellera lundi pour caler l'installation.")], "S1", "2026-08-31"),
    ([("S1", "Vous aurez le compte rendu demain.")], "S1", "2026-08-27"),
    ([("S2", "Je vous confirme ça mercredi.")], "S1", "2026-09-02"),
    ([("S1", "Je vous mets une invitation pour le 10.")], "S1", "2026-09-10"),
    (
        [("S1", "Je passe vous voir le mardi huit, si ça vous va."), ("S2", "Très bien.")],
        "S1",
        "2026-09-08",
    ),
    (
        [("S2", "Envoyez-moi ça par mail."), ("S1", "Entendu, je vous envoie ça ce soir.")],
        "S2",
        "2026-08-26",
    ),
    (
        [("S1", "Vous seriez disponible le neuf septembre ?"), ("S2", "Oui, le matin.")],
        "S1",
        "2026-09-09",
    ),
    ([("S1", "Je me renseigne et je reviens vers vous.")], "S1", None),
    (
        [("S1", "On peut faire un point vendredi onze ?"), ("S2", "Oui, pas de souci.")],
        "S1",
        "2026-09-11",
    ),
    ([("S2", "Je soumets le dossier au comité le quinze septembre.")], "S1", "2026-09-15"),
    ([("S1", "Nous vous envoyons une proposition chiffrée sous huitaine.")], "S1", "2026-09-02"),
    ([("S1", "Je vous appelle lundi prochain.")], "S1", "2026-08-31"),
    (
        [("S1", "Voulez-vous que je vous envoie une plaquette ?"), ("S2", "Oui, volontiers.")],
        "S1",
        None,
    ),
]
NOT_FRENCH: list[Lines] = [
    [("S1", "Je vous montre l'écran.")],
    [("S1", "Je vous explique comment ça marche.")],
    [("S1", "Je vous appelle de la société Beacon.")],
    [("S1", "Je vous rappelle que l'offre se termine vendredi.")],
    [("S2", "Je vais y réfléchir.")],
    [("S2", "Si on signait, je vous enverrais les données lundi.")],
    [("S1", "Je partage mon écran.")],
    [("S1", "Je serai bref.")],
    [("S2", "On envoie les plannings tous les vendredis.")],
    [("S2", "Je ne vous promets rien.")],
    [("S1", "On se voit mardi ?"), ("S2", "Non, mardi ce n'est pas possible.")],
    [("S1", "Tout est importé en une semaine.")],
    [("S1", "L'application vous envoie un message.")],
    [("S2", "On a appelé onze personnes vendredi.")],
    [("S1", "Je vais vous poser quelques questions.")],
    [("S1", "Je vous laisse vous présenter.")],
    [("S2", "Le lundi, j'appelle tout le monde.")],
    [("S1", "On y reviendra tout à l'heure.")],
    [("S1", "Pouvez-vous me dire combien de chauffeurs vous avez ?"), ("S2", "Oui, quarante.")],
    [("S2", "Je ne vais pas vous répondre aujourd'hui.")],
    [("S1", "Je vous avais envoyé un devis mardi dernier.")],
    [("S1", "Je prends note.")],
    [("S2", "Il me le faut pour vendredi.")],
    [("S2", "Le conseil se réunit le douze.")],
    [("S1", "Je vous comprends tout à fait.")],
    [("S2", "Je vous écoute.")],
    [("S1", "On va regarder ça ensemble.")],
    [("S1", "Je vous souhaite une bonne journée, au revoir.")],
]


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
