"""Real files of every kind, made when a test wants them; and some that no honest program makes."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import docx
import pypdfium2
import xlsxwriter
from fpdf import FPDF
from fpdf.enums import AccessPermission
from pptx import Presentation
from pptx.util import Inches

LOREM = "The quick brown fox jumps over the lazy dog. "


def pdf(*pages: str, title: str = "Handbook", password: str | None = None) -> bytes:
    """A PDF with a running header, a chapter heading and the given text on each page."""
    file = FPDF()
    file.set_title(title)
    file.set_auto_page_break(False)
    if password:
        file.set_encryption(password, password, permissions=AccessPermission.none())
    for number, text in enumerate(pages, 1):
        file.add_page()
        file.set_font("Helvetica", size=8)
        file.cell(0, 6, "ACME Handbook, confidential", new_x="LMARGIN", new_y="NEXT")
        file.set_font("Helvetica", "B", 18)
        file.cell(0, 12, f"Chapter {number}", new_x="LMARGIN", new_y="NEXT")
        file.set_font("Helvetica", size=11)
        for paragraph in text.split("\n\n"):
            file.multi_cell(0, 6, paragraph, new_x="LMARGIN", new_y="NEXT")
            file.ln(4)
        file.set_y(-15)
        file.set_font("Helvetica", size=8)
        file.cell(0, 5, f"Page {number} of {len(pages)}")
    return bytes(file.output())


def headed(chapters: tuple[str, ...]) -> bytes:
    """A PDF whose header names the chapter and, at its end, the page of the printed book."""
    file = FPDF()
    file.set_font("Helvetica", size=11)
    for number, chapter in enumerate(chapters, 11):
        file.add_page()
        for line in (f"About {chapter} {number}", LOREM * 5, LOREM * 4):
            file.multi_cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
            file.ln(6)
    return bytes(file.output())


def scan() -> bytes:
    """A PDF whose page is a picture."""
    file = FPDF()
    file.add_page()
    file.rect(20, 20, 100, 100, style="F")
    return bytes(file.output())


def blank_pages(count: int) -> bytes:
    """A PDF of very many pages."""
    file = pypdfium2.PdfDocument.new()
    for _ in range(count):
        file.new_page(100, 100).close()
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def word() -> bytes:
    """A Word document with a title, headings, a list and a table."""
    file = docx.Document()
    file.core_properties.title = ""
    file.add_heading("The manual", 0)
    file.add_heading("Opening hours", 1)
    file.add_paragraph("We open at nine. Crème brûlée is served from noon.")
    file.add_paragraph("Bring an umbrella", style="List Bullet")
    file.add_paragraph("Bring a friend", style="List Bullet")
    file.add_heading("Prices", 1)
    table = file.add_table(3, 2)
    for row, cells in zip(
        table.rows, (("Plan", "Price"), ("Basic", "€5"), ("Pro", "€10")), strict=True
    ):
        row.cells[0].text, row.cells[1].text = cells
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def slides() -> bytes:
    """A presentation with notes, a table and a hidden slide."""
    file = Presentation()
    first = file.slides.add_slide(file.slide_layouts[1])
    first.shapes.title.text = "Our plan"
    first.placeholders[1].text = "Grow slowly\nStay kind"
    first.notes_slide.notes_text_frame.text = "Mention the harvest."
    second = file.slides.add_slide(file.slide_layouts[5])
    second.shapes.title.text = "Numbers"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for column, (name, value) in enumerate((("Year", "2026"), ("Sales", "12"))):
        table.cell(0, column).text, table.cell(1, column).text = name, value
    hidden = file.slides.add_slide(file.slide_layouts[5])
    hidden.shapes.title.text = "Secret"
    hidden.element.set("show", "0")
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def workbook() -> bytes:
    """A workbook with a title above its table, dates, and a hidden sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("Prices")
        sheet.write(0, 0, "Price list of this year")
        sheet.write_row(2, 0, ["Plan", "Price", "From"])
        sheet.write_row(3, 0, ["Basic", 5])
        sheet.write_row(4, 0, ["Pro", 12.5])
        sheet.write_datetime(4, 2, date(2026, 3, 1), days)
        secret = book.add_worksheet("Secret")
        secret.write(0, 0, "margin")
        secret.hide()
    return out.getvalue()


def wide_workbook() -> bytes:
    """A workbook of two cells, as far from each other as can be."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "here")
        sheet.write(1_048_575, 16_383, "there")
    return out.getvalue()


def repacked(original: bytes, **parts: bytes) -> bytes:
    """An Office file in which some parts are replaced, named by the end of their path."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(original)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            key = name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.pop(key, None) or old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


WEB_PAGE = """<!doctype html>
<html><head><title>Our bakery</title><style>p { color: red }</style></head>
<body>
<header><a href="/">Home</a></header>
<nav><ul><li>Menu one</li><li>Menu two</li></ul></nav>
<div id="cookie-banner">We use cookies. <button>Accept</button></div>
<main>
<h1>Bread</h1>
<p>We bake <b>rye</b>bread &amp; rolls<br>every day.</p>
<h2>Kinds</h2>
<ul><li>Rye<ul><li>dark</li><li>light</li></ul></li><li>Wheat</li></ul>
<table><tr><th>Bread</th><th>Price</th></tr><tr><td>Rye</td><td>€4</td></tr></table>
<pre>oven --hot
  220 degrees</pre>
<dl><dt>Sourdough</dt><dd>Flour, water and time.</dd></dl>
<p hidden>Nobody sees this.</p>
</main>
<script>alert("never")</script>
<footer>Imprint</footer>
</body></html>"""

MARKDOWN = """---
title: "The guide"
---
# Start

Some *marked* `words` and a [link](https://example.org).

## Steps

1. Dig
2. Sow
   - beans

| Plant | Weeks |
| --- | --- |
| Bean | 12 |

```sh
make garden
```
"""
