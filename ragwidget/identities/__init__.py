"""People whom a website knows: the only writer of identities.

`keys` are what a website signs with, `proofs` read what it signed, `people` are who it signed for.
"""

from ragwidget.identities.keys import (
    KINDS,
    KeyStanding,
    key_of,
    make_key,
    remove_key,
    reseal,
    standing,
)
from ragwidget.identities.people import Person, forget, forget_unseen, known, recognize, speaker
from ragwidget.identities.proofs import check_signature, read_token

__all__ = [
    "KINDS",
    "KeyStanding",
    "Person",
    "check_signature",
    "forget",
    "forget_unseen",
    "key_of",
    "known",
    "make_key",
    "read_token",
    "recognize",
    "remove_key",
    "reseal",
    "speaker",
    "standing",
]
