import base64
import dataclasses
import hashlib
import re
from collections.abc import Mapping

import pytest

from analyzer.formats.page import call_page
from analyzer.formats.wording import wording
from analyzer.metrics import Source
from analyzer.recording import DealLink, Meeting, Participant, Side
from analyzer.speech import Span, Word
from tests.builders import BUYER, SELLER, call_report, words
from tests.rendered import AS_IT_COMES, HOSTILE, metric, render, short_call


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
