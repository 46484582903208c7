"""What is struck out of words, in every way that they are said and heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.redaction import KINDS, Finders, Wanted, check_kinds, find_in, find_in_text, mask
from analyzer.redaction.checks import is_card, is_iban, is_nir
from analyzer.redaction.masking import mask_text
from analyzer.speech import Diarization, Hearing, Span, SpeakerId, Word
from tests.builders import conversation

RULES = Finders()


def left(text: str, language: str = "en", *kinds: str) -> str:
    wanted = Wanted(check_kinds(kinds or KINDS))
    return mask_text(text, find_in_text(text, language, wanted, RULES), language)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("my card is 4242 4242 4242 4242 yes", "my card is [card number] yes"),
        (
            "the card number is four two four two, uh, four two four two, okay, "
            "forty two forty two, double four double two thanks",
            "the card number is [card number] thanks",
        ),
        ("it is a Visa, 4624-4321 1, 2, 4, 3, 3, 4, 5, 2 and", "it is a Visa, [card number] and"),
        ("my mail is sally dot brown at gmail dot com ok", "my mail is [e-mail] ok"),
        ("write to S-Brown at gmail.com then", "write to [e-mail] then"),
        ("it is j b r o w n at acme dot co dot uk", "it is [e-mail]"),
        ("call me on oh seven seven double oh nine hundred 461", "call me on [phone number]"),
        ("my phone number is 415-532-5545 today", "my phone number is [phone number] today"),
        ("my social security is 333-224444.", "my social security is [identity number]."),
        ("our IBAN is G B two nine N W B K 6016 1331 9268 19", "our IBAN is [account number]"),
        ("the code on the back is 353", "the code on the back is [card number]"),
    ],
)  # fmt: skip
def test_english_as_it_is_said(said: str, told: str) -> None:
    assert left(said) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("c'est le zéro six douze trente-quatre cinquante-six soixante-dix-huit",
         "c'est le [numéro de téléphone]"),
        ("mon numéro 06 12, d'accord, 34 56 78 voilà", "mon numéro [numéro de téléphone] voilà"),
        ("j.dupont arobase orange point fr merci", "[adresse e-mail] merci"),
        ("jean tiret luc arobase free.fr", "[adresse e-mail]"),
        ("carte bleue quarante-deux quarante-deux, 4242 4242, quatre deux quatre deux",
         "carte bleue [numéro de carte]"),
        ("IBAN F R 76 3000 6000 0112 3456 7890 189 voilà", "IBAN [numéro de compte] voilà"),
        ("on est au 12 rue de la Paix à Lyon en face", "on est au [adresse] en face"),
        ("la sécu 2 84 05 88 321 025 62 voilà", "la sécu [numéro d\u2019identité] voilà"),
    ],
)  # fmt: skip
def test_french_as_it_is_said(said: str, told: str) -> None:
    assert left(said, "fr") == told


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("The price is 45,000 euros for 120 users over 36 months from 1 March 2027.", "en"),
        ("We grew from 1,250,000 to 2,400,000 pounds between 2024 and 2026.", "en"),
        ("Let us meet at nine thirty on the 12th at their place.", "en"),
        ("There are 3 ways to go and 2 places left, that is a one way street.", "en"),
        ("C'est 45 000 euros pour 120 postes sur trente-six mois dès mars 2027.", "fr"),
        ("On se voit le 12 à quatorze heures trente, place numéro deux.", "fr"),
        ("Le numéro un du marché fait 2 400 000 euros avec 350 personnes.", "fr"),
    ],
)
def test_prices_dates_and_counts_stay(said: str, language: str) -> None:
    assert left(said, language) == said


def test_a_number_goes_on_though_others_say_something_in_between() -> None:
    call = conversation(
        (
            ("A", "What is the card number?"),
            ("B", "Four two four two"),
            ("A", "yes"),
            ("B", "four two four two four two four two"),
            ("A", "got it"),
            ("B", "four two four two."),
            ("A", "Thanks."),
        )
    )
    struck, masked = mask(call, find_in(call, Wanted(["card"]), RULES))
    said = " ".join(word.text for word in struck.words)
    assert "two" not in said.lower()
    assert {"yes", "Thanks."} <= {word.text for word in struck.words}
    assert masked[0].span.start < masked[-1].span.end
    assert len(struck.owners) == len(struck.words)
    assert struck.duration_s == call.duration_s


def test_only_wanted_kinds_are_struck_out() -> None:
    said = "call 07700 900 461 or write to a.b@acme.com"
    assert left(said, "en", "email") == "call 07700 900 461 or write to [e-mail]"
    with pytest.raises(ValueError, match="shoe size"):
        check_kinds(["shoe size"])


def test_numbers_prove_themselves() -> None:
    assert is_card("4242424242424242")
    assert not is_card("4242424242424241")
    assert is_iban("DE89370400440532013000")
    assert not is_iban("DE88370400440532013000")
    assert not is_iban("XX12")
    assert is_nir("284058832102562") == (97 - 2840588321025 % 97 == 62)


@given(st.lists(st.text(max_size=12), max_size=30), st.sampled_from(["en", "fr", "de", ""]))
def test_whatever_was_heard_can_be_read(texts: list[str], language: str) -> None:
    words = tuple(Word(Span(n, n + 0.5), text, 0.5) for n, text in enumerate(texts))
    owners = tuple(SpeakerId("AB"[n % 2]) for n in range(len(texts)))
    call = Hearing(len(texts), language, words, Diarization((), ()), owners=owners)
    found = find_in(call, Wanted(KINDS), RULES)
    struck, _masked = mask(call, found)
    assert all(0 <= place < len(texts) for one in found for place in one.places)
    assert struck.duration_s == call.duration_s
