"""What a website signs with for its visitors: one key for a chatbot, sealed, shown only once.

A key says in its first letters what it is for. One that signs user ids must not sign tokens too:
to whoever may choose their own user id, a website would sign a whole token as if it were a name.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from ragwidget import chatbots
from ragwidget.crypto.sealing import Seals
from ragwidget.errors import IdentityInvalid
from ragwidget.extensions import db
from ragwidget.identities.people import give_new_ids
from ragwidget.models import Chatbot

KINDS = ("jwt", "hmac")
KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyStanding:
    """What may be known of a chatbot's key."""

    kind: str | None = None  # None: there is no key, or it can't be read
    since: datetime | None = None
    readable: bool = True  # False: another one must be made


def make_key(chatbot: Chatbot, kind: str = "jwt") -> str:
    """Give the chatbot a new key of this kind, and return it: nobody can read it afterwards.

    What an earlier key signed is void from now on, and so are the tokens that it led to.
    """
    key = f"{kind}_{secrets.token_urlsafe(KEY_BYTES)}"
    give_new_ids(chatbot.id)
    chatbots.change(chatbot, identity_key=_seals().seal(key, _purpose(chatbot)))
    return key


def remove_key(chatbot: Chatbot) -> None:
    """Let nobody be signed for any more; void what was."""
    give_new_ids(chatbot.id)
    chatbots.change(chatbot, identity_key=None)


def key_of(chatbot: Chatbot, kind: str) -> str:
    """Return the chatbot's key if it is of this kind, or refuse what was signed with another."""
    sealed = chatbot.identity_key
    key = sealed and _seals().unseal(sealed, _purpose(chatbot))
    if not key:
        raise IdentityInvalid("This chatbot has no identity key. Make one on its Install page.")
    if not key.startswith(f"{kind}_"):
        raise IdentityInvalid(f"This chatbot's identity key is not for {kind.upper()}.")
    return key


def standing(chatbot: Chatbot) -> KeyStanding:
    """Return what may be known of the chatbot's key: never the key."""
    if chatbot.identity_key is None:
        return KeyStanding()
    key = _seals().unseal(chatbot.identity_key, _purpose(chatbot))
    if key is None:
        return KeyStanding(readable=False)
    since = _seals().sealed_at(chatbot.identity_key, _purpose(chatbot))
    return KeyStanding(key.partition("_")[0], since)


def reseal() -> tuple[int, int]:
    """Bring every key under the newest secret; return how many moved, and how many are lost."""
    moved = lost = 0
    for chatbot in db.session.scalars(select(Chatbot).where(Chatbot.identity_key.is_not(None))):
        resealed = _seals().reseal(chatbot.identity_key or "", _purpose(chatbot))
        chatbot.identity_key = resealed or chatbot.identity_key
        moved, lost = moved + bool(resealed), lost + (not resealed)
    db.session.commit()
    return moved, lost


def _seals() -> Seals:
    return Seals.of(current_app.config)


def _purpose(chatbot: Chatbot) -> str:
    return f"identity-key:{chatbot.id.hex}"
