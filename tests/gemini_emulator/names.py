"""Names of things, as the service derives them and as it takes them."""

from __future__ import annotations

import re
import secrets
import string
from datetime import UTC, datetime

from .errors import invalid

_ID = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
_ALPHABET = string.ascii_lowercase + string.digits


def new_id(display_name: str | None) -> str:
    """Make an id from a display name; two random halves without one.

    >>> new_id("My File Search Store")[:-12], new_id("my_example_store")[:-12]
    ('my-file-search-store-', 'myexamplestore-')
    >>> new_id("test-file-search-grounding-stream")[:-12]
    'testfilesearchgroundingstre-'
    >>> len(new_id("日本語"))
    25
    """
    slug = re.sub(r"[^a-z0-9 ]", "", (display_name or "").lower()).replace(" ", "-")
    slug = slug[:27].strip("-")
    return f"{slug or _random()}-{_random()}"


def check_id(given: str) -> str:
    """Return an id, or refuse one that can't be any."""
    if not re.fullmatch(_ID, given):
        raise invalid()
    return given


def check_store_name(name: str) -> str:
    """Return the name of a store, or refuse what can't be one."""
    if not re.fullmatch(f"fileSearchStores/{_ID}", name):
        raise invalid(f"Invalid file search store name: {name}")
    return name


def now() -> str:
    """The time as the service writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _random() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))
