"""Originals in a folder of this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Folder:
    """A folder with one folder for each organization; it is made with the first original."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    @property
    def parts(self) -> Path:
        """The folder itself, so that a part can be moved to its place at once."""
        return self._path

    def put(self, key: str, part: Path) -> None:
        """Move a complete file to its place."""
        target = self._path / key
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)

    @contextmanager
    def lend(self, key: str) -> Iterator[Path]:
        """Lend the file itself."""
        self._require()
        path = self._path / key
        path.open("rb").close()
        yield path

    def delete(self, key: str) -> None:
        """Delete a file, or find it gone."""
        (self._path / key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Name what is there."""
        self._require()
        return (path.relative_to(self._path).as_posix() for path in self._path.glob("*/*"))

    def check(self) -> None:
        """Raise what is wrong with writing here."""
        self._path.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._path, prefix=".part-") as probe:
            probe.write(b"probe")

    def _require(self) -> None:
        """Raise when the folder itself is away: then nothing can be said of what is in it."""
        if not self._path.is_dir():
            raise NotADirectoryError(f"there is no folder {self._path}")
