import dataclasses
import re
from datetime import date

import pytest
from markdown_it import MarkdownIt

from analyzer.call_type import CallType
from analyzer.coaching import Coaching
from analyzer.conversation import Quote
from analyzer.formats import Rendering
from analyzer.formats.findings_page import Findings, findings_of
from analyzer.formats.wording import wording
from analyzer.moments import Moment
from analyzer.recording import Side
from analyzer.report import CallReport
from tests.builders import SELLER, call_report
from tests.rendered import HOSTILE, render, short_call, understood_call

EN = wording("en")


def found(report: CallReport) -> Findings:
    page = findings_of(report, EN)
    assert page
    return page


def with_moments(*moments: Moment) -> CallReport:
    return dataclasses.replace(short_call(), moments=moments)


def questions(*told: tuple[Side, bool]) -> list[Moment]:
    quote = Quote(0, short_call().transcript.utterances[0].span, "How are you?")
    return [Moment("question", SELLER, side, quote, is_open=is_open) for side, is_open in told]


def test_nothing_said_leaves_no_findings() -> None:
    assert findings_of(call_report([]), EN) is None
    page = render(call_report([]), "html")
    assert 'class="findings"' not in page
    assert "## Coaching" not in render(call_report([]), "md")


def test_coaching_tells_the_best_first() -> None:
    best, improve = found(understood_call()).tips
    assert (best.is_best, best.heading, best.area) == (True, "What you did best", "Our area")
    assert (improve.is_best, improve.heading, improve.area) == (False, "To work on", "Next steps")
    assert best.finding == "Found Fine, thanks."
    assert best.try_next == "Try Fine, thanks."


def test_a_quote_says_who_when_and_where_to_read_it() -> None:
    (quote,) = found(understood_call()).tips[0].quotes
    assert (quote.name, quote.side, quote.time) == ("Speaker 2", Side.BUYER, "00:04")
    assert (quote.utterance, quote.span.start) == (1, 4.0)
    assert quote.label == "Play 00:04, Speaker 2:"


def test_a_next_step_says_who_what_and_by_when() -> None:
    dated, undated = found(understood_call()).steps
    assert (dated.who, dated.side) == ("Speaker 2", Side.BUYER)
    assert (dated.what, dated.due, dated.is_dated) == ("Fine, thanks.", "9 September 2026", True)
    assert (undated.who, undated.side) == ("Ann", Side.UNKNOWN)
    assert (undated.due, undated.is_dated) == ("No date said", False)


def test_the_note_leaves_next_steps_to_their_own_list() -> None:
    report = understood_call()
    needs = report.summary.sections[0]
    steps = dataclasses.replace(needs, key="next_steps")
    report = dataclasses.replace(
        report, summary=dataclasses.replace(report.summary, sections=(needs, steps))
    )
    note = found(report).note
    assert note
    assert [section.heading for section in note.sections] == ["Needs"]
    assert note.source == "Put into words by a model; every line is backed by what was said."
    note = found(dataclasses.replace(report, moments=())).note
    assert note
    assert [section.heading for section in note.sections] == ["Needs", "Next steps"]


def test_agenda_is_ticked_off_with_what_was_not_planned() -> None:
    agenda = found(understood_call()).agenda
    assert agenda.count == "1 of 2 covered"
    assert [item.label for item in agenda.items] == ["Covered", "Not found in what was heard"]
    assert agenda.items[0].facts == "25% of the talk · first at 00:04 · raised by Speaker 2"
    assert (agenda.items[1].facts, agenda.items[1].quotes) == ("", ())
    assert [extra.facts for extra in agenda.extras] == ["10% of the talk · from 00:04"]


def test_a_call_without_agenda_says_how_to_give_one() -> None:
    for name in ("html", "md"):
        assert "No agenda was given" in render(short_call(), name)


def test_topics_lie_on_the_timeline() -> None:
    (topic,) = found(understood_call(duration_s=10.0)).topics
    assert (topic.share, topic.split) == ("30%", "Seller 40%")
    assert topic.bars[0] == pytest.approx((40.0, 9.0))


def test_small_talk_and_fillers_are_not_listed() -> None:
    kinds = [group.kind for group in found(understood_call()).groups]
    assert kinds == ["objection", "pricing", "competitor", "question"]


def test_moments_tell_what_their_kind_knows() -> None:
    details = {g.kind: g.lines[0].detail for g in found(understood_call()).groups}
    assert details == {
        "objection": "Price",
        "pricing": "£4,800, Fine, thanks.",
        "competitor": "Fine, thanks.",
        "question": "Open",
    }


def test_questions_are_counted_by_side_and_folded() -> None:
    asked = questions((Side.SELLER, True), (Side.SELLER, False), (Side.BUYER, False))
    (group,) = found(with_moments(*asked)).groups
    assert group.count == "Seller 2, 1 open · Buyer 1, 0 open"
    assert not group.is_open


@pytest.mark.parametrize(("n", "is_open"), [(3, True), (4, False)])
def test_a_long_list_is_folded(n: int, is_open: bool) -> None:
    (question,) = questions((Side.BUYER, True))
    objection = dataclasses.replace(question, kind="objection")
    (group,) = found(with_moments(*[objection] * n)).groups
    assert (group.count, group.is_open) == (str(n), is_open)


def test_marks_are_where_moments_are() -> None:
    marks = found(understood_call(duration_s=8.0)).marks
    assert {mark.at for mark in marks} == {50.0}
    assert marks[0].label == "Objection: Price"
    assert len(marks) == 5


def test_a_scorecard_counts_its_answers() -> None:
    (card,) = found(understood_call()).scorecards
    assert card.count == "1 of 2 answered"
    assert [bool(answer.quotes) for answer in card.answers] == [True, False]
    assert "Not found in what was heard" in render(understood_call(), "html")


def test_a_team_s_own_kind_of_call_goes_by_its_slug() -> None:
    kind = found(understood_call()).call_kind
    assert kind
    assert (kind.name, kind.why) == ("Our kind", "Fine, thanks.")


def test_page_escapes_all_that_was_found() -> None:
    page = render(understood_call(HOSTILE), "html")
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 20


def test_every_quote_plays_and_leads_to_its_words() -> None:
    page = render(understood_call(), "html")
    links = re.findall(r'<a class="quote \w+" href="#(u\d+)" data-s="4.00" data-e="4.90"', page)
    assert len(links) >= 12
    assert all(f'id="{link}"' in page for link in links)


def test_markdown_takes_nothing_found_for_markup() -> None:
    html = MarkdownIt().enable("table").render(render(understood_call(HOSTILE), "md"))
    assert "<img" not in html
    assert "<em>" not in html
    assert "<code>" not in html
    assert html.count("alert(1)") >= 20


def test_markdown_has_every_part() -> None:
    written = render(understood_call(), "md")
    headings = re.findall(r"^## (.*)$", written, re.MULTILINE)
    assert headings[:7] == [
        *("Coaching", "Summary", "Next steps", "Agenda", "Key topics", "Moments", "Qualification"),
    ]
    assert "- [00:04] **Speaker 2:** Fine, thanks." in written
    assert "| Speaker 2 | Fine, thanks. | 9 September 2026 | \\[00:04\\] |" in written


def test_parts_without_findings_are_left_out() -> None:
    written = render(short_call(), "md")
    headings = re.findall(r"^## (.*)$", written, re.MULTILINE)
    assert headings == ["Coaching", "Next steps", "Agenda", "The call in numbers", "Transcript"]
    assert "stood out clearly enough" in written


def test_french_texts_keep_the_spaces_that_do_not_break() -> None:
    report = understood_call(language="fr")
    tip = dataclasses.replace(report.coaching.improve[0], finding="Un point : « Paie » ?")
    report = dataclasses.replace(report, coaching=Coaching(None, (tip,)))
    assert found(report).tips[0].finding == "Un point\u202f: «\u202fPaie\u202f»\u202f?"
    assert "9 septembre 2026" in render(report, "html", Rendering(language="fr"))


def test_a_day_is_written_as_readers_write_it() -> None:
    assert wording("fr").day(date(2026, 9, 9)) == "9 septembre 2026"


def test_long_calls_are_stamped_in_hours() -> None:
    report = understood_call(duration_s=4000.0)
    assert found(report).tips[0].quotes[0].time == "0:00:04"


@pytest.mark.parametrize(
    ("language", "kind", "board"),
    [
        ("en", "Site visit", "Talk of the board"),
        ("fr", "Visite de site", "On parle du conseil"),
    ],
)
def test_what_a_team_adds_goes_by_the_names_it_gave(language: str, kind: str, board: str) -> None:
    quote = Quote(0, short_call().transcript.utterances[0].span, "How are you?")
    moment = Moment("tracker", SELLER, Side.SELLER, quote, name="board")
    report = dataclasses.replace(
        with_moments(moment),
        call_type=CallType("site_visit", "Why", (quote,)),
        titles={
            "call_type.site_visit": {"en": "Site visit", "fr": "Visite de site"},
            "tracker.board": {"en": "Talk of the board", "fr": "On parle du conseil"},
        },
    )
    page = findings_of(report, wording(language))
    assert page
    assert page.call_kind
    assert (page.call_kind.name, page.groups[0].lines[0].detail) == (kind, board)
