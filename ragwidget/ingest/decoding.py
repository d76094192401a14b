"""From bytes to characters, when nobody says in which encoding."""

from __future__ import annotations

import codecs

from .document import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 100_000
_TEXT_CONTROLS = frozenset("\t\n\r\f\x1b\x85")


def decode(data: bytes, declared: str | None = None) -> str:
    """Return the text in `data`, or refuse what isn't text."""
    text = data.decode(_encoding(data, declared), errors="replace")
    sample = text[:_SAMPLE]
    odd = sum(1 for c in sample if (c < " " or "\x7f" <= c < "\xa0") and c not in _TEXT_CONTROLS)
    if (odd + sample.count("\ufffd")) * 50 > len(sample):
        raise Unreadable(
            "not_text",
            "This is not a text file, and its format is not one that can be read here. "
            "Save it as PDF, DOCX or plain text and add it again.",
        )
    return text


def _encoding(data: bytes, declared: str | None) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    sample = data[:_SAMPLE]
    if b"\x00" in sample:
        return _wide_encoding(sample)
    try:
        data.decode()
    except UnicodeDecodeError:
        return _known(declared) or _guess(sample)
    return "utf-8"


def _known(declared: str | None) -> str | None:
    try:
        # Browsers read what calls itself Latin-1 as Windows-1252, and so do its authors.
        name = codecs.lookup(declared or "").name
    except LookupError:
        return None
    return "cp1252" if name in {"iso8859-1", "ascii"} else name


def _wide_encoding(sample: bytes) -> str:
    """Tell UTF-16 without its mark by the side on which the zero bytes are."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 3 * even and odd * 5 > len(sample):
        return "utf-16-le"
    if even > 3 * odd and even * 5 > len(sample):
        return "utf-16-be"
    return "utf-8"


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    western = _is_mostly_ascii(sample)
    if best is None or (western and best.encoding.startswith(("cp12", "mac_", "iso", "latin"))):
        return "cp1252" if western or best is None else best.encoding
    return best.encoding


def _is_mostly_ascii(sample: bytes) -> bool:
    """Text in which accents are rare is Western; a guesser mistakes it for its neighbours."""
    return sum(byte >= 0x80 for byte in sample) * 12 < len(sample)
