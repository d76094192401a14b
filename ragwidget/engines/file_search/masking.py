"""What the service says, without the keys that it says it with."""

from __future__ import annotations

import re

# Google words a suspended key as "Consumer 'api_key:…' has been suspended".
_KEYS = re.compile(
    r"(\bapi_key:|[?&]key=)[^\s'\"&]+|\bAIza[\w-]+|\bAQ\.[\w-]{10,}", re.IGNORECASE | re.ASCII
)


def masked(text: str, key: str = "") -> str:
    """Return a text without a key, and without anything that looks like one of Google's.

    >>> masked("Consumer 'api_key:AIzaSy012' is suspended, marzipan too.", "marzipan")
    "Consumer 'api_key:…' is suspended, … too."
    """
    hidden = text.replace(key, "…") if key else text
    return _KEYS.sub(lambda match: f"{match[1] or ''}…", hidden)
