from analyzer.lexicon import Lexicon, load_lexicon
from analyzer.reading import cut_sentences, plain_text
from analyzer.speech import SpeakerId, Turn
from analyzer.transcript import Transcript, Utterance
from tests.builders import BUYER, SELLER, words


def transcript(*said: tuple[SpeakerId, str]) -> Transcript:
    utterances, turns, at = [], [], 0.0
    for index, (speaker, text) in enumerate(said):
        one = Utterance(index, speaker, words(text, at))
        utterances.append(one)
        turns.append(Turn(one.span, speaker))
        at = one.span.end + 0.5
    return Transcript("en", at, tuple(utterances), tuple(turns))


def test_sentences_keep_their_place_in_the_call_and_in_their_utterance() -> None:
    call = transcript((SELLER, "Hi Tom. How are you?"), (BUYER, "Fine. Busy, though."))
    found = cut_sentences(call, load_lexicon("en"))
    assert [(one.index, one.utterance, one.first, one.text) for one in found] == [
        (0, 0, 0, "Hi Tom."),
        (1, 0, 2, "How are you?"),
        (2, 1, 0, "Fine."),
        (3, 1, 1, "Busy, though."),
    ]
    assert [one.speaker for one in found] == [SELLER, SELLER, BUYER, BUYER]
    assert found[1].span.start == call.utterances[0].words[2].span.start


def test_plain_text_is_what_phrases_search() -> None:
    said = words("Um, we've GOT it, Zoé!", 0.0)
    assert plain_text(said, load_lexicon("en")) == " ^ we have got it zoe "


def test_marks_alone_leave_nothing_to_search() -> None:
    assert plain_text(words("... !", 0.0), Lexicon()) == " ^ "


def test_an_empty_call_has_no_sentence() -> None:
    assert cut_sentences(transcript(), load_lexicon("xx")) == ()
