"""Making text fit to keep: no control characters, no half characters, one spelling of accents."""

from __future__ import annotations

import re
import unicodedata

_UNKEEPABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u200b\u2060\ufeff\ufffe\uffff\u00ad]"
)
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def clean(text: str) -> str:
    r"""Return the text as it may be stored, shown and compared.

    >>> clean("cafe\u0301\x00\r\nsoft\u00adhyphen")
    'café\nsofthyphen'
    """
    return unicodedata.normalize("NFC", _UNKEEPABLE.sub("", _LINE_ENDS.sub("\n", text)))


def squeeze(text: str) -> str:
    r"""Return the text on one line, its words one space apart.

    >>> squeeze("  one\n two\u00a0three ")
    'one two three'
    """
    return " ".join(text.split())
