"""What a report can be written as: one writer a format, by the ending of its file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from analyzer.formats.html import to_html
from analyzer.formats.markdown import to_markdown
from analyzer.formats.rendering import Rendering
from analyzer.formats.subtitles import to_srt, to_vtt
from analyzer.formats.text import to_text
from analyzer.report import CallReport

Writer = Callable[[CallReport, Rendering], str]

FORMATS: Mapping[str, Writer] = MappingProxyType(
    {"html": to_html, "md": to_markdown, "srt": to_srt, "txt": to_text, "vtt": to_vtt}
)

__all__ = ["FORMATS", "Rendering", "Writer"]
