"""The originals: what owners handed in, kept as it came, under names that we made."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from ragwidget.errors import InvalidInput, TooMuch

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Original:
    """Where an original is, and what it is like."""

    key: str
    size_bytes: int
    content_hash: str  # SHA-256, in hexadecimal


class Originals:
    """A folder of originals; nothing of the owner's ends up in a path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, organization_id: UUID, source_id: UUID, data: BinaryIO, most: int) -> Original:
        """Copy what is handed in; refuse what is empty or larger than `most` bytes."""
        key = f"{organization_id.hex}/{source_id.hex}"
        target = self._folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        handle, part = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "wb") as file:
                while block := data.read(BLOCK):
                    size += len(block)
                    if size > most:
                        raise TooMuch(
                            f"file: it is larger than {most // BLOCK} MB. Split it, or make it "
                            "smaller.",
                            field="file",
                        )
                    digest.update(block)
                    file.write(block)
            if size == 0:
                raise InvalidInput("file: it is empty.", field="file")
            Path(part).replace(target)
        finally:
            Path(part).unlink(missing_ok=True)
        return Original(key, size, digest.hexdigest())

    @contextmanager
    def opened(self, key: str) -> Iterator[Path]:
        """Lend an original as a file on this machine."""
        yield self._path(key)

    def forget(self, key: str) -> None:
        """Delete an original; it is no fault when it is gone already."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        organization, source = (UUID(part).hex for part in key.split("/"))
        return self._folder / organization / source
