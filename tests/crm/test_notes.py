"""The note of a call: what it says, in which words, and that nothing hostile gets through."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analyzer.coaching import Coaching, Tip
from analyzer.conversation import Quote
from analyzer.formats.wording import DASH
from analyzer.metrics import Metric, Source
from analyzer.moments import Moment
from analyzer.recording import Meeting, Participant, Side
from analyzer.report import CallReport
from analyzer.speech import Span
from analyzer.summary import ORDER, Section, Statement, Summary
from api.crm.note_rendering import clean, clipped, mark_of, signs
from api.crm.note_template import INLINE, LISTS, default_text, read_template
from api.crm.note_words import crm_words
from api.crm.note_writing import WRITTEN, Told, field_values, note_hash, write_note, write_tasks
from api.crm.port import CallNote
from models.errors import BadInput
from tests.builders import BUYER, SELLER, call_report, words
from tests.models.kept_calls import FIXTURES, fixture_report
from tests.timing import seconds_of

CALL = UUID("7b0c6a3e-0000-4000-8000-00000000beef")
LINK = f"https://talk.example/calls/{CALL}"
TOLD = Told(
    CALL, "A call", datetime(2026, 9, 10, 15, 20, tzinfo=UTC), "Tom", "tom@us.example", LINK
)
QUOTE = Quote(1, Span(5.0, 6.0), "That is too much")
HOSTILE = (
    "</p><script>alert(1)</script><img src=x onerror=1>",
    "{link} {summary} {{title}} {0} %(x)s {",
    "\u202egnorw si txet siht\u202c \u2066x\u2069",
    "nul\x00bell\x07\ud800half\x9b31m",
    "🎉👩‍👩‍👧‍👦 " * 20,
    "two\nlines\r\n# Heading\u2028third",
    "&lt;b&gt; &amp; <b>bold</b> ]]> -->",
    'javascript:alert(1) <a href="https://evil.example">here</a>',
    "Ref TT-0196f388-3add-4b43-903c-1982d8d79e8e",
)


def said(
    statements: Iterable[str] = (), moments: Iterable[Moment] = (), *, metrics: bool = True
) -> CallReport:
    """A call with a summary of these statements in every section."""
    ratio = Metric("talk_ratio", 0.43, "share", 1, "", Source.STEREO)
    report = call_report(
        [(SELLER, words("Hello there", 0.0)), (BUYER, words("Good morning", 5.0))],
        metrics=[ratio] if metrics else [],
        meeting=Meeting(
            participants=(Participant("Tom", Side.SELLER, "Tom@Us.example"),),
        ),
    )
    lines = tuple(Statement(one, QUOTE) for one in statements)
    sections = tuple(Section(key, lines) for key in ORDER) if lines else ()
    return replace(report, summary=Summary(sections), moments=tuple(moments))


def step(text: str, owner: str | None = SELLER, due: date | None = None) -> Moment:
    side = Side.SELLER if owner == SELLER else Side.BUYER
    return Moment("next_step", SELLER, side, QUOTE, owner=owner, due=due, text=text)


def written(
    report: CallReport, template: str | None = None, language: str = "en", limit: int = 65_536,
    told: Told = TOLD,
) -> CallNote:  # fmt: skip
    return write_note(report, told, read_template(template) if template else None, language, limit)


class Safe(HTMLParser):
    """Reads HTML and fails at whatever is not of the small set, or not closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"p", "br", "strong", "ul", "li", "a"}
        assert attrs == ([("href", LINK)] if tag == "a" else [])
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        self.text += "\n" if tag in {"p", "li"} else ""

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def check(note: CallNote, limit: int = 65_536) -> None:
    """What is so of every note."""
    plain = Safe(note.html).text.strip()
    assert note.mark == mark_of(CALL)
    assert plain.splitlines()[-1] == note.text.splitlines()[-1] == note.mark
    assert note.html.endswith(f"<p>{note.mark}</p>")
    assert max(signs(note.html), signs(note.text)) <= limit
    assert plain.lower().count("ref tt-") == note.text.lower().count("ref tt-")
    assert len(re.findall(r"(?i)tt-[0-9a-f]{8}-", plain)) == 1
    assert len(re.findall(r"(?i)tt-[0-9a-f]{8}-", note.text)) == 1
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]", note.text)


@pytest.mark.parametrize("name", FIXTURES)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_note_of_a_real_call_is_whole_and_safe(name: str, language: str) -> None:
    report = fixture_report(name)
    note = written(report, language=language)
    check(note)
    assert crm_words(language)("crm_note.shortened") not in note.text
    for section in report.summary.sections:
        if section.key in {"context", "needs", "decisions"}:
            for one in section.statements:
                assert one.text in note.text
    for one in report.moments:
        if one.kind == "competitor":
            assert str(one.name) in note.text
    assert LINK in note.text
    assert "{" not in note.text


def test_the_note_says_what_matters_and_no_tips() -> None:
    tip = Tip("rapport", "r", "You smiled a lot", (QUOTE,), "Smile more")
    moments = (
        step("Send the offer", due=date(2026, 9, 18)),
        step("Read the offer", owner=BUYER),
        Moment("objection", BUYER, Side.BUYER, QUOTE, about="price"),
        Moment("competitor", SELLER, Side.SELLER, QUOTE, name="Optima"),
        Moment("pricing", SELLER, Side.SELLER, QUOTE, amount=48_000.0, currency="EUR"),
        Moment("pricing", BUYER, Side.BUYER, QUOTE, amount=48_000.0, currency="EUR"),
    )
    report = replace(said(["They plan by hand"], moments), coaching=Coaching(best=tip))
    text = written(report).text
    for line in (
        "- Tom: Send the offer (18 September 2026)",
        "- The customer: Read the offer",
        "- Price: “That is too much”",
        "- Optima",
        "- €48,000: “That is too much”",
        "Seller's talk ratio: 43%",
    ):
        assert line in text.splitlines()
    assert "smile" not in text.lower()
    assert "You smiled a lot" in written(report, "{tips}").text


def test_the_summary_leaves_out_what_the_template_has_by_itself() -> None:
    report = said(["Told once"])
    assert written(report, "{summary}").text.count("Told once") == 4
    assert written(report, "{summary}\n# Needs\n{needs}").text.count("Told once") == 4
    assert "Objections" not in written(report, "{summary}\n{objections}").text


def test_a_heading_without_anything_known_is_left_out_with_its_words() -> None:
    template = (
        "# Steps\nPlease check:\n{next_steps}\n\n# Fixed\nAlways here.\n# Ratio\nIs {talk_ratio}"
    )
    text = written(said(metrics=False), template).text
    assert "Steps" not in text
    assert "check" not in text
    assert "Ratio" not in text
    assert "Fixed\n-----\nAlways here." in text


def test_a_line_half_known_has_a_dash_and_one_not_known_is_left_out() -> None:
    told = replace(TOLD, link=None)
    text = written(said(), "{title} with {buyers}\nSee {link}\n{{x}}", told=told).text
    assert text.splitlines()[:2] == [f"A call with {DASH}", "{x}"]
    assert "See" not in text


def test_a_heading_meant_to_stand_alone_stands() -> None:
    assert "Our note" in written(said(), "# Our note\n# Ratio\n{talk_ratio}").text


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("a\n\n{sumary}", r"line 3: there is no \{sumary\}; there are \{title\}"),
        ("{title.__class__}", r"line 1: there is no \{title.__class__\}"),
        ("ok\nSummary: {summary}", r"line 2: \{summary\} must stand alone"),
        ("# {summary}", "line 1: .* cannot be a heading"),
        ("a } b", r"line 1: a lone \}; write \}\} for one"),
        ("\r\n{title", r"line 2: a lone \{"),
        (" \n ", "is empty"),
        ("x" * 10_001, "at most 10000 signs in 300 lines"),
        ("\n" * 300 + "x", "at most 10000 signs in 300 lines"),
    ],
)
def test_a_template_that_is_wrong_says_where(template: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_template(template)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_template_that_comes_with_us_can_be_edited_and_read_again(language: str) -> None:
    blanks = read_template(default_text(language)).blanks
    assert blanks <= {*INLINE, *LISTS}
    assert "tips" not in blanks
    assert blanks == read_template(default_text("en")).blanks


@given(st.text(max_size=400))
@example("{{{title}}}")
def test_any_template_is_read_or_refused(template: str) -> None:
    try:
        read = read_template(template)
    except BadInput:
        return
    check(write_note(said(["x"]), TOLD, read, "en", 65_536))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_stay_words(text: str) -> None:
    moments = (
        step(text), step("x", owner=text),
        Moment("competitor", BUYER, Side.BUYER, QUOTE, name=text),
        replace(Moment("objection", BUYER, Side.BUYER, QUOTE), quote=replace(QUOTE, text=text)),
    )  # fmt: skip
    note = written(said([text], moments), told=replace(TOLD, title=text, rep=text))
    check(note)
    assert note.html.count("<a ") == 1
    assert "\n" not in note.title
    for task in write_tasks(said([text], moments), replace(TOLD, title=text)):
        assert task.text.endswith(task.mark)


def test_no_placeholder_in_what_was_said_is_filled() -> None:
    note = written(said(["Say {rep} and {{link}}"]), "{summary}")
    assert "Say {rep} and {{link}}" in note.text


def test_nothing_said_passes_for_the_mark_of_another_call() -> None:
    other = uuid4()
    told = replace(TOLD, title=f"{other}", rep=f"ref tt-{other}")
    note = written(said([f"Ref TT-{other}"]), "Ref TT-{title}\n{rep}\n{summary}", told=told)
    assert f"TT-{other}".lower() not in note.text.lower()
    assert f"TT-{other}".lower() not in note.html.lower()
    assert f"TT-{other}" not in written(said(), told=replace(TOLD, title=f"TT-{other}")).title
    check(note)


@pytest.mark.parametrize("limit", [400, 1_000, 5_000, 65_536])
def test_a_note_too_long_is_cut_where_it_is_longest_and_keeps_its_link(limit: int) -> None:
    many = [f"Statement {n} " + "word " * 10 for n in range(1_500)]
    full = said(many, [step("Send the offer")])
    seconds, note = seconds_of(lambda: written(full, limit=limit))
    assert seconds < 5
    check(note, limit)
    for text in (note.text, note.html):
        assert LINK in text
        assert "Shortened to fit" in text
        assert "word…" not in text
    if limit > 1_000:
        assert "Send the offer" in note.text
        assert "Statement 0 " in note.text
        assert signs(note.text) > limit - 300


def test_a_summary_of_one_endless_sentence_is_cut_between_words() -> None:
    note = written(said(["word " * 10_000]))
    check(note)
    assert "word…" in note.text


def test_a_limit_below_the_mark_is_refused() -> None:
    with pytest.raises(BadInput, match="its mark alone has 43 signs; 20 are allowed"):
        written(said(), limit=20)


def test_a_link_must_be_an_address() -> None:
    with pytest.raises(BadInput, match="TALKTRACK_PUBLIC_URL"):
        written(said(), told=replace(TOLD, link="javascript:alert(1)"))


texts = (
    st.text(max_size=60)
    | st.sampled_from(HOSTILE)
    | st.text("<>&{}\"'/ab 🎉\u202e\x00", max_size=60)
)


@given(
    st.lists(texts, max_size=12),
    st.lists(texts.map(step), max_size=4),
    texts,
    st.integers(60, 3_000),
    st.sampled_from(
        (None, "{summary}\n\n{link}", "# {title}\n\n# {rep}\n{next_steps}\n{title}{title}")
    ),
)
def test_every_note_fits_ends_with_its_mark_and_is_safe(
    statements: list[str], steps: list[Moment], title: str, limit: int, template: str | None
) -> None:
    told = replace(TOLD, title=title, rep=title)
    check(written(said(statements, steps), template, limit=limit, told=told), limit)


@given(st.text(), st.integers(1, 50))
def test_a_clipped_text_is_within_its_length(text: str, most: int) -> None:
    assert signs(clipped(clean(text), most)) <= most


def test_the_hash_tells_notes_apart_and_not_the_zone() -> None:
    report = said(["One"])
    note = written(report)
    assert note_hash(note) == note_hash(written(report))
    assert note_hash(note) != note_hash(written(said(["Two"])))
    moved = replace(note, call_at=note.call_at.astimezone())
    assert note_hash(moved) == note_hash(note)
    assert re.fullmatch("[0-9a-f]{64}", note_hash(note))


def test_only_the_sellers_own_steps_become_tasks_each_once() -> None:
    steps = (
        step("Send the offer.", due=date(2026, 9, 18)),
        step("send  THE offer"),
        step("Sign", BUYER),
    )
    (task,) = write_tasks(said(["x"], steps), TOLD)
    assert (task.title, task.due_on, task.owner_email) == (
        "Send the offer.",
        date(2026, 9, 18),
        "tom@us.example",
    )
    assert task.mark != mark_of(CALL)
    assert mark_of(CALL) not in task.text
    again = write_tasks(said((), steps[1:]), TOLD)
    assert [one.mark for one in again] == [task.mark]
    (other,) = write_tasks(said((), steps[1:]), replace(TOLD, call_id=uuid4()))
    assert other.mark != task.mark


def test_fields_get_the_step_due_first_and_nothing_where_nothing_was_heard() -> None:
    steps = (
        step("Later", due=date(2026, 10, 1)),
        step("Sooner", due=date(2026, 9, 18)),
        step("Any"),
    )
    values = field_values(said(["Hand"], steps), {name: name for name in WRITTEN}, "en")
    assert values["next_step"] == "Tom: Sooner (18 September 2026)"
    assert values["next_step_date"] == "2026-09-18"
    assert values["summary"].splitlines()[0] == "Context: Hand"
    assert set(values) == {"next_step", "next_step_date", "summary"}
    assert field_values(said(), {name: name for name in WRITTEN}) == {}


def test_a_value_is_cut_to_its_field() -> None:
    values = field_values(said(["word " * 100]), {"f": "summary"}, "en", {"f": 30})
    assert values["f"] == "Context: word word word word…"


def test_an_unknown_value_is_refused() -> None:
    with pytest.raises(BadInput, match="fields: f: there is no 'tips'; there are next_step"):
        field_values(said(), {"f": "tips"})


def test_the_page_has_every_placeholder_and_its_example_is_sound() -> None:
    page = (Path(__file__).parents[2] / "docs" / "crm-notes.md").read_text("utf-8")
    told = re.findall(r"^\| `\{(\w+)\}` \|", page, re.MULTILINE)
    assert told == [*INLINE, *LISTS]
    (sample,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    assert read_template(sample).blanks
    assert sample.strip() == default_text("en").strip()
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(WRITTEN)
