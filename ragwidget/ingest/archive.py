"""Looking into an Office file, which is a ZIP of XML, before anything is unpacked for good."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from xml.parsers import expat

from .document import Limits, Unreadable

_CHUNK = 1 << 16
# Small parts may pack as well as they like: they can't fill anything.
_HARMLESS_BYTES = 1_000_000
_BOMB = "The file unpacks to far more than a document holds, so it was not read."
# what zipfile and the four ways of packing raise at bytes that are not what they should be
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError),
    *(NotImplementedError, RuntimeError, ValueError),
)


@contextmanager
def opened(data: bytes) -> Iterator[zipfile.ZipFile]:
    """Lend an archive; whatever is wrong with it, also in its parts, is `Unreadable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield archive
    except _DAMAGED as error:
        raise Unreadable(
            "damaged",
            "The file is damaged or incomplete. Open it in the program that made it, "
            "save it again and add the new copy.",
        ) from error


def check(data: bytes, limits: Limits) -> None:
    """Refuse bombs, encrypted and damaged archives, and XML that defines entities.

    Sizes are counted while unpacking: those an archive states are the word of a stranger.
    """
    with opened(data) as archive:
        entries = archive.infolist()
        if len(entries) > limits.max_archive_files:
            raise Unreadable("archive_bomb", _BOMB)
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable(
                "encrypted",
                "The file is protected by a password. Save a copy without it and add that.",
            )
        left = limits.max_archive_bytes
        for entry in entries:
            left -= _check_part(archive, entry, left, limits.max_archive_ratio)


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, max_ratio: int) -> int:
    """Return the size of a part, having looked through it once."""
    allowed = min(most, max(_HARMLESS_BYTES, entry.compress_size * max_ratio))
    size = 0
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    is_xml = True
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            if size > allowed:
                raise Unreadable("archive_bomb", _BOMB)
            if is_xml:
                try:
                    parser.Parse(chunk)
                except expat.ExpatError:
                    is_xml = False  # a picture, or broken: its reader will tell
    return size


def _refuse_doctype(*_declaration: object) -> None:
    # No Office program writes one. Entities are the known way to make XML swell or read files.
    raise Unreadable(
        "hostile", "The file defines XML entities, which documents don't do, so it was not read."
    )
