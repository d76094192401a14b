"""Making a key, recognizing it, revoking it; the key itself is shown once and never kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session

from ragwidget import logs
from ragwidget.database import rows_changed, writing
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.models import ApiKey, Organization, now
from ragwidget.tenancy import Keyholder

KEY_BYTES = 32
START = "rw_"  # so that scanners of secrets and people know one when they see it
SHOWN_CHARS = len(START) + 6
MOST_KEYS = 50
NOTE_EVERY = timedelta(minutes=1)


class KeyInvalid(Refusal):
    status = 401
    code = "key_invalid"
    message = "This API key is not valid. It may have been revoked."


class KeyExpired(Refusal):
    status = 401
    code = "key_expired"
    message = "This API key has expired. Make another one in the dashboard."


class TooManyKeys(Refusal):
    status = 409
    code = "too_many_keys"
    message = f"An organization can have {MOST_KEYS} API keys. Revoke one first."


def make(
    organization_id: UUID,
    name: str,
    scopes: Collection[str],
    *,
    chatbot_id: UUID | None = None,
    created_by: UUID | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Make a key for all of an organization's chatbots, or one of them; return it to show once."""
    mine = select(func.count()).select_from(ApiKey).filter_by(organization_id=organization_id)
    if (db.session.scalar(mine) or 0) >= MOST_KEYS:
        raise TooManyKeys
    key = START + secrets.token_urlsafe(KEY_BYTES)
    row = ApiKey(
        organization_id=organization_id,
        chatbot_id=chatbot_id,
        name=name,
        prefix=key[:SHOWN_CHARS],
        digest=_digest(key),
        scopes=sorted(scopes),
        created_by=created_by,
        expires_at=expires_at,
    )
    db.session.add(row)
    db.session.commit()
    return row, key


def of_organization(organization_id: UUID) -> list[ApiKey]:
    """Return an organization's keys, newest first."""
    mine = select(ApiKey).filter_by(organization_id=organization_id).order_by(ApiKey.id.desc())
    return list(db.session.scalars(mine))


def revoke(organization_id: UUID, key_id: UUID) -> str | None:
    """Let a key open nothing any more, from now on; return its name, None when there is none.

    The caller commits.
    """
    mine = ApiKey.organization_id == organization_id, ApiKey.id == key_id
    name = db.session.scalar(select(ApiKey.name).where(*mine))
    return name if rows_changed(delete(ApiKey).where(*mine)) else None


def key_in(authorization: str) -> str:
    """Return the key in a header, empty without one."""
    scheme, _, key = authorization.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def is_known(authorization: str) -> bool:
    """Tell whether a header holds one of our keys, before anything else of a request is read."""
    return db.session.scalar(_held(key_in(authorization))) is not None


def recognize(key: str) -> Keyholder:
    """Return whose key this is and what it may do, or refuse; remember that it was used."""
    row = db.session.scalar(_held(key))
    if row is None:
        raise KeyInvalid
    if row.expires_at and row.expires_at <= now():
        raise KeyExpired
    logs.about(organization=row.organization_id, api_key=row.id)
    holder = Keyholder(row.id, row.name, row.organization_id, row.chatbot_id, frozenset(row.scopes))
    if row.last_used_at is None or now() - row.last_used_at > NOTE_EVERY:
        _note_use(row.id)
    return holder


def _held(key: str) -> Select[ApiKey]:
    """Find the row of a key; one that was made while its organization was deleted opens nothing."""
    stays = Organization.ending_at.is_(None)
    return select(ApiKey).join(Organization).where(ApiKey.digest == _digest(key), stays)


def _note_use(key_id: UUID) -> None:
    # in a session of its own, because the request's may have promised to read only; and after
    # that one let go, because SQLite's one writer would wait for itself
    db.session.commit()
    with writing(), Session(db.engine) as session:
        session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now()))
        session.commit()


def _digest(key: str) -> str:
    # nobody guesses 32 random bytes, so the digest need not be slow as a password's must
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
