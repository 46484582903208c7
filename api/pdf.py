"""Pages of paper: text of any language, headings, tables that go on over pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from analyzer.formats.rendering import one_line
from analyzer.speech import UNREADABLE

FONT = "DejaVu"
_FACES = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_BODY, _SMALL, _HEADING, _TITLE = 9.0, 7.5, 13.0, 18.0
_INK, _GREY = 25, 105
_INDENT = 6.0
_RULE = (205, 208, 214)
_HEAD = FontFace(emphasis="BOLD", fill_color=(238, 240, 243))


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself."""

    title: str
    language: str
    made_at: datetime


class Paper(FPDF):
    """A document of A4 pages with numbers at their feet; all text is taken as it is."""

    def __init__(self, about: About) -> None:
        super().__init__(format="A4")
        self.about = about
        for style, name in _FACES.items():
            self.add_font(FONT, style, _fonts() / name)
        self.set_font(FONT)
        face = self.current_font
        self._signs: frozenset[int] = frozenset(getattr(face, "cmap", ()))
        self.set_title(one_line(about.title))
        self.set_lang(about.language)
        self.set_creation_date(about.made_at)
        self.set_producer("Talktrack")
        self.set_margin(16)
        self.set_auto_page_break(True, 18)
        self.alias_nb_pages()
        self.add_page()

    def footer(self) -> None:
        """The title and the number of the page."""
        self.set_y(-13)
        self._ink(_SMALL, _GREY)
        self.cell(0, 5, _cut(self._held(self.about.title), 90))
        self.set_x(-40)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")

    def title_line(self, text: str) -> None:
        """The name of the document."""
        self._write(text, _TITLE, "B", after=1)

    def heading(self, text: str, *, needs: float = 45) -> None:
        """The name of a part, on a new page unless `needs` millimetres are left on this one."""
        if self.will_page_break(needs):
            self.add_page()
        self.ln(3)
        self._write(text, _HEADING, "B", after=1)

    def subheading(self, text: str) -> None:
        """The name of a part of a part."""
        if self.will_page_break(18):
            self.add_page()
        self.ln(1.5)
        self._write(text, _BODY + 1, "B", after=0.5)

    def paragraph(self, text: str) -> None:
        """Lines of text."""
        self._write(text, _BODY, after=1)

    def note(self, text: str) -> None:
        """Lines of small grey text."""
        self._write(text, _SMALL, ink=_GREY, after=0.5)

    def quoted(self, text: str, where: str) -> None:
        """Words that were said, a little to the right, and where they play."""
        self.set_left_margin(self.l_margin + _INDENT)
        self._write(text, _BODY, after=0)
        self._write(where, _SMALL, ink=_GREY, after=1)
        self.set_left_margin(self.l_margin - _INDENT)
        self.set_x(self.l_margin)

    def grid(
        self,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        widths: Sequence[float],
        words: int,
    ) -> None:
        """A table whose head is told again on each page; its first `words` columns are words."""
        self._ink(_SMALL, _INK)
        self.set_fill_color(255)
        self.set_draw_color(*_RULE)
        align = tuple("LEFT" if at < words else "RIGHT" for at in range(len(head)))
        with self.table(
            col_widths=tuple(widths),
            text_align=align,
            headings_style=_HEAD,
            line_height=4.2,
            padding=0.8,
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            for row in (head, *rows):
                table.row([self._held(cell) for cell in row])
        self.ln(2)

    def label(self, x: float, y: float, text: str, *, width: float) -> None:
        """A small word of a drawing, in the middle of a box that begins there."""
        self._ink(_SMALL - 1, _GREY)
        self.set_xy(x, y)
        self.cell(width, 3.2, self._held(text), align="C")

    def label_width(self, text: str) -> float:
        """How wide a label is."""
        self._ink(_SMALL - 1, _GREY)
        return self.get_string_width(self._held(text))

    def _write(
        self, text: str, size: float, style: str = "", *, ink: int = _INK, after: float = 0
    ) -> None:
        if not text.strip():
            return
        self.set_x(self.l_margin)
        self._ink(size, ink, style)
        self.multi_cell(
            0, size * 0.48, self._held(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.ln(after)

    def _held(self, text: str) -> str:
        """The text as the font can write it: signs it does not have are shown as such."""
        known = self._signs
        return "".join(sign if ord(sign) in known else UNREADABLE for sign in one_line(text))

    def _ink(self, size: float, grey: int, style: str = "") -> None:
        self.set_font(FONT, style, size)
        self.set_text_color(grey)


def _fonts() -> Path:
    """Where matplotlib keeps the fonts it brings; it is not loaded for that."""
    found = find_spec("matplotlib")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("matplotlib, whose fonts are needed, is not installed")
    return Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"
