"""Who speaks and when, in the ways that people and tools write it."""

import pytest

from analyzer import read_transcript
from analyzer.transcript import assemble
from analyzer.transcripts.clock import instant_of, seconds_of
from analyzer.transcripts.language import code_of, tell_language
from analyzer.transcripts.signing import is_anyone, is_label, signed

CUE = "00:0{}.000 --> 00:0{}.000\n{}"


def said(text: str) -> list[tuple[str, str]]:
    """Who says what, as read."""
    transcript = assemble(read_transcript(text.encode(), "call").hearing)
    return [(transcript.heard_as[one.speaker], one.text) for one in transcript.utterances]


def subtitles(*cues: str) -> str:
    told = (CUE.format(2 * n + 1, 2 * n + 2, cue) for n, cue in enumerate(cues))
    return "WEBVTT\n\n" + "\n\n".join(told)


TALK = [("Ann Lee", "Hi Tom."), ("Tom Bell", "Hello there.")]


@pytest.mark.parametrize(
    "text",
    [
        "[00:00:01] Ann Lee: Hi Tom.\n[00:00:04] Tom Bell: Hello there.",
        "[0:01] Ann Lee: Hi Tom.\n[0:04] Tom Bell: Hello\nthere.",
        "00:01 - Ann Lee: Hi Tom.\n00:04 - Tom Bell: Hello there.",
        "00:00:01.000 Ann Lee: Hi Tom.\n00:00:04.000 Tom Bell: Hello there.",
        "[00:01 - 00:02] Ann Lee: Hi Tom.\n[00:04 - 00:06] Tom Bell: Hello there.",
        "Ann Lee (00:00:01): Hi Tom.\nTom Bell (00:00:04): Hello there.",
        "Ann Lee [00:01] Hi Tom.\nTom Bell [00:04] Hello there.",
        "Ann Lee 00:00:01: Hi Tom.\nTom Bell 00:00:04: Hello there.",
        "**Ann Lee** (00:01): Hi Tom.\n\n**Tom Bell** (00:04): Hello there.",
        "Ann Lee  0:01\nHi Tom.\n\nTom Bell  0:04\nHello there.\n\nTranscribed by https://otter.ai",
        "Ann Lee (00:01):\nHi Tom.\n\nTom Bell (00:04):\nHello there.",
        "0:01 | Ann Lee\nHi Tom.\n\n0:04 | Tom Bell\nHello there.",
        "[Ann Lee] 10:02:01\nHi Tom.\n\n[Tom Bell] 10:02:04\nHello there.",
        "Call\n\n00:00:01\n\nAnn Lee: Hi Tom.\n\n00:00:04\n\nTom Bell: Hello there.",
        "Ann Lee: Hi Tom.\nTom Bell: Hello there.",
        "Ann Lee:\nHi Tom.\n\nTom Bell:\nHello\nthere.",
        subtitles("<v Ann Lee>Hi Tom.</v>", "<v.loud Tom Bell>Hello <i>there</i>."),
        subtitles("Ann Lee: Hi Tom.", "Tom Bell: Hello\nthere."),
        subtitles("(Ann Lee)\nHi Tom.", "(Tom Bell)\nHello there."),
        subtitles("[Ann Lee] Hi Tom.", "[Tom Bell]: Hello there."),
        subtitles(">> Ann Lee: Hi Tom.", ">> Tom Bell: Hello there."),
        subtitles("<v Ann Lee>Hi Tom.</v>\n<v Tom Bell>Hello there.</v>"),
        subtitles("- Ann Lee: Hi Tom.\n- Tom Bell: Hello there."),
        subtitles("Ann Lee: Hi Tom.", "[laughter]", "Tom Bell: Hello there."),
    ],
)
def test_names_and_times_are_found_in_every_form(text: str) -> None:
    assert said(text) == TALK


def test_markup_of_subtitles_is_no_part_of_the_words() -> None:
    cue = "STYLE\n::cue(v) {color: red}\n\n" + CUE.format(1, 2, "").rstrip()
    text = f"WEBVTT Kick-off\nLanguage: en-GB\n\nNOTE by us\n\n{cue} align:start\n"
    call = read_transcript((text + "<v Ann>R&amp;D <00:01.500><c.x>&lt;b&gt;</c>").encode(), "c")
    assert [word.text for word in call.hearing.words] == ["R&D", "<b>"]
    assert (call.title, call.hearing.language) == ("Kick-off", "en")


def test_subrip_without_blank_lines_or_numbers_is_read() -> None:
    text = "00:00:01,000 --> 00:00:02,000\nAnn Lee: Hi Tom.\n0:0:3.5 --> 0:0:5\nTom Bell: 42"
    assert said(text) == [("Ann Lee", "Hi Tom."), ("Tom Bell", "42")]


def test_a_cue_without_a_name_goes_on_with_the_speaker_before() -> None:
    text = subtitles("Ann Lee: Hi Tom.", "How are you?", "Tom Bell: Fine.")
    assert said(text) == [("Ann Lee", "Hi Tom. How are you?"), ("Tom Bell", "Fine.")]
    assert read_transcript(text.encode(), "c").notices == ("some_speakers",)


def test_what_comes_before_the_first_name_is_the_first_speakers() -> None:
    text = subtitles("<v >Hi Tom.", "<v Ann Lee>How are you?")
    assert said(text) == [("Ann Lee", "Hi Tom. How are you?")]


def test_a_colon_makes_no_name() -> None:
    text = subtitles("Hello there.", "Remember: nothing is free.", "Price: forty pounds.")
    assert read_transcript(text.encode(), "call").names == {}
    talk = "[00:01] Ann: Note: nothing is free.\n[00:09] Tom: It is: forty."
    assert [who for who, _ in said(talk)] == ["Ann", "Tom"]


def test_names_in_other_letters_are_one_speaker() -> None:
    text = "TOM BELL: Hi.\nAnn: Hello.\nTom Bell: Well.\nÄnn: Yes."
    assert [who for who, _ in said(text)] == ["TOM BELL", "Ann", "TOM BELL", "Ann"]


@pytest.mark.parametrize(
    "label", ["Speaker 1", "SPEAKER_00", "spk_1", "A", "7", "Voix 2", "unknown speaker", "a/b/17"]
)
def test_a_label_that_only_counts_is_no_name(label: str) -> None:
    assert is_anyone(label)


@pytest.mark.parametrize("name", ["Ann Lee", "Al", "O'Neil", "Amy S", "Speaker Pelosi", "Agent"])
def test_a_name_does_more_than_count(name: str) -> None:
    assert not is_anyone(name)
    assert is_label(name)


@pytest.mark.parametrize(
    "text", ["the price", "Note", "https", "So what happens", "", "10", "Well, I see.", "a" * 99]
)
def test_what_is_no_name_is_none(text: str) -> None:
    assert not is_label(text)


def test_a_name_needs_a_space_after_its_colon() -> None:
    assert signed("Ann: Hello.") == ("Ann", "Hello.")
    assert signed("Ann:Hello.") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02:03.5", 3723.5),
        ("02:03,25", 123.25),
        ("00:90", 90.0),
        ("12.3s", 12.3),
        ("7", 7.0),
        ("PT1M2.5S", 62.5),
        ("1970-01-01T00:01:00Z", 60.0),
        ("soon", None),
        ("1:2:3:4", None),
        ("\u0661:\u0662", None),
        ("9999-99-99T99:99", None),
        ("", None),
    ],
)
def test_times_are_read_as_they_are_written(text: str, seconds: float | None) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("value", [1_777_885_200, 1_777_885_200_000, "2026-05-04T09:00:00Z"])
def test_instants_are_read_from_text_seconds_and_milliseconds(value: object) -> None:
    instant = instant_of(value)
    assert instant
    assert instant.isoformat() == "2026-05-04T09:00:00+00:00"


@pytest.mark.parametrize("value", [True, 12, 1e300, float("inf"), "May", None, [1]])
def test_what_is_no_instant_is_none(value: object) -> None:
    assert instant_of(value) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("en_us", "en"),
        ("fr-CA", "fr"),
        ("English", "en"),
        ("Français", "fr"),
        ("eng", "en"),
        ("es", "es"),
        ("und", None),
        ("multi", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_goes_by_its_code(told: str | None, code: str | None) -> None:
    assert code_of(told) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hi Tom, thanks for making the time. We plan all of our routes in a spreadsheet.", "en"),
        ("Bonjour, merci pour le temps. Nous faisons nos plannings dans un tableur.", "fr"),
        ("Hola, muchas gracias por el tiempo de hoy, planeamos las rutas en una hoja.", "und"),
        ("Guten Tag, wir planen die Routen mit einer Tabelle und das dauert zu lange.", "und"),
        ("", "und"),
    ],
)
def test_a_language_is_told_by_its_commonest_words(text: str, code: str) -> None:
    assert tell_language(text.split())[0] == code


def test_few_words_tell_a_language_less_surely_than_many() -> None:
    few = tell_language(["Thanks", "for", "the", "time."])[1]
    many = tell_language(("Thanks for the time. " * 9).split())[1]
    assert few < 0.5 < many == 1.0
