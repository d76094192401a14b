"""What programs of an organization prove themselves with at the owner API.

`keyring` makes, recognizes and revokes keys; `once` carries a call out a single time.
"""

from ragwidget.api_keys.keyring import (
    KeyExpired,
    KeyInvalid,
    TooManyKeys,
    is_known,
    key_in,
    make,
    of_organization,
    recognize,
    revoke,
)
from ragwidget.api_keys.scopes import READ_ONLY, SCOPES, SUBJECTS

__all__ = [
    "READ_ONLY",
    "SCOPES",
    "SUBJECTS",
    "KeyExpired",
    "KeyInvalid",
    "TooManyKeys",
    "is_known",
    "key_in",
    "make",
    "of_organization",
    "recognize",
    "revoke",
]
