"""A folder and a bucket that originals are kept in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from storage import Kept, Storage, storage_server

from ragwidget.library.originals import Originals, bucket

__all__ = ["hasty", "in_bucket", "in_folder", "kept", "storage", "temporary"]


@pytest.fixture(scope="module")
def storage() -> Iterator[Storage]:
    """A real S3 server."""
    with storage_server() as server:
        yield server


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for this machine's temporary files, with nothing in it."""
    path = tmp_path / "temporary"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


@pytest.fixture
def in_folder(tmp_path: Path) -> Kept:
    """A folder with nothing in it."""
    folder = tmp_path / "originals"

    def names() -> set[str]:
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix() for path in files}

    return Kept(Originals(folder), str(folder), names)


@pytest.fixture
def in_bucket(storage: Storage, tmp_path: Path, temporary: Path) -> Kept:
    """A place in a bucket with nothing in it."""
    prefix = f"house/{uuid4().hex}"

    def names() -> set[str]:
        left_behind = {f"temporary {path.name}" for path in temporary.iterdir()}
        seen = storage.names(prefix)
        return {name.removeprefix(f"{prefix}/") for name in seen} | left_behind

    return Kept(storage.originals(prefix), prefix, names)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try twice only, and without patience."""
    monkeypatch.setattr(bucket, "ATTEMPTS", 2)
    monkeypatch.setattr(bucket, "SILENCE_SECONDS", 0.2)


@pytest.fixture(params=["in_folder", "in_bucket"])
def kept(request: pytest.FixtureRequest) -> Kept:
    """A folder and a bucket in turn."""
    return request.getfixturevalue(request.param)
