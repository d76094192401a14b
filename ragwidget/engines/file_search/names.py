"""What the service's names look like. Its client puts them into addresses as they are."""

from __future__ import annotations

import re

from ragwidget.engines.file_search import troubles

_ID = "[a-z0-9-]{1,40}"
STORE = re.compile(f"fileSearchStores/{_ID}")
DOCUMENT = re.compile(f"fileSearchStores/{_ID}/documents/{_ID}")
OPERATION = re.compile(f"fileSearchStores/{_ID}/upload/operations/[a-z0-9-]{{1,100}}")
KEY = re.compile(r"[!-~]+")
MODEL = re.compile(r"(?:models/|tunedModels/)?[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}")


def checked(pattern: re.Pattern[str], name: str, what: str) -> str:
    """Return a name that is one; others are refused before anything is asked."""
    if not pattern.fullmatch(name) or ".." in name:
        raise troubles.malformed(what)
    return name
