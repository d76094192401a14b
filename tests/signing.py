"""What the server of Alice's website does: it signs for the people it knows."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import jwt
from cast import Owner
from flask import Flask

from ragwidget import identities
from ragwidget.extensions import db
from ragwidget.models import Chatbot


def key_for(app: Flask, who: Owner, kind: str = "jwt") -> str:
    """Return a new key of this owner's chatbot."""
    with app.app_context():
        return identities.make_key(db.session.get_one(Chatbot, who.chatbot_id), kind)


def token_of(key: str, sub: str = "42", *, lasts: float = 600, **claims: Any) -> str:
    """Return a token that the website signed for one of its users."""
    return jwt.encode({"sub": sub, "exp": int(time.time() + lasts), **claims}, key, "HS256")


def signature_of(key: str, user_id: str) -> str:
    """Return the website's signature of a user's id."""
    return hmac.new(key.encode(), user_id.encode(), hashlib.sha256).hexdigest()
