"""What reading makes of a file: its pages, their blocks, and the pieces they are cut into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Progress = Callable[[int, int | None], None]


class Unreadable(Exception):
    """A file that can't be read: why, and what its owner can do about it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may cost.

    The memory is address space, of which the interpreter and its libraries take some 200 MB before
    they have read a byte. Spreadsheets honestly pack forty to one; a bomb packs a thousand to one.
    """

    max_bytes: int = 25_000_000
    max_pages: int = 2_000
    max_chars: int = 5_000_000
    max_columns: int = 1_000
    max_seconds: int = 120
    max_memory_bytes: int = 1_000_000_000
    max_archive_files: int = 5_000
    max_archive_bytes: int = 200_000_000
    max_archive_ratio: int = 200


@dataclass(frozen=True, slots=True)
class Block:
    """One thing on a page: a heading, a paragraph, or a list, table or code of one line a row."""

    kind: str
    text: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of one page or slide. Formats without pages have one, and it has no number."""

    number: int | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file as its extractor understood it."""

    kind: str
    title: str | None
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a document that can be found, quoted and cited."""

    position: int
    heading: str
    page: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a whole file was: its kind, its own title if it has one, its number of pages."""

    kind: str
    title: str | None
    page_count: int | None
