"""The file of a backup: a ZIP whose last entry says what is in it.

A ZIP has its table of contents at the end and a checksum for each entry, so a file that was cut off
or changed on its way is not taken for a whole one.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, cast
from uuid import UUID

from ragwidget.errors import Misconfigured

CONTENTS = "contents.json"
TABLES = "tables/{}.jsonl"
ORIGINALS = "originals/"
BLOCK = 1 << 20

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds, and of when; `tables` are their numbers of rows."""

    revision: str | None
    taken_at: datetime
    tables: dict[str, int]
    originals: int

    def spelled(self) -> str:
        """Say how much it is."""
        return f"{sum(self.tables.values())} rows and {self.originals} originals"


class Written:
    """A backup while it is written."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file

    def write_rows(self, table: str, rows: Iterable[Row]) -> int:
        """Write the rows of a table; return how many there are."""
        count = 0
        with self._file.open(TABLES.format(table), "w", force_zip64=True) as entry:
            for row in rows:
                entry.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
                count += 1
        return count

    def write_original(self, key: str, path: Path) -> None:
        """Write a file that was uploaded."""
        entry = zipfile.ZipInfo(ORIGINALS + key)  # of no date: what matters is in the rows
        with self._file.open(entry, "w", force_zip64=True) as there, path.open("rb") as here:
            copyfileobj(here, there, BLOCK)

    def seal(self, contents: Contents) -> None:
        """Say what is in it, as the last thing."""
        said = {
            "revision": contents.revision,
            "taken_at": contents.taken_at.isoformat(),
            "tables": contents.tables,
            "originals": contents.originals,
        }
        self._file.writestr(CONTENTS, json.dumps(said, indent=1))


class Read:
    """A whole backup."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        said = json.loads(file.read(CONTENTS))
        said["taken_at"] = datetime.fromisoformat(said["taken_at"])
        self.contents = Contents(**said)

    def rows(self, table: str) -> Iterator[Row]:
        """Yield the rows of a table."""
        with self._file.open(TABLES.format(table)) as entry:
            for line in entry:
                yield json.loads(line)

    def originals(self) -> list[tuple[UUID, UUID]]:
        """Name the files that were uploaded, by organization and source."""
        names = (name for name in self._file.namelist() if name.startswith(ORIGINALS))
        return [(UUID(key[0]), UUID(key[1])) for key in (name.split("/")[1:] for name in names)]

    def open_original(self, organization_id: UUID, source_id: UUID) -> BinaryIO:
        """Open a file that was uploaded."""
        entry = self._file.open(f"{ORIGINALS}{organization_id.hex}/{source_id.hex}")
        return cast("BinaryIO", entry)


@contextmanager
def write(path: Path) -> Iterator[Written]:
    """Write a backup; under its name there is a whole one, or none."""
    if path.exists():
        raise Misconfigured(f"{path} is there already; give the backup another name.")
    part = path.with_name(f".{path.name}.part")
    try:
        # everything of everybody is in it, so it is nobody else's on this machine
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as problem:
        raise Misconfigured(f"{path} can't be written: {problem.strerror}.") from problem
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield Written(archive)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as problem:
        raise Misconfigured(f"{path} can't be written: {problem.strerror}.") from problem
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def read(path: Path) -> Iterator[Read]:
    """Read a backup; say so when it is none, or not a whole one."""
    try:
        with zipfile.ZipFile(path) as archive:
            if CONTENTS not in archive.namelist():
                raise zipfile.BadZipFile("nothing in it says what it holds")
            yield Read(archive)
    except FileNotFoundError as problem:
        raise Misconfigured(f"There is no {path}.") from problem
    except (zipfile.BadZipFile, EOFError, zlib.error) as problem:
        raise Misconfigured(f"{path} is not a whole backup: {problem}.") from problem
