"""Whose Gemini key answers, and the one long-lived client that each key has in a process.

An organization's own key goes before the installation's. It is kept sealed and never leaves: what
is not ours to read any more (the secret it was sealed with is gone) is as good as no key, and the
installation's does not step in, because that would be somebody else's money.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select, update

from ragwidget.clients import Clients
from ragwidget.crypto.sealing import Seals
from ragwidget.database import reading
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini, Options
from ragwidget.extensions import db
from ragwidget.models import Deletion, Organization

SHAPE = re.compile(r"[!-~]{20,200}")


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be known of an organization's key."""

    own: bool  # it brought one
    readable: bool = True  # False: it must be entered again
    since: datetime | None = None
    installation: bool = False  # there is one for all who bring none

    @property
    def usable(self) -> bool:
        """Tell whether Gemini can be asked at all."""
        return self.readable if self.own else self.installation


def gemini_for(app: Flask, organization_id: UUID) -> Gemini | None:
    """Return the client of an organization's own key, else the installation's, else None.

    Reads in a short session of its own, from any thread.
    """
    key = _key_of(app, organization_id)
    return _client(app, key) if key else None


def gemini_of(app: Flask, organization: Organization) -> Gemini | None:
    """Return the same of an organization that has just been read."""
    key = _opened(app, organization.id, organization.gemini_key)
    return _client(app, key) if key else None


def gemini_with(app: Flask, sealed_key: str | None) -> Gemini | None:
    """Return the client of a key that `sealed_key` gave out; None names the installation's.

    None when there is no such key, or it can't be read any more.
    """
    if sealed_key is None:
        key = app.config["GEMINI_API_KEY"]
    else:
        owner, _, sealed = sealed_key.partition(".")
        key = _seals(app).unseal(sealed, _purpose(owner))
    return _client(app, key) if key else None


def fingerprint(app: Flask, organization_id: UUID) -> str | None:
    """Return what tells the key in force from others and says nothing else about it.

    It is the same whatever secret seals the key, so that stores outlast a change of secrets.
    """
    key = _key_of(app, organization_id)
    return hashlib.sha256(b"ragwidget.gemini-key:" + key.encode()).hexdigest()[:16] if key else None


def sealed_key(app: Flask, organization_id: UUID) -> str | None:
    """Return the organization's own key as it may be kept elsewhere, None for the installation's.

    It names whose it is, because the organization may be gone when the key is needed.
    """
    sealed = _sealed(app, organization_id)
    return f"{organization_id.hex}.{sealed}" if sealed else None


def warm_up(app: Flask) -> None:
    """Make the installation's client and let it get ready, so that no visitor waits for that."""
    with suppress(ServiceFailed):
        _client(app, app.config["GEMINI_API_KEY"]).warm_up()


def standing(app: Flask, organization_id: UUID) -> Standing:
    """Return what may be known of an organization's key: never the key."""
    sealed = _sealed(app, organization_id)
    installation = bool(app.config["GEMINI_API_KEY"])
    if sealed is None:
        return Standing(own=False, installation=installation)
    since = _seals(app).sealed_at(sealed, _purpose(organization_id.hex))
    return Standing(own=True, readable=since is not None, since=since, installation=installation)


def is_shaped(key: str) -> bool:
    """Tell whether this can be a key at all."""
    return SHAPE.fullmatch(key) is not None


def trouble_with(app: Flask, key: str) -> ServiceFailed | None:
    """Try a key that is not kept yet; return why it could not be used, None when it was."""
    service = Gemini(options(app, key))
    try:
        service.check()
    except ServiceFailed as trouble:
        return trouble
    finally:
        service.close()
    return None


def keep(organization_id: UUID, key: str) -> None:
    """Make this the organization's own key."""
    sealed = _seals(current_app).seal(key, _purpose(organization_id.hex))
    _write(organization_id, sealed)


def forget(organization_id: UUID) -> None:
    """Let the organization go without a key of its own."""
    _write(organization_id, None)


def reseal() -> tuple[int, int]:
    """Bring every key under the newest secret; return how many moved, and how many are lost.

    Those of what must still be deleted elsewhere are among them.
    """
    moved = lost = 0
    seals = _seals(current_app)
    for organization in db.session.scalars(
        select(Organization).where(Organization.gemini_key.is_not(None))
    ):
        resealed = seals.reseal(organization.gemini_key or "", _purpose(organization.id.hex))
        organization.gemini_key = resealed or organization.gemini_key
        moved, lost = moved + bool(resealed), lost + (not resealed)
    for errand in db.session.scalars(select(Deletion).where(Deletion.sealed_key.contains("."))):
        owner, _, sealed = (errand.sealed_key or "").partition(".")
        if resealed := seals.reseal(sealed, _purpose(owner)):
            errand.sealed_key = f"{owner}.{resealed}"
    db.session.commit()
    return moved, lost


def options(app: Flask, key: str) -> Options:
    """Return how a client with this key is made, as the settings say."""
    config = app.config
    return Options(
        key=key,
        base_url=config["GEMINI_BASE_URL"],
        api_version=config["GEMINI_API_VERSION"],
        connections=config["GEMINI_CONNECTIONS"],
        silence_seconds=config["GEMINI_SILENCE_SECONDS"],
        answer_seconds=config["GEMINI_ANSWER_SECONDS"],
        attempts=config["GEMINI_ATTEMPTS"],
        max_tokens=config["GEMINI_MAX_TOKENS"],
        thinking=config["GEMINI_THINKING"],
        safety=config["GEMINI_SAFETY"],
        model=config["GEMINI_MODEL"],
        small_model=config["GEMINI_SMALL_MODEL"],
        embedding_model=config["GEMINI_EMBEDDING_MODEL"],
        reader=config["GEMINI_READER"],
    )


def _client(app: Flask, key: str) -> Gemini:
    clients: Clients[Options, Gemini] | None = app.extensions.get("gemini")
    if clients is None:
        clients = app.extensions.setdefault("gemini", Clients(Gemini))
    return clients.get(options(app, key))


def _key_of(app: Flask, organization_id: UUID) -> str | None:
    """Return the key in force, None when there is none or the organization's can't be read."""
    return _opened(app, organization_id, _sealed(app, organization_id))


def _opened(app: Flask, organization_id: UUID, sealed: str | None) -> str | None:
    if sealed is None:
        return app.config["GEMINI_API_KEY"] or None
    return _seals(app).unseal(sealed, _purpose(organization_id.hex))


def _sealed(app: Flask, organization_id: UUID) -> str | None:
    with reading(), app.extensions["sessions"]() as session:
        return session.scalar(select(Organization.gemini_key).filter_by(id=organization_id))


def _write(organization_id: UUID, sealed: str | None) -> None:
    db.session.execute(
        update(Organization).where(Organization.id == organization_id).values(gemini_key=sealed)
    )
    db.session.commit()


def _seals(app: Flask) -> Seals:
    return Seals.of(app.config)


def _purpose(owner: str) -> str:
    return f"gemini-key:{owner}"
