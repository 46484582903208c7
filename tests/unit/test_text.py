from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from analyzer.formats.markdown import escaped
from analyzer.speech import Span, Word
from tests.builders import SELLER, call_report
from tests.rendered import metric, render, short_call


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
