"""The reading process: one file in, pieces out, one JSON line each. Started by `sandbox`."""

from __future__ import annotations

import contextlib
import importlib
import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

from . import archive, kinds
from .cleaning import clean
from .decoding import decode
from .document import Block, Document, Limits, Page, Piece, Summary, Unreadable
from .split import split

_BINARY = ("pdf", "docx", "pptx", "xlsx")
_NOTHING_IN_IT = {
    "pdf": "The pages hold no text: it seems to be a scan. Run text recognition (OCR) on it and "
    "add the result.",
}
_DAMAGED = (
    "The file is damaged or incomplete. Open it in the program that made it, save it again "
    "and add the new copy."
)


def confine(limits: Limits) -> None:
    """Give up every right that reading doesn't need, before the first foreign byte is read."""
    seconds = limits.max_seconds
    for what, most in (
        (resource.RLIMIT_AS, limits.max_memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        # macOS refuses some of these; the wall clock and the caps on what we say remain.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def read(data: bytes, name: str, kind: str | None, limits: Limits) -> Document:
    """Return what is in the file, whatever it calls itself."""
    content: bytes | str = data
    kind = kind or kinds.recognize(data)
    if kind in {"docx", "pptx", "xlsx"}:
        archive.check(data, limits)
    if kind not in _BINARY:
        content = decode(data, kinds.declared_encoding(data))
        kind = kinds.recognize_text(content, name) if kind == "text" else kind
    extractor = importlib.import_module(f"{__package__}.extract.{kind}")
    return extractor.extract(content, limits, lambda *steps: say("progress", steps))


def pieces_of(document: Document, limits: Limits) -> Iterator[Piece]:
    """Yield the pieces of a document, as long as they are not too many and at least one."""
    chars = 0
    for piece in split(map(_clean, document.pages)):
        chars += len(piece.text)
        if chars > limits.max_chars:
            raise Unreadable(
                "too_large",
                f"The file holds more than {limits.max_chars:,} characters of text. "
                "Split it into smaller files and add those.",
            )
        yield piece
    if not chars:
        words = _NOTHING_IN_IT.get(document.kind, "There is no text in the file.")
        raise Unreadable("no_text", words)


def _clean(page: Page) -> Page:
    return Page(page.number, tuple(Block(b.kind, clean(b.text), b.level) for b in page.blocks))


def summarize(document: Document) -> Summary:
    """Return what the document is as a whole."""
    numbered = sum(page.number is not None for page in document.pages)
    return Summary(document.kind, document.title, numbered or None)


def say(what: str, value: Any) -> None:
    """Tell the parent one thing."""
    print(json.dumps([what, value]), flush=what != "piece")


def main(order: dict[str, Any]) -> None:
    """Read what is on standard input and tell how it ended."""
    limits = Limits(**order["limits"])
    confine(limits)
    try:
        data = sys.stdin.buffer.read(limits.max_bytes + 1)
        if len(data) > limits.max_bytes:
            raise Unreadable(
                "too_large", f"The file is larger than {limits.max_bytes // 1_000_000} MB."
            )
        document = read(data, order["name"], order["kind"], limits)
        for piece in pieces_of(document, limits):
            say("piece", (piece.heading, piece.page, piece.text))
        say("end", astuple(summarize(document)))
    except Unreadable as error:
        say("error", (error.code, error.message, repr(error.__cause__)))
    except MemoryError:
        say(
            "error",
            ("too_large", "The file needs too much memory. Split it into smaller files.", ""),
        )
    except RecursionError:
        say("error", ("damaged", "The file is nested too deeply to be read.", ""))
    except Exception as error:  # whatever a library makes of a broken file is the file's fault
        say("error", ("damaged", _DAMAGED, repr(error)[:1000]))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
