"""From a file or a pasted text to pieces that can be found and cited."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import sandbox
from .document import Block, Document, Limits, Page, Piece, Progress, Summary, Unreadable

__all__ = [
    "Block",
    "Document",
    "Limits",
    "Page",
    "Piece",
    "Summary",
    "Unreadable",
    "read_file",
    "read_text",
]


def _unwatched(_done: int, _total: int | None) -> None:
    pass


def read_file(
    path: Path, name: str, limits: Limits, on_progress: Progress = _unwatched
) -> tuple[Summary, list[Piece]]:
    """Return what the file is and the pieces of its text, or raise `Unreadable`.

    The name that its owner gave it only decides between plain kinds of text. `on_progress` hears of
    pages done and pages in all; what it raises ends the reading.
    """
    size = path.stat().st_size
    if size > limits.max_bytes:
        raise Unreadable(
            "too_large",
            f"The file has {size / 1e6:,.1f} MB; {limits.max_bytes / 1e6:,.0f} MB can be read. "
            "Split it into smaller files and add those.",
        )
    with path.open("rb") as file:
        return sandbox.extract(file, name, None, limits, on_progress)


def read_text(title: str, text: str, limits: Limits) -> tuple[Summary, list[Piece]]:
    """Return the pieces of a pasted text; Markdown in it is understood."""
    if not text.strip():
        raise Unreadable("empty", "The text is empty.")
    if len(text) > limits.max_chars:
        raise Unreadable(
            "too_large",
            f"The text has {len(text):,} characters; {limits.max_chars:,} can be read.",
        )
    with tempfile.TemporaryFile() as file:
        file.write(text.encode(errors="ignore"))
        file.seek(0)
        _, pieces = sandbox.extract(file, title, "markdown", limits, _unwatched)
    return Summary("text", title, None), pieces
