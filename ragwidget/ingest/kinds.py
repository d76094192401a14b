"""What kind of file this is, by what is in it and not by what it is called."""

from __future__ import annotations

import csv
import re

from . import archive
from .document import Unreadable

_OFFICE_PARTS = (
    (b"wordprocessingml.document.main+xml", "docx"),
    (b"ms-word.document.macroEnabled.main+xml", "docx"),
    (b"presentationml.presentation.main+xml", "pptx"),
    (b"presentationml.slideshow.main+xml", "pptx"),
    (b"ms-powerpoint.presentation.macroEnabled.main+xml", "pptx"),
    (b"spreadsheetml.sheet.main+xml", "xlsx"),
    (b"ms-excel.sheet.macroEnabled.main+xml", "xlsx"),
)
_OLD_OFFICE = (
    ("WordDocument", "an old Word document (.doc)", "DOCX"),
    ("Workbook", "an old Excel workbook (.xls)", "XLSX"),
    ("PowerPoint Document", "an old PowerPoint presentation (.ppt)", "PPTX"),
)
_UNPACK = "Unpack it and add the files inside one by one."
_DESCRIBE = "Only text can be read: put what it shows into a text document."
_FOREIGN = (
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a[^ ]|BM.{4}\x00{4}|II\*\x00|MM\x00\*|RIFF.{4}WEBP|"
     rb".{4}ftyp(heic|heix|mif1|avif)|8BPS\x00|\x00\x00\x01\x00", "an image", _DESCRIBE),
    (rb"MZ.{0,8}\x00|\x7fELF|\xcf\xfa\xed\xfe|\xca\xfe\xba\xbe|\x00asm|dex\n", "a program",
     "Only documents can be read."),
    (rb"\x1f\x8b|7z\xbc\xaf\x27\x1c|Rar!\x1a|\xfd7zXZ|BZh[1-9]1AY|\x28\xb5\x2f\xfd|.{257}ustar",
     "an archive", _UNPACK),
    (rb"\{\\rtf", "a rich text document (.rtf)", "Save it as DOCX or PDF and add that."),
    (rb"%!PS", "a PostScript file", "Save it as PDF and add that."),
    (rb"ID3[\x02-\x04]|OggS\x00|fLaC\x00|RIFF.{4}(WAVE|AVI )|.{4}ftyp|\x1aE\xdf\xa3|\xff[\xfb\xf3]",
     "a recording", "Only text can be read: add a transcript of it."),
    (rb"SQLite format 3\x00", "a database", "Export its tables as CSV and add those."),
)  # fmt: skip
_HTML = re.compile(
    r"(?>\s+|<!--.*?-->|<\?xml[^>]*\?>)*+<(?:!doctype\s+html|html|head|body|title|meta|main|article|"
    r"section|div|h[1-6]|p|ul|ol|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKDOWN = re.compile(r"^(?:#{1,6} \S|```|\[[^\]\n]+\]: |\|? ?:?-{3,}:? ?\|)", re.MULTILINE)
_MARKDOWN_NAMES = (".md", ".markdown", ".mdown", ".mdx")
_PAGE_NAMES = (".html", ".htm", ".xhtml")
_TABLE_NAMES = (".csv", ".tsv", ".tab")
_SAMPLE = 20_000


def recognize(data: bytes) -> str:
    """Return "pdf", "docx", "pptx" or "xlsx", or "text" for what may turn out to be text.

    Refuses every other format by its name, with what to do instead.
    """
    if not data.strip(b"\x00 \t\r\n"):
        raise Unreadable("empty", "The file is empty.")
    if data.lstrip().startswith(b"%PDF-") or (b"%PDF-" in data[:1024] and b"startxref" in data):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_zip(data)
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _refusal_of_ole(data)
    for magic, what, advice in _FOREIGN:
        if re.match(magic, data[:512], re.DOTALL):
            raise Unreadable("unsupported", f"This is {what}. {advice}")
    return "text"


def recognize_text(text: str, name: str) -> str:
    """Return "html", "csv", "markdown" or "text".

    Plain texts differ in nothing but custom, so here the name may decide where the content doesn't.
    """
    name, sample = name.lower(), text[:_SAMPLE].lstrip("\ufeff")
    if _HTML.match(sample):
        return "html"
    if re.match(r"\s*<(\?xml|svg)\b", sample, re.IGNORECASE):
        raise Unreadable(
            "unsupported",
            "This is an XML file. Save what it says as HTML or plain text and add that.",
        )
    if name.endswith(_PAGE_NAMES) and re.search(r"<[a-zA-Z]+[ />]", sample):
        return "html"
    if name.endswith(_TABLE_NAMES):
        return "csv"
    if name.endswith(_MARKDOWN_NAMES):
        return "markdown"
    if _is_table(sample, whole=len(text) <= _SAMPLE):
        return "csv"
    return "markdown" if _MARKDOWN.search(sample) else "text"


def _kind_of_zip(data: bytes) -> str:
    with archive.opened(data) as parts:
        names = set(parts.namelist())
        if "[Content_Types].xml" in names:
            with parts.open("[Content_Types].xml") as part:
                types = part.read(1_000_000)
            for content_type, kind in _OFFICE_PARTS:
                if content_type in types:
                    return kind
        if "mimetype" in names:
            with parts.open("mimetype") as part:
                raise _refusal_of_mimetype(part.read(100))
    raise Unreadable("unsupported", f"This is an archive. {_UNPACK}")


def _refusal_of_mimetype(mimetype: bytes) -> Unreadable:
    if b"opendocument" in mimetype:
        kind = (
            "XLSX"
            if b"spreadsheet" in mimetype
            else "PPTX"
            if b"presentation" in mimetype
            else "DOCX"
        )
        return Unreadable(
            "unsupported", f"This is an OpenDocument file. Save it as {kind} or PDF and add that."
        )
    if b"epub" in mimetype:
        return Unreadable("unsupported", "This is an e-book (.epub). Save it as PDF and add that.")
    return Unreadable("unsupported", f"This is an archive. {_UNPACK}")


def _refusal_of_ole(data: bytes) -> Unreadable:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return Unreadable(
            "encrypted",
            "The file is protected by a password. Save a copy without the password and add that.",
        )
    for stream, what, better in _OLD_OFFICE:
        if stream.encode("utf-16-le") in data:
            return Unreadable("unsupported", f"This is {what}. Save it as {better} and add that.")
    return Unreadable(
        "unsupported", "This is an old Office file. Save it as DOCX, XLSX or PPTX and add that."
    )


def _is_table(sample: str, *, whole: bool) -> bool:
    """Tell whether at least three rows all have the same two or more cells."""
    lines = sample.splitlines() if whole else sample.splitlines()[:-1]
    lines = [line for line in lines if line.strip()]
    if len(lines) < 3:
        return False
    for delimiter in "\t;,":
        try:
            widths = {len(row) for row in csv.reader(lines[:50], delimiter=delimiter)}
        except csv.Error:
            continue
        if len(widths) == 1 and widths.pop() > (2 if delimiter == "," else 1):
            return True
    return False


def declared_encoding(data: bytes) -> str | None:
    """Return the encoding that a web page says it is in.

    >>> declared_encoding(b'<meta charset="iso-8859-2">')
    'iso-8859-2'
    """
    found = re.search(
        rb"<(?:meta|\?xml)[^>]*(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", data[:4096]
    )
    return found[1].decode("ascii", "replace") if found else None
