import base64
import dataclasses
import hashlib
import re
import tomllib
import wave
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import analyzer.formats
from analyzer.errors import BadRecording
from analyzer.formats import FORMATS, Rendering
from analyzer.formats.page import call_page
from analyzer.formats.playable import playable_copy
from analyzer.formats.rendering import shown
from analyzer.formats.text import escaped
from analyzer.formats.wording import LANGUAGES, Wording, clock, wording
from analyzer.metrics import DEFINITIONS, Metric, Source, Unit, WhyHidden
from analyzer.pipeline import understand
from analyzer.recording import DealLink, Meeting, Participant, Side
from analyzer.report import CallReport, Notice
from analyzer.speech import Span, Word
from tests.builders import BUYER, SELLER, call_report, conversation, words

FOLDER = Path(analyzer.formats.__file__).parent
HOSTILE = "<img src=x onerror=alert(1)> </script><b> a|b *c* `d` -->"
AS_IT_COMES = Rendering()


def metric(slug: str, value: float | None, unit: Unit, **more: object) -> Metric:
    known = Metric(slug, value, unit, 1, f"formula of {slug}", Source.DIARIZED)
    return dataclasses.replace(known, **more)  # type: ignore[arg-type]


def short_call(**more: object) -> CallReport:
    said = [(SELLER, words("Hello there. How are you?", 1.0)), (BUYER, words("Fine, thanks.", 4.0))]
    return call_report(said, **more)  # type: ignore[arg-type]


def render(report: CallReport, name: str, rendering: Rendering = AS_IT_COMES) -> str:
    return FORMATS[name](report, rendering)


def cues(subtitles: str) -> list[tuple[float, float, list[str]]]:
    """Start, end and lines of every cue, read as a player reads them."""
    read = []
    for block in subtitles.removeprefix("WEBVTT\n\n").split("\n\n"):
        _number, times, *lines = block.strip().split("\n")
        start, end = (seconds(moment) for moment in times.split(" --> "))
        spoken = [unescape(re.sub(r"</?v[^>]*>", "", line)) for line in lines]
        read.append((start, end, spoken))
    return read


def seconds(moment: str) -> float:
    hours, minutes, rest = moment.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


# Every format


@pytest.mark.parametrize("name", FORMATS)
def test_says_who_said_what(name: str) -> None:
    written = re.sub(r"<[^v][^>]*>", "", render(short_call(), name))
    assert "Tom" in written
    assert "Hello" in written
    assert "thanks" in written


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("html", "a été entendu."),
        ("md", "a été entendu."),
        ("txt", "a été entendu."),
        ("srt", ""),
        ("vtt", "WEBVTT\n"),
    ],
)
def test_writes_a_call_in_which_nothing_was_said(name: str, expected: str) -> None:
    assert expected in render(call_report([], language="fr", duration_s=0.0), name)


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_follows_the_language_of_the_call_unless_told(name: str) -> None:
    french = short_call(language="fr")
    assert "Client" in render(french, name) or "client" in render(french, name)
    assert "buyer" in render(french, name, Rendering(language="en")).lower()


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_tells_the_meeting(name: str) -> None:
    meeting = Meeting(
        title="Demo",
        started_at=datetime.fromisoformat("2026-09-03T14:00:00-05:00"),
        deal=DealLink(name="Harbour"),
    )
    written = render(short_call(meeting=meeting), name)
    assert "Demo" in written
    assert "3 September 2026, 14:00" in written
    assert "Harbour" in written


@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_puts_notices_first(name: str) -> None:
    report = dataclasses.replace(short_call(), notices=("sides_unknown",))
    written = render(report, name)
    assert written.index("We could not tell for sure") < written.index("Hello")


def seen(written: str) -> str:
    """What a reader meets, labels and hints included."""
    written = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", written)
    hints = re.findall(r'(?:title|aria-label|placeholder|data-\w+)="([^"]*)"', written)
    return unescape(" ".join([re.sub(r"<[^>]*>", " ", written), *hints]))


@pytest.mark.parametrize(
    ("language", "said", "foreign"),
    [
        (
            "fr",
            [("A", "Bonjour Tom. Notre budget est serré."), ("B", "Il pleut."), ("C", "Oui.")],
            r"\b(the|is|of|who|not|says|seller|buyer|voices?|talk|replies)\b",
        ),
        (
            "en",
            [("A", "Hello, Tom. Our budget is tight."), ("B", "It rains."), ("C", "Yes.")],
            r"\b(les?|la|des?|qui|dit|vendeur|client|voix|parole)\b",
        ),
    ],
)
@pytest.mark.parametrize("name", ["html", "md", "txt"])
def test_a_page_is_in_one_language(
    name: str, language: str, said: list[tuple[str, str]], foreign: str
) -> None:
    meeting = Meeting(participants=(Participant("Tom", Side.SELLER),))
    report = understand(conversation(said, language), meeting)
    report = dataclasses.replace(report, notices=get_args(Notice))
    assert re.findall(foreign, seen(render(report, name)).lower()) == []


def test_falls_back_on_the_file_name_for_a_title() -> None:
    assert "# call\\_1.mp3\n" in render(short_call(), "md", Rendering(file_name="call_1.mp3"))


# The page


def test_page_escapes_all_that_comes_from_outside() -> None:
    hostile = (Word(Span(1, 2), HOSTILE, 0.9),)
    meeting = Meeting(HOSTILE, participants=(Participant(HOSTILE),), deal=DealLink(name=HOSTILE))
    bad = metric("our_own_count", None, "share", formula=HOSTILE)
    report = call_report([(SELLER, hostile)], meeting=meeting, metrics=[bad])
    speakers = tuple(dataclasses.replace(s, name=HOSTILE, why=HOSTILE) for s in report.speakers)
    report = dataclasses.replace(report, speakers=speakers, engines={"speech": HOSTILE})
    page = render(report, "html")
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 12


def test_page_allows_only_its_own_style_and_script() -> None:
    page = render(short_call(), "html")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none';")
    assert "unsafe" not in allowed
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert text
        digest = base64.b64encode(hashlib.sha256(text[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in allowed


def test_page_asks_nothing_of_the_network() -> None:
    page = render(short_call(), "html")
    assert not re.findall(r"""(?:src|href|action)=["'](?!data:|#)[^"']+""", page)
    assert not re.findall(r"@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket", page)
    assert not re.findall(r'style="|\bon\w+="', page)


def test_page_shows_a_dash_and_the_reason_for_an_unknown_number() -> None:
    hidden = metric("patience_s", None, "seconds", why_hidden="few_replies", n=3)
    page = render(short_call(metrics=[hidden]), "html")
    assert re.search(r'metric-value">\u2013</span>', page)
    assert "Too few replies: 3, and it takes 10 to tell" in page
    assert "3 observations" in page


def test_page_prints_the_formula_beside_every_number() -> None:
    known = [metric("talk_ratio", 0.6, "share"), metric("our_own_count", 4.0, "count")]
    page = render(short_call(metrics=known), "html")
    assert "<dd>seller&#39;s talk time / (seller&#39;s talk time + buyer" in page
    assert "<dd>formula of our_own_count</dd>" in page
    assert "Our own count" in page


@pytest.mark.parametrize(
    ("more", "certainty"),
    [
        ({"band": (0.57, 0.63)}, "likely between 57% and 63%."),
        ({"source": Source.STEREO}, "the split is exact."),
        ({"source": Source.CORRECTED}, None),
    ],
)
def test_talk_split_adds_up_and_says_how_sure_it_is(
    more: Mapping[str, object], certainty: str | None
) -> None:
    report = short_call(metrics=[metric("talk_ratio", 0.425, "share", **more)])
    talk = call_page(report, AS_IT_COMES, wording("en")).talk
    assert talk
    assert (talk.seller_share, talk.buyer_share) == ("Seller 42%", "Buyer 58%")
    assert (talk.certainty or "").endswith(certainty or "")
    assert (talk.certainty is None) is (certainty is None)


def test_page_has_no_talk_split_while_sides_are_unknown() -> None:
    hidden = metric("talk_ratio", None, "share", why_hidden="no_seller")
    page = call_page(short_call(metrics=[hidden]), AS_IT_COMES, wording("en"))
    assert page.talk is None
    assert [card.why_hidden for card in page.cards] == ["It is not known who sells"]


def test_page_breaks_a_long_speech_at_sentences() -> None:
    speech = words(" ".join(["One two three four five six seven eight nine ten."] * 13), 0.0)
    page = call_page(call_report([(SELLER, speech)]), AS_IT_COMES, wording("en"))
    assert [len(p.words) for p in page.blocks[0].paragraphs] == [60, 60, 10]


def test_backchannel_does_not_take_the_word() -> None:
    report = call_report(
        [(SELLER, words("So", 0)), (BUYER, words("mm", 1)), (SELLER, words("yes", 2))]
    )
    first, mm, last = report.transcript.utterances
    said = (first, dataclasses.replace(mm, is_backchannel=True), last)
    report = dataclasses.replace(
        report, transcript=dataclasses.replace(report.transcript, utterances=said)
    )
    blocks = call_page(report, AS_IT_COMES, wording("en")).blocks
    assert [block.opens for block in blocks] == [True, True, False]


def test_page_names_the_invited_who_were_not_recognised() -> None:
    meeting = Meeting(participants=(Participant("Tom", Side.SELLER), Participant("Ann")))
    page = call_page(short_call(meeting=meeting), AS_IT_COMES, wording("en"))
    assert page.not_heard == "Invited, not recognised by voice: Ann"


def test_lanes_are_in_percent_of_the_call() -> None:
    page = call_page(short_call(duration_s=10.0), AS_IT_COMES, wording("en"))
    assert [lane.name for lane in page.lanes] == ["Tom", "Speaker 2"]
    (bar,) = page.lanes[1].bars
    assert bar == pytest.approx((40.0, 9.0))


@pytest.mark.parametrize("duration_s", [0.0, 3.0, 89.0, 289.6, 3599.0, 3600.0, 20_000.0])
def test_axis_has_few_ticks(duration_s: float) -> None:
    ticks = call_page(call_report([], duration_s=duration_s), AS_IT_COMES, wording("en")).ticks
    assert 1 <= len(ticks) <= 8
    assert all(0 <= tick.at < 100 for tick in ticks)


# Sound


def recording_with_clicks(path: Path, *at: float, length_s: float = 5.0) -> Path:
    rate, click = 44_100, np.sin(np.arange(900) / 5)
    samples = np.zeros((int(length_s * rate), 2))
    for moment in at:
        first = int(moment * rate)
        samples[first : first + len(click)] = 0.8 * click[:, None]
    with wave.open(str(path), "wb") as sound:
        sound.setparams((2, 2, rate, 0, "NONE", ""))
        sound.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def clicks(sound: bytes) -> list[float]:
    import av

    with av.open(BytesIO(sound), "r") as container:
        rate, heard = container.streams.audio[0].rate, np.zeros(0)
        for frame in container.decode(audio=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            late = round(frame.pts * float(frame.time_base) * rate) - len(heard)
            heard = np.concatenate([heard, np.zeros(late), frame.to_ndarray()[0]])
    loud = np.flatnonzero(np.abs(heard) > 0.2) / rate
    return [float(t) for t, before in zip(loud, [-1, *loud], strict=False) if t - before > 0.2]


def test_playable_copy_keeps_the_recording_s_clock(tmp_path: Path) -> None:
    source = recording_with_clicks(tmp_path / "call.wav", 0.5, 2.0, 4.25)
    sound, mime = playable_copy(source, tmp_path)
    assert mime == "audio/mp4"
    assert clicks(sound) == pytest.approx([0.5, 2.0, 4.25], abs=0.01)
    assert list(tmp_path.iterdir()) == [source]


def test_playable_copy_of_a_channel_and_its_inverse_is_heard(tmp_path: Path) -> None:
    source = tmp_path / "inverted.wav"
    noise = np.random.default_rng(1).normal(0, 4000, 16_000 * 6)
    voice = (noise * (np.arange(noise.size) // 8_000 % 2)).astype("<i2")
    with wave.open(str(source), "wb") as sound:
        sound.setparams((2, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(np.stack([voice, -voice], axis=1).tobytes())
    assert len(clicks(playable_copy(source, tmp_path)[0])) >= 6


def test_playable_copy_is_small(tmp_path: Path) -> None:
    source = tmp_path / "noise.wav"
    noise = np.random.default_rng(1).normal(0, 3000, 16_000 * 30).astype("<i2")
    with wave.open(str(source), "wb") as sound:
        sound.setparams((1, 2, 16_000, 0, "NONE", ""))
        sound.writeframes(noise.tobytes())
    assert len(playable_copy(source, tmp_path)[0]) < 30 * 36_000 / 8


def test_playable_copy_refuses_what_is_no_recording(tmp_path: Path) -> None:
    source = tmp_path / "call.mp3"
    source.write_text("not sound")
    with pytest.raises(BadRecording):
        playable_copy(source, tmp_path)


@pytest.mark.parametrize(("audio", "carries"), [("embed", True), ("none", False)])
def test_page_carries_the_recording_unless_told(tmp_path: Path, audio: str, carries: bool) -> None:
    source = recording_with_clicks(tmp_path / "call.wav", 1.0, length_s=1.5)
    rendering = Rendering(source=source, audio=audio)  # type: ignore[arg-type]
    page = render(short_call(), "html", rendering)
    assert ("<audio" in page) is carries
    assert ('class="time" data-s="1.00"' in page) is carries


# Subtitles


@given(
    st.lists(
        st.tuples(
            st.sampled_from([SELLER, BUYER]),
            st.floats(0, 5000),
            st.lists(
                st.tuples(st.text(" abc<>&.-\n\u2028", max_size=12), st.floats(0, 9)), min_size=1
            ),
        ),
        max_size=6,
    )
)
@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_cues_are_short_ordered_and_lose_nothing(
    name: str, said: list[tuple[object, float, list[tuple[str, float]]]]
) -> None:
    utterances = []
    for who, start, texts in said:
        spoken, at = [], start
        for text, length in texts:
            spoken.append(Word(Span(at, at + length), text, 0.9))
            at += length
        utterances.append((who, tuple(spoken)))
    report = call_report(utterances)  # type: ignore[arg-type]
    written = render(report, name)
    read = cues(written) if "-->" in written else []
    starts = [start for start, _, _ in read]
    assert starts == sorted(starts)
    for start, end, lines in read:
        assert 0 < end - start <= 6.01
        assert 1 <= len(lines) <= 2
        assert all(len(line) <= 42 for line in lines)
    heard = "".join(word.text for _, spoken in utterances for word in spoken)
    kept = "".join("".join(lines) for _, _, lines in read)
    assert kept.count("b") == heard.count("b")


def test_cues_break_at_words_by_their_own_times() -> None:
    report = call_report([(SELLER, words("word " * 40, 10.0))])
    read = cues(render(report, "vtt"))
    assert [start for start, _, _ in read] == [10.0, 16.0, 22.0, 28.0]
    assert all(len(line) <= 42 for _, _, lines in read for line in lines)


def test_srt_names_the_speaker_only_when_it_changes() -> None:
    said = [(SELLER, words("One.", 1)), (SELLER, words("Two.", 3)), (BUYER, words("Three.", 5))]
    assert [lines for _, _, lines in cues(render(call_report(said), "srt"))] == [
        ["Tom: One."],
        ["Two."],
        ["Speaker 2: Three."],
    ]


def test_vtt_escapes_text_and_names() -> None:
    report = call_report([(SELLER, (Word(Span(1, 2), "a<b>&-->", 0.9),))])
    speakers = (dataclasses.replace(report.speakers[0], name="R&D <i>"), report.speakers[1])
    written = render(dataclasses.replace(report, speakers=speakers), "vtt")
    assert "<v R&amp;D &lt;i&gt;>a&lt;b&gt;&amp;--&gt;</v>" in written
    assert written.count("-->") == 1


def test_srt_cannot_be_split_by_an_arrow() -> None:
    report = call_report([(SELLER, (Word(Span(1, 2), "a --> b", 0.9),))])
    assert render(report, "srt").count("-->") == 1


def test_subtitles_count_hours() -> None:
    report = call_report([(SELLER, words("Late.", 3 * 3600 + 62.5))], duration_s=11_000)
    assert "03:01:02.500 -->" in render(report, "vtt")
    assert "03:01:02,500 -->" in render(report, "srt")


# Text and Markdown


@given(st.text("ab1 *_`[]()<>!#|~-+=.:&\\$@{}^\"'/", min_size=1).map(str.strip).filter(bool))
def test_markdown_takes_nothing_said_for_markup(text: str) -> None:
    line = " ".join(text.split())
    read = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(escaped(line))
    assert [token.type for token in read] == ["paragraph_open", "inline", "paragraph_close"]
    children = read[1].children or []
    assert "".join(token.content for token in children) == line
    assert {token.type for token in children} <= {"text", "text_special"}


def test_markdown_keeps_its_table_whatever_the_formula() -> None:
    known = metric("our_own_count", 0.5, "share", formula="a | b\nc")
    html = MarkdownIt().enable("table").render(render(short_call(metrics=[known]), "md"))
    assert "<td>a | b c</td>" in html


def test_text_stamps_every_utterance() -> None:
    lines = render(short_call(), "txt").splitlines()
    assert "[00:01] Tom: Hello there. How are you?" in lines
    assert "[00:04] Speaker 2: Fine, thanks." in lines


def test_text_keeps_an_utterance_on_its_line() -> None:
    report = call_report([(SELLER, (Word(Span(1, 2), "one\n\u2028[00:09] Eve: two", 0.9),))])
    assert "[00:01] Tom: one [00:09] Eve: two" in render(report, "txt").splitlines()


def test_long_calls_are_stamped_in_hours_throughout() -> None:
    written = render(short_call(duration_s=4000.0), "txt")
    assert "[0:00:01] Tom:" in written


# Words and numbers


def keys_of(language: str) -> set[str]:
    table = tomllib.loads((FOLDER / "wording" / f"{language}.toml").read_text("utf-8"))
    return set(flat(table))


def flat(table: Mapping[str, object], prefix: str = "") -> list[str]:
    keys = []
    for name, value in table.items():
        inner = flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
        keys += inner
    return keys


def used_keys() -> set[str]:
    """Keys named in templates and code, and those made of a value."""
    sources = [*FOLDER.glob("*.py"), *FOLDER.glob("*/*.py"), *FOLDER.glob("templates/*.html")]
    text = "\n".join(path.read_text("utf-8") for path in sources)
    named = set(re.findall(r"""(?:\bt|self)\(\s*["']([a-z_.]*[a-z_])["']""", text))
    for counted in re.findall(r"""\.count\(["']([a-z_.]+)["']""", text):
        named |= {f"{counted}.one", f"{counted}.other"}
    made = {f"side.{side}" for side in Side} | {f"source.{source}" for source in Source}
    made |= {f"notice.{notice}" for notice in get_args(Notice)}
    made |= {f"why_hidden.{why}" for why in get_args(WhyHidden)}
    return named | made | {f"month.{month}" for month in range(1, 13)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_there_and_used(language: str) -> None:
    looked_up = {key for key in keys_of(language) if not key.startswith(("metric.", "language."))}
    assert looked_up == used_keys()


def test_languages_have_the_same_words_with_the_same_blanks() -> None:
    english, french = wording("en").phrases, wording("fr").phrases
    assert blanks(english) == blanks(french)


def blanks(phrases: Mapping[str, str]) -> Mapping[str, set[str]]:
    return {key: set(re.findall(r"\{+\w*", phrase)) for key, phrase in phrases.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_metric_has_a_name_a_meaning_and_a_formula(language: str) -> None:
    assert {key for key in keys_of(language) if key.startswith("metric.")} == {
        f"metric.{one.slug}.{part}" for one in DEFINITIONS for part in ("name", "means", "formula")
    }


def test_french_spaces_do_not_break() -> None:
    for key, phrase in wording("fr").phrases.items():
        assert not re.search(r" [:;!?%»]|« |'", phrase), (key, phrase)


@pytest.mark.parametrize(
    ("t", "value", "unit", "expected"),
    [
        (wording("en"), 0.47, "share", "47%"),
        (wording("fr"), 0.47, "share", "47\u202f%"),
        (wording("fr"), 0.015, "share", "1,5\u202f%"),
        (wording("en"), 0.0, "share", "0%"),
        (wording("en"), 72.4, "seconds", "1\xa0min\xa012\xa0s"),
        (wording("en"), 59.7, "seconds", "1\xa0min"),
        (wording("fr"), 0.62, "seconds", "0,6\xa0s"),
        (wording("en"), 9.97, "seconds", "10\xa0s"),
        (wording("en"), 3929.0, "seconds", "1\xa0h\xa005\xa0min"),
        (wording("en"), 3.72, "per_minute", "3.7 / min"),
        (wording("en"), 163.7, "per_minute", "164 / min"),
        (wording("en"), 12.0, "count", "12"),
        (wording("en"), None, "count", "\u2013"),
    ],
)
def test_values_are_written_as_readers_write_them(
    t: Wording, value: float | None, unit: Unit, expected: str
) -> None:
    assert shown(metric("any", value, unit), value, t) == expected


@pytest.mark.parametrize(
    ("language", "n", "expected"),
    [
        ("en", 0, "0 observations"),
        ("en", 1, "1 observation"),
        ("fr", 1, "1 observation"),
        ("fr", 2, "2 observations"),
    ],
)
def test_phrases_agree_with_their_number(language: str, n: int, expected: str) -> None:
    assert wording(language).count("metrics.observations", n) == expected


def test_unknown_languages_get_english() -> None:
    assert wording("de").language == "en"
    assert wording("fr-CA").language == "fr"


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        (0.0, False, "00:00"),
        (61.9, False, "01:01"),
        (61.9, True, "0:01:01"),
        (3661, False, "1:01:01"),
    ],
)
def test_clock(at: float, hours: bool, expected: str) -> None:
    assert clock(at, hours=hours) == expected
