"""Plain text: paragraphs are what blank lines part."""

from __future__ import annotations

import re

from ..cleaning import squeeze
from ..document import Block, Document, Limits, Page, Progress

_ITEM = re.compile(r"\s*(?:[-*•·–]|\d{1,3}[.)])\s+\S")


def extract(content: str, limits: Limits, on_progress: Progress) -> Document:
    """Return the paragraphs and lists of a plain text."""
    # A form feed is where a typewriter took a new sheet; nobody cites those sheets by number.
    text = content.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    blocks = [_block(part) for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    return Document("text", None, (Page(None, tuple(blocks)),))


def _block(part: str) -> Block:
    lines = [line.rstrip() for line in part.splitlines() if line.strip()]
    if len(lines) > 1 and sum(bool(_ITEM.match(line)) for line in lines) * 2 >= len(lines):
        return Block("list", "\n".join(lines))
    return Block("paragraph", squeeze(part))
