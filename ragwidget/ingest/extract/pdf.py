"""PDF: the lines of each page, where they stand and how they are set."""

from __future__ import annotations

import ctypes
import re

import pypdfium2
import pypdfium2.raw as pdfium

from ..cleaning import squeeze
from ..document import Document, Limits, Progress, Unreadable
from .layout import Line, pages_of

_MADE_UP_TITLE = re.compile(
    r"(microsoft \w+ - .*|untitled|title|.*\.(docx?|pptx?|xlsx?|pdf|tex|dvi|indd|rtf|txt))?",
    re.IGNORECASE,
)
_BOLD = re.compile(rb"bold|black|heavy|semibold|demi", re.IGNORECASE)


def extract(content: bytes, limits: Limits, on_progress: Progress) -> Document:
    """Return the text of the pages by paragraph and heading, numbered as a viewer numbers them."""
    file = _open(content)
    count = len(file)
    if count > limits.max_pages:
        raise Unreadable(
            "too_many_pages",
            f"The PDF has {count:,} pages; {limits.max_pages:,} can be read. "
            "Split it into smaller files and add those.",
        )
    sheets: list[list[Line]] = []
    chars = 0
    for number in range(count):
        lines = _lines(file, number)
        on_progress(number + 1, count)
        chars += sum(len(line.text) for line in lines)
        if chars > limits.max_chars:
            raise Unreadable(
                "too_large",
                f"The PDF holds more than {limits.max_chars:,} characters of text. "
                "Split it into smaller files and add those.",
            )
        sheets.append(lines)
    _refuse_garbled(sheets)
    pages = pages_of(sheets)
    title = squeeze(file.get_metadata_value("Title"))
    if _MADE_UP_TITLE.fullmatch(title):
        title = next((b.text for p in pages[:1] for b in p.blocks if b.kind == "heading"), "")
    return Document("pdf", title or None, pages)


def _open(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "assword" in str(error):
            raise Unreadable(
                "encrypted",
                "The PDF is protected by a password. Save a copy without it and add that.",
            ) from error
        raise Unreadable(
            "damaged",
            "The PDF is damaged or incomplete. Open it in a PDF viewer, save or print it as a new "
            "PDF and add that.",
        ) from error


def _lines(file: pypdfium2.PdfDocument, number: int) -> list[Line]:
    try:
        page = file[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []  # one broken page is no reason to lose the others
    try:
        start, lines = 0, []
        for text in text_page.get_text_range().split("\r\n"):
            if text.strip():
                lines.append(_line(text_page.raw, text, start))
            start += len(text) + 2
        return lines
    finally:
        text_page.close()
        page.close()


def _line(text_page: object, text: str, start: int) -> Line:
    """Return a line with its place and letters, measured at its first and last character."""
    first = start + len(text) - len(text.lstrip())
    last = start + len(text.rstrip()) - 1
    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text_page, first, ctypes.byref(box))
    left, bottom, height = box.left, box.bottom, box.top - box.bottom
    pdfium.FPDFText_GetLooseCharBox(text_page, last, ctypes.byref(box))
    bold = _is_bold(text_page, first) and _is_bold(text_page, last)
    return Line(text, left, box.right, bottom, box.bottom, round(height, 1), bold)


def _is_bold(text_page: object, index: int) -> bool:
    name = ctypes.create_string_buffer(80)
    pdfium.FPDFText_GetFontInfo(text_page, index, name, 80, ctypes.byref(ctypes.c_int()))
    return bool(_BOLD.search(name.value))


def _refuse_garbled(sheets: list[list[Line]]) -> None:
    """Refuse a PDF whose fonts don't say which letters their shapes are."""
    text = "".join(line.text for lines in sheets for line in lines)
    lost = sum(c == "\ufffd" or c < "\t" or "\ue000" <= c <= "\uf8ff" for c in text)
    if lost * 3 > len(text) > 0:
        raise Unreadable(
            "garbled",
            "The PDF's text is stored as shapes without letters. Run text recognition (OCR) on it "
            "and add the result.",
        )
