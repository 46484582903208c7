"""The report as plain text: who said what and when."""

from analyzer.formats.rendering import (
    Rendering,
    headings,
    said_lines,
    title_of,
    worded_notices,
    words_for,
)
from analyzer.report import CallReport


def to_text(report: CallReport, rendering: Rendering) -> str:
    """One utterance a line, under what is known of the meeting."""
    t = words_for(report, rendering)
    opening = [title_of(report, rendering, t), *headings(report, t)]
    notices = [f"! {notice}" for notice in worded_notices(report, t)]
    said = [f"[{at}] {name}: {text}" for at, name, text in said_lines(report, t)]
    blocks = (opening, notices, said or [t("transcript.empty")])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"
