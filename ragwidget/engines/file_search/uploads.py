"""What a file is called, and taken for, on its way into a store.

The service takes many types only where the type comes with the file's name, and refuses others
altogether, that it reads as plain text without complaint. Names travel in a header and must
be ASCII.
"""

from __future__ import annotations

import mimetypes
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ragwidget.engines.file_search.troubles import ServiceFailed

LONGEST_NAME = 512  # of what a store or a document is called to people
_OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    ".pdf": "application/pdf",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".rtf": "text/rtf",
    ".html": "text/html",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_ALSO = {".htm": ".html", ".xhtml": ".html", ".markdown": ".md", ".mdown": ".md", ".jpeg": ".jpg"}
_SUFFIXES = {kind: suffix for suffix, kind in _TYPES.items()}
_TEXTS = {".csv", ".tsv", ".tab", ".json", ".yaml", ".yml", ".xml", ".log", ".css", ".js", ".ts"}
_SAMPLE = 65_536

for _suffix, _kind in _TYPES.items():  # some systems know few of these, or know them otherwise
    mimetypes.add_type(_kind, _suffix)


def suffix_for(path: Path, mime_type: str | None) -> str:
    """Return the suffix under which the service takes a file, of this type if it is known."""
    kind = (mime_type or "").partition(";")[0].strip().lower()
    suffix = _ALSO.get(path.suffix.lower(), path.suffix.lower())
    if kind in _SUFFIXES:
        return _SUFFIXES[kind]
    if suffix in _TYPES:
        return suffix
    if kind.startswith("text/") or suffix in _TEXTS or is_text(path):
        return ".txt"
    raise ServiceFailed(
        "mime_refused",
        f"Gemini does not take files of this type ({kind or suffix or 'unknown'}). Save it as "
        "PDF, DOCX or plain text and add that.",
    )


@contextmanager
def named(path: Path, suffix: str) -> Iterator[Path]:
    """Lend a file under a name that can travel."""
    with TemporaryDirectory(prefix="ragwidget-") as folder:
        name = Path(folder, f"source{suffix}")
        try:
            name.symlink_to(path.absolute())
        except OSError:  # a system without links
            shutil.copyfile(path, name)
        yield name


def is_text(path: Path) -> bool:
    """Tell whether a file begins as a text in UTF-8 does."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    try:
        text = sample.decode()
    except UnicodeDecodeError as problem:
        if len(sample) < _SAMPLE or problem.start < _SAMPLE - 4:
            return False
        text = sample[: problem.start].decode()
    return "\0" not in text
