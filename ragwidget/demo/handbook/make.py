"""Makes the handbook's PDF from its chapters: `make handbook`."""

from __future__ import annotations

from pathlib import Path

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from markdown_it import MarkdownIt
from markdown_it.token import Token

HERE = Path(__file__).parent
TARGET = HERE.parent / "documents" / "RagWidget handbook.pdf"

# the fonts that every PDF reader has know Latin-1 only
PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "…": "...", "→": "->"})
SIZES = {"h1": 22, "h2": 14}


class Handbook(FPDF):
    """A4 pages with a footer that counts them."""

    def footer(self) -> None:
        """Number the page."""
        self.set_y(-15)
        self.set_font("Helvetica", size=9)
        self.set_text_color(120)
        self.cell(0, 10, f"RagWidget handbook - page {self.page_no()}", align="C")

    def say(
        self, text: str, size: float, style: str = "", *, after: float = 3, indent: float = 0
    ) -> None:
        """Set one paragraph."""
        self.set_font("Helvetica", style=style, size=size)
        self.set_text_color(30)
        self.set_x(self.l_margin + indent)
        self.multi_cell(
            0,
            size * 0.5,
            text.translate(PLAIN),
            markdown=not style,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
            align="L",
        )
        self.ln(after)


def make() -> None:
    """Write the handbook, one chapter a page or more."""
    pdf = Handbook(format="A4")
    pdf.set_title("RagWidget handbook")
    pdf.set_margins(24, 22, 24)
    pdf.set_auto_page_break(True, margin=22)
    for chapter in sorted(HERE.glob("*.md")):
        pdf.add_page()
        _set(pdf, MarkdownIt().parse(chapter.read_text(encoding="utf-8")))
    TARGET.parent.mkdir(exist_ok=True)
    pdf.output(str(TARGET))


def _set(pdf: Handbook, tokens: list[Token]) -> None:
    heading, in_list = "", False
    for token in tokens:
        if token.type == "heading_open":
            heading = token.tag
        elif token.type in {"bullet_list_open", "bullet_list_close"}:
            in_list = token.type.endswith("open")
        elif token.type == "inline":
            text = "".join(part.content for part in token.children or ())  # without its markup
            if heading:
                pdf.ln(2)
                pdf.say(text, SIZES[heading], "B", after=4)
                heading = ""
            elif in_list:
                pdf.say("- " + text, 11, after=1, indent=5)
            else:
                pdf.say(text, 11)


if __name__ == "__main__":
    make()
