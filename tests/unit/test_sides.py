from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.recording import KnownVoice, Meeting, Participant, Side
from analyzer.sides import tell_sides
from analyzer.speech import Diarization, SpeakerId
from analyzer.transcript import assemble
from tests.builders import conversation, hearing, turn, words

SELLER, BUYER, UNKNOWN = Side.SELLER, Side.BUYER, Side.UNKNOWN
NORA = Participant("Nora Whitfield", SELLER, company="Halden")
OTTO = Participant("Otto Marsh", SELLER, company="Halden")
IVAN = Participant("Ivan Petrossian", BUYER, company="Quayside Stores")
LENA = Participant("Lena Okafor", BUYER, company="Quayside Stores")
PAIR = Meeting(participants=(NORA, IVAN))

SELLS = "Thanks for taking the time. Walk me through how you plan today. I'll send you a proposal."
BUYS = "What does it cost? Our budget is tight, and I need to check with finance."
NEUTRAL = "Well, it was raining the whole of the week end and the garden looks very green now."


def told(call, meeting=PAIR):
    """(name, side) of each speaker."""
    return [(one.name, one.side) for one in tell_sides(assemble(call), call, meeting)]


def whys(call, meeting=PAIR):
    return [one.why for one in tell_sides(assemble(call), call, meeting)]


def test_an_introduction_names_the_speaker_and_leaves_the_other():
    call = conversation(
        [("A", "Hello, this is Nora Whitfield over at Halden."), ("B", "Morning. Go on.")]
    )
    assert told(call) == [("Nora Whitfield", SELLER), ("Ivan Petrossian", BUYER)]
    assert whys(call) == [
        "Says “this is Nora Whitfield over at Halden”",
        "Is who is left besides Nora Whitfield",
    ]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Hi, my name is Nora, how are you?"),
        ("en", "Nora, from Halden. I will be quick."),
        ("fr", "Bonjour, je suis Nora Whitfield, de chez Halden."),
        ("fr", "Oui bonjour, Nora Whitfield à l'appareil."),
        ("fr", "Nora Whitfield, de la société Halden. Vous allez bien ?"),
    ],
)
def test_ways_to_introduce_oneself(language, line):
    call = conversation([("A", "Allo?"), ("B", line), ("A", "Go on then.")], language)
    assert told(call) == [("Ivan Petrossian", BUYER), ("Nora Whitfield", SELLER)]


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", [("A", "Hi Ivan, lovely day."), ("B", "Morning, Nora. It is indeed.")]),
        ("en", [("A", "It was long, Ivan, very long."), ("B", "I see. Thanks, Nora.")]),
        ("en", [("A", "Hello Mr. Petrossian, lovely day."), ("B", "Thank you. It is.")]),
        ("fr", [("A", "Bonjour monsieur Petrossian."), ("B", "Bonjour Nora, il fait beau.")]),
        ("de", [("A", "Ivan, wie geht es?"), ("B", "Danke, Nora. Alles gut.")]),
    ],
)
def test_who_is_addressed_is_the_other(language, lines):
    assert told(conversation(lines, language)) == [
        ("Nora Whitfield", SELLER),
        ("Ivan Petrossian", BUYER),
    ]


@pytest.mark.parametrize("heard", ["Norah", "Nora", "Nore", "Nórà"])
def test_names_are_found_though_misspelled(heard):
    call = conversation([("A", f"Hello, this is {heard} from Haldan."), ("B", "Yes, go on.")])
    assert told(call)[0] == ("Nora Whitfield", SELLER)


def test_a_common_word_is_not_a_name():
    claire = Participant("Claire Dubreuil", SELLER)
    call = conversation([("A", "Oui, c'est clair."), ("B", "Très clair. Merci.")], "fr")
    assert told(call, Meeting(participants=(claire, IVAN))) == [(None, UNKNOWN), (None, UNKNOWN)]


def test_whoever_answers_with_a_company_belongs_to_it():
    call = conversation([("A", "Quayside Stores, this is the front desk."), ("B", "Good day.")])
    assert [side for _, side in told(call)] == [BUYER, SELLER]


def test_presenting_a_colleague_is_not_introducing_oneself():
    call = conversation(
        [
            ("A", "Lena, this is Otto Marsh, our solutions engineer. " + SELLS),
            ("B", "Good to meet you. We support the usual standards, it's included."),
            ("C", "Thanks, Nora. " + BUYS),
        ]
    )
    meeting = Meeting(participants=(NORA, OTTO, LENA))
    name, side = told(call, meeting)[0]
    assert name != "Otto Marsh"
    assert side == SELLER


def test_the_names_of_several_buyers_are_not_guessed():
    call = conversation(
        [
            ("A", "Hello, this is Nora from Halden. " + SELLS),
            ("B", BUYS),
            ("C", "We already use something, and our current contract runs until June. " + BUYS),
        ]
    )
    meeting = Meeting(participants=(NORA, IVAN, LENA))
    assert told(call, meeting) == [("Nora Whitfield", SELLER), (None, BUYER), (None, BUYER)]


def test_talk_tells_sides_without_an_invitation():
    call = conversation([("A", SELLS), ("B", BUYS)])
    assert told(call, Meeting()) == [(None, SELLER), (None, BUYER)]
    assert whys(call, Meeting())[0] == (
        "Talks like a seller (“Thanks for taking the time” and "
        "“Walk me through how you plan today”)"
    )


def test_french_talk_tells_sides_without_an_invitation():
    call = conversation(
        [
            ("A", "Je cherche à joindre le gérant. Est-ce que je vous dérange ?"),
            ("B", "Oui. Ça coûte combien, votre truc ? Il faut que j'en parle à mon associé."),
            ("A", "Trente euros, sans engagement. Je peux vous montrer ça, si vous voulez."),
        ],
        "fr",
    )
    assert told(call, Meeting()) == [(None, SELLER), (None, BUYER)]


def test_the_reasons_are_in_the_language_of_the_call():
    julien = Participant("Julien Caradec", SELLER, company="Beacon")
    odile = Participant("Odile Tanguy", BUYER, company="Quai Ouest")
    call = conversation(
        [
            ("A", "Bonjour, Odile. Julien Caradec, de Beacon."),
            ("B", "Bonjour. Notre budget est serré. C'est trop cher."),
        ],
        "fr",
    )
    assert whys(call, Meeting(participants=(julien, odile))) == [
        "Dit «\u202fJulien Caradec, de Beacon\u202f» et dit «\u202fBonjour, Odile\u202f» "
        "à quelqu\u2019un d\u2019autre",
        "S\u2019entend dire «\u202fBonjour, Odile\u202f» et parle comme un client "
        "(«\u202fNotre budget est serré\u202f» et «\u202fC'est trop cher\u202f»)",
    ]


def test_the_reasons_are_in_english_where_there_is_no_lexicon():
    call = conversation([("A", "Ivan, wie geht es?"), ("B", "Danke, Nora. Alles gut.")], "de")
    assert whys(call)[1] == "Is spoken to with “Ivan” and says “Nora” to someone else"


def test_a_side_that_follows_from_doubtful_words_says_so():
    call = conversation(
        [("A", f"This is Nora. This is Nora. {BUYS} {BUYS}"), ("B", NEUTRAL), ("C", NEUTRAL)]
    )
    meeting = Meeting(participants=(NORA, IVAN, LENA))
    assert told(call, meeting)[1] == (None, BUYER)
    assert whys(call, meeting)[1] == "Is inferred from what the others say"


@pytest.mark.parametrize("meeting", [Meeting(), PAIR])
def test_chat_that_tells_nothing_is_unknown(meeting):
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)])
    assert told(call, meeting) == [(None, UNKNOWN), (None, UNKNOWN)]
    assert whys(call, meeting)[0] == "Says nothing that clearly tells a seller from a buyer"


def test_speakers_mixed_up_by_the_diarizer_are_unknown():
    call = conversation(
        [
            ("A", "Hello, this is Nora from Halden."),
            ("B", "Hello, this is Ivan."),
            ("A", BUYS),
            ("B", SELLS),
        ]
    )
    assert told(call) == [(None, UNKNOWN), (None, UNKNOWN)]
    assert whys(call)[0].endswith("two voices may be mixed up")


def test_contradicting_introductions_are_unknown():
    call = conversation([("A", "Hello, this is Nora."), ("B", "Hello, this is Nora.")])
    assert told(call) == [(None, UNKNOWN), (None, UNKNOWN)]


def test_someone_who_says_next_to_nothing_is_unknown():
    lines = [("A", f"Hello, this is Nora from Halden. {SELLS}"), ("B", BUYS)] * 3
    call = conversation([*lines, ("C", "Bye.")])
    assert told(call) == [("Nora Whitfield", SELLER), ("Ivan Petrossian", BUYER), (None, UNKNOWN)]
    assert whys(call)[2] == "Says too little to tell"


def test_a_channel_outweighs_what_is_said():
    turns = [turn("L", 0, 6), turn("R", 7, 14, channel=1)]
    spoken = [*words(BUYS, 0, pace_s=0.3), *words(SELLS, 7, pace_s=0.3)]
    call = hearing([replace(w, channel=int(w.span.start >= 7)) for w in spoken], turns, channels=2)
    meeting = Meeting(participants=(replace(NORA, channel=0), IVAN))
    assert told(call, meeting)[0] == ("Nora Whitfield", SELLER)
    assert "channel 0, that of Nora Whitfield" in whys(call, meeting)[0]


def test_a_channel_means_nothing_when_channels_were_heard_as_one():
    call = conversation([("A", NEUTRAL), ("B", NEUTRAL)])
    meeting = Meeting(participants=(replace(NORA, channel=0), replace(IVAN, channel=1)))
    assert told(call, meeting) == [(None, UNKNOWN), (None, UNKNOWN)]


def with_voices(call, **voices):
    known = {SpeakerId(speaker): voice for speaker, voice in voices.items()}
    return replace(call, diarization=replace(call.diarization, voices=known))


def test_a_known_voice_names_the_speaker():
    call = with_voices(conversation([("A", NEUTRAL), ("B", NEUTRAL)]), A=(1.0, 0.0), B=(0.0, 1.0))
    meeting = replace(PAIR, voices=(KnownVoice("Nora Whitfield", SELLER, (0.0, 1.0)),))
    assert told(call, meeting) == [("Ivan Petrossian", BUYER), ("Nora Whitfield", SELLER)]
    assert whys(call, meeting)[1] == "Sounds like Nora Whitfield on earlier calls (100% alike)"


@pytest.mark.parametrize(
    "voice",
    [
        (0.0, 0.6, 0.8),  # not close enough to anybody
        (1.0, 0.0, 0.0, 0.0),  # made by another model
    ],
)
def test_a_voice_that_is_not_clearly_known_tells_nothing(voice):
    call = with_voices(conversation([("A", NEUTRAL), ("B", NEUTRAL)]), A=voice)
    meeting = replace(PAIR, voices=(KnownVoice("Nora Whitfield", SELLER, (0.8, 0.6, 0.0)),))
    assert told(call, meeting) == [(None, UNKNOWN), (None, UNKNOWN)]


def test_a_voice_between_two_known_ones_tells_nothing():
    call = with_voices(conversation([("A", NEUTRAL), ("B", NEUTRAL)]), A=(0.71, 0.70))
    voices = (KnownVoice("Nora Whitfield", SELLER, (1, 0)), KnownVoice("Lena", BUYER, (0, 1)))
    assert told(call, Meeting(voices=voices)) == [(None, UNKNOWN), (None, UNKNOWN)]


def test_a_known_voice_may_come_uninvited():
    call = with_voices(conversation([("A", NEUTRAL), ("B", NEUTRAL)]), B=(0.6, 0.8))
    meeting = Meeting(voices=(KnownVoice("Otto Marsh", SELLER, (0.6, 0.8)),))
    assert told(call, meeting) == [(None, BUYER), ("Otto Marsh", SELLER)]


def test_a_side_that_is_not_said_is_that_of_the_company():
    guest = Participant("Ivan Petrossian", email="ivan@quayside.example")
    rep = Participant("Nora Whitfield", SELLER, email="nora@halden.example")
    call = conversation([("A", "Hello, this is Ivan."), ("B", NEUTRAL)])
    meeting = Meeting(participants=(rep, guest))
    assert told(call, meeting) == [("Ivan Petrossian", BUYER), ("Nora Whitfield", SELLER)]


def test_the_other_of_two_is_on_the_other_side_when_only_the_rep_is_listed():
    call = conversation([("A", "Hello, this is Nora Whitfield."), ("B", NEUTRAL)])
    meeting = Meeting(participants=(NORA,))
    assert told(call, meeting) == [("Nora Whitfield", SELLER), (None, BUYER)]


def test_nobody_is_told_when_nobody_speaks():
    assert told(hearing()) == []


PIECES = [SELLS, BUYS, NEUTRAL, "This is Nora.", "Hi Ivan.", "Thanks, Lena.", "We at Halden do."]


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(PIECES)), max_size=12))
def test_nobody_is_named_twice_and_there_is_always_a_reason(lines):
    call = conversation(lines)
    speakers = tell_sides(assemble(call), call, Meeting(participants=(NORA, IVAN, LENA)))
    names = [one.name for one in speakers if one.name]
    assert len(names) == len(set(names))
    assert all(one.why[0].isupper() and not one.why.endswith(".") for one in speakers)
    assert [one.id for one in speakers] == list(assemble(call).speakers)


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.sampled_from(PIECES)), max_size=10),
    st.permutations(["A", "B"]),
)
def test_labels_of_the_diarizer_do_not_matter(lines, order):
    other = dict(zip("AB", order, strict=True))
    swapped = conversation([(other[who], text) for who, text in lines])
    assert told(conversation(lines)) == told(swapped)


def test_voices_are_looked_up_by_the_diarizers_label():
    call = conversation([("Z", NEUTRAL), ("A", NEUTRAL)])
    call = with_voices(call, Z=(1.0, 0.0))
    assert isinstance(call.diarization, Diarization)
    meeting = replace(PAIR, voices=(KnownVoice("Nora Whitfield", SELLER, (1.0, 0.0)),))
    assert told(call, meeting)[0] == ("Nora Whitfield", SELLER)
