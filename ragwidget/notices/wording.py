"""How mails say what strangers wrote: as plain words, in which no mail program finds a link."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app

LONGEST_WORDS = 600
MOST_LINES = 12

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
_DOTS_OF_LINKS = re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})")


def say(template: str, **values: Any) -> str:
    """Return a mail's text."""
    plain = current_app.jinja_env.overlay(trim_blocks=True, lstrip_blocks=True)
    plain.filters = {**plain.filters, "defused": defused, "quoted": quoted}
    return plain.get_template(template).render(**values)


def defused(words: str, longest: int = LONGEST_WORDS) -> str:
    r"""Return words on one line, with nothing in them that a mail program would make a link of.

    >>> defused("Win!\r\nBcc: all\n\nhttps://evil.example/x or www.evil.example, at 3.30.")
    'Win! Bcc: all https: //evil[.]example/x or www[.]evil[.]example, at 3.30.'
    """
    plain = " ".join(_HIDDEN.sub(" ", words).split()).replace("://", ": //")
    safe = _DOTS_OF_LINKS.sub("[.]", plain)
    return safe if len(safe) <= longest else safe[: longest - 1].rstrip() + "…"


def quoted(words: str) -> str:
    r"""Return words as a quotation, line by line.

    >>> quoted("Hello,\nplease call me.")
    '  > Hello,\n  > please call me.'
    """
    cut = words if len(words) <= LONGEST_WORDS else words[:LONGEST_WORDS] + "…"
    lines = cut.splitlines() or [""]
    shown = lines[:MOST_LINES] + (["…"] if len(lines) > MOST_LINES else [])
    return "\n".join(f"  > {defused(line)}".rstrip() for line in shown)
