"""The originals: what owners handed in, kept as it came, under names that we made."""

from __future__ import annotations

import hashlib
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from uuid import UUID

import structlog

from ragwidget import faults
from ragwidget.database import is_full
from ragwidget.errors import DiskFull, InvalidInput, NotFound, Refusal, TooMuch
from ragwidget.library.originals.bucket import Bucket
from ragwidget.library.originals.folder import Folder

log = structlog.get_logger("ragwidget.originals")

BLOCK = 1 << 20
_KEY = re.compile(r"[0-9a-f]{32}/[0-9a-f]{32}")


class OriginalMissing(NotFound):
    code = "original_missing"
    message = "The file is in our storage no more. Delete this source and add the file again."


class OriginalsUnreachable(Refusal):
    """The storage is away; the same may well succeed later. `reason` is for the operator."""

    status = 503
    code = "storage_unavailable"
    message = "We can't reach our storage at this moment. Please try again shortly."

    def __init__(self, reason: str) -> None:
        super().__init__(retry_after=5)
        self.reason = reason


class Place(Protocol):
    """Where originals are. What is not there is a FileNotFoundError, other trouble an OSError."""

    @property
    def parts(self) -> Path | None:
        """The folder for what is not complete yet; None where that is no matter."""
        ...

    def put(self, key: str, part: Path) -> None:
        """Take over a complete file, visible all at once."""
        ...

    def lend(self, key: str) -> AbstractContextManager[Path]:
        """Lend a file on this machine."""
        ...

    def delete(self, key: str) -> None:
        """Delete a file, or find it gone."""
        ...

    def keys(self) -> Iterator[str]:
        """Name what is there."""
        ...

    def check(self) -> None:
        """Raise what is wrong with writing, reading and deleting here."""
        ...


@dataclass(frozen=True, slots=True)
class Original:
    """Where an original is, and what it is like."""

    key: str
    size_bytes: int
    content_hash: str  # SHA-256, in hexadecimal


class Originals:
    """All originals, in one place; nothing of the owner's ends up in a path.

    Whatever is asked of them raises `OriginalsUnreachable` while that place is away.
    """

    def __init__(self, folder: Path, url: str = "", key_id: str = "", secret: str = "") -> None:
        """Keep them in the bucket that the address names; without one, in the folder."""
        self._place: Place = Bucket.at(url, key_id, secret) if url else Folder(folder)

    @property
    def where(self) -> str:
        """Say where they are, for the operator."""
        return str(self._place)

    def keep(self, organization_id: UUID, source_id: UUID, data: BinaryIO, most: int) -> Original:
        """Copy what is handed in; refuse what is empty or larger than `most` bytes."""
        key = f"{organization_id.hex}/{source_id.hex}"
        with self._reaching(), self._part() as part:
            size, digest = _copy(data, part, most)
            self._place.put(key, Path(part.name))
        return Original(key, size, digest)

    @contextmanager
    def opened(self, key: str) -> Iterator[Path]:
        """Lend an original as a file on this machine, or raise `OriginalMissing`."""
        with ExitStack() as lent:
            with self._reaching():
                try:
                    path = lent.enter_context(self._place.lend(_ours(key)))
                except FileNotFoundError as problem:
                    raise OriginalMissing from problem
            yield path

    def forget(self, key: str) -> None:
        """Delete an original; it is no fault when it is gone already."""
        with self._reaching():
            self._place.delete(_ours(key))

    def check(self) -> None:
        """Raise `OriginalsUnreachable` when originals could not be kept, lent or forgotten."""
        with self._reaching():
            self._place.check()

    def copy_to(self, other: Originals) -> int:
        """Copy every original to another place; return how many there are."""
        count = 0
        with self._reaching():
            for key in filter(_KEY.fullmatch, self._place.keys()):
                organization, source = map(UUID, key.split("/"))
                with suppress(OriginalMissing):  # deleted in the meantime
                    with self.opened(key) as path, path.open("rb") as file:
                        other.keep(organization, source, file, sys.maxsize)
                    count += 1
        return count

    @contextmanager
    def _part(self) -> Iterator[IO[bytes]]:
        """Lend a file to write to; it is gone afterwards, unless it was taken over."""
        folder = self._place.parts
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        part = tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False)  # noqa: SIM115
        try:
            with part:
                yield part
        finally:
            Path(part.name).unlink(missing_ok=True)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            if is_full(problem):
                log.error("the disk is full", where=self.where)
                raise DiskFull from problem
            log.warning(
                "the originals are out of reach", where=self.where, problem=faults.kind_of(problem)
            )
            raise OriginalsUnreachable(str(problem)) from problem


def _ours(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not the key of an original")
    return key


def _copy(data: BinaryIO, part: IO[bytes], most: int) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while block := data.read(BLOCK):
        size += len(block)
        if size > most:
            raise TooMuch(
                f"file: it is larger than {most // BLOCK} MB. Split it, or make it smaller.",
                field="file",
            )
        digest.update(block)
        part.write(block)
    if size == 0:
        raise InvalidInput("file: it is empty.", field="file")
    part.flush()
    return size, digest.hexdigest()
