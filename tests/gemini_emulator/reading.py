"""From an uploaded file to passages: text, cut at white space, with the page where there is one."""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass

from .searching import Passage, terms

MOST_TEXT = 4_000_000  # characters of a document that are searched; more would only cost memory
TOKENS_PER_CHUNK, OVERLAP = 200, 20
_WORD = re.compile(r"\S+")
_TEXT_PART = re.compile(
    r"word/document\.xml|ppt/slides/slide\d+\.xml|xl/sharedStrings\.xml|content\.xml"
)
_BLOCK_END = re.compile(r"</(?:\w+:)?(?:p|h|tr|si)>")
_TAG = re.compile(r"<[^>]*>")
_SENTENCE_END = re.compile(r"[.!?:]['\"”’)]*$")


class Unreadable(Exception):
    """The file can't be made into text."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """How long passages are, in white-space tokens."""

    tokens: int = TOKENS_PER_CHUNK
    overlap: int = OVERLAP


def passages_of(data: bytes, mime_type: str, cutting: Cutting) -> list[Passage]:
    """Read a file and cut it."""
    passages, left = [], MOST_TEXT
    for page, text in pages_of(data, mime_type):
        for piece in cut(text[:left], cutting):
            passages.append(Passage(piece, page, terms(piece)))
        left = max(0, left - len(text))
    return passages


def pages_of(data: bytes, mime_type: str) -> list[tuple[int | None, str]]:
    """Return the text of a file, page by page where it has pages."""
    try:
        if mime_type == "application/pdf":
            return _pdf(data)
        if mime_type.startswith("image/"):
            return []
        if data.startswith(b"PK"):
            return [(None, _office(data))]
        if mime_type in {"text/html", "application/xhtml+xml"}:
            from selectolax.lexbor import LexborHTMLParser

            tree = LexborHTMLParser(data)
            for node in tree.css("script, style, template"):
                node.decompose()
            return [(None, tree.body.text(separator="\n") if tree.body else "")]
    except Exception as error:  # whatever a library makes of a broken file
        raise Unreadable(f"Failed to parse the document: {error}") from error
    if b"\0" in data[:1000]:
        return [(None, "")]  # a format this emulator doesn't look into
    return [(None, data.decode("utf-8-sig", "replace"))]


def cut(text: str, cutting: Cutting) -> list[str]:
    """Cut a text into overlapping pieces, at the end of a sentence where one is near.

    >>> cut("One two. Three four five six.", Cutting(4, 1))
    ['One two. Three four', 'four five six.']
    """
    words = list(_WORD.finditer(text))
    pieces, start = [], 0
    while start < len(words):
        end = min(start + cutting.tokens, len(words))
        if end < len(words):
            nearest = range(end, start + cutting.tokens * 3 // 4, -1)
            end = next((n for n in nearest if _SENTENCE_END.search(words[n - 1][0])), end)
        pieces.append(text[words[start].start() : words[end - 1].end()])
        if end == len(words):
            break
        start = max(end - cutting.overlap, start + 1)
    return pieces


def _office(data: bytes) -> str:
    """Return the text of a ZIP of XML, which all newer Office formats are, roughly."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [name for name in archive.namelist() if _TEXT_PART.fullmatch(name)]
        xml = "\n\n".join(archive.read(name).decode() for name in sorted(parts))
    return html.unescape(_TAG.sub("", _BLOCK_END.sub("\n\n", xml)))


def _pdf(data: bytes) -> list[tuple[int | None, str]]:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        pages: list[tuple[int | None, str]] = []
        for number, page in enumerate(document, 1):
            pages.append((number, page.get_textpage().get_text_bounded().replace("\r\n", "\n")))
        return pages
    finally:
        document.close()
