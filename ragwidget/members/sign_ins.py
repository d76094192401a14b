"""Where members are signed in: the only writer of sign-ins.

A cookie can be copied, and what is signed stays signed. So it names a row, and when that is gone,
by signing out here or from another device, no copy of the cookie opens anything any more.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, g, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import password_changed, password_reset, user_authenticated
from sqlalchemy import delete, select, update

from ragwidget.database import rows_changed
from ragwidget.errors import NotFound
from ragwidget.extensions import db
from ragwidget.models import SignIn, User, now
from ragwidget.networks import truncated

LIFETIME = timedelta(days=30)
MOST = 20  # of one member; the oldest give way

_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "Chrome": "Chrome",
    "CriOS": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


class SignInNotFound(NotFound):
    code = "sign_in_not_found"
    message = "There is no such sign-in any more."


def init_app(app: Flask) -> None:
    """Let every cookie of a member name a sign-in that still stands."""
    manager: Any = app.login_manager  # type: ignore[attr-defined]
    known = manager._user_callback

    def load(named: str) -> User | None:
        sign_in, _, uniquifier = named.partition(".")
        return known(uniquifier) if _stands(sign_in) else None

    manager.user_loader(load)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end_this, app)
    user_authenticated.connect(_keep_no_address, app)
    password_changed.connect(_end_others_after, app)
    password_reset.connect(_end_others_after, app)


def of(user_id: UUID) -> list[SignIn]:
    """Return where a member is signed in, the newest first."""
    standing = select(SignIn).filter_by(user_id=user_id).where(SignIn.created_at > _oldest())
    return list(db.session.scalars(standing.order_by(SignIn.id.desc())))


def current() -> UUID | None:
    """Return the sign-in that this request came with."""
    return g.get("sign_in")


def act_for(organization_id: UUID) -> None:
    """Let the member act for one of their organizations from here on, on this device."""
    db.session.execute(
        update(SignIn).filter_by(id=current()).values(organization_id=organization_id)
    )
    db.session.commit()
    g.acts_for = organization_id


def end(user_id: UUID, sign_in_id: UUID) -> None:
    """End one sign-in of a member, whatever cookies name it, or refuse: `SignInNotFound`."""
    if not rows_changed(delete(SignIn).filter_by(user_id=user_id, id=sign_in_id)):
        raise SignInNotFound
    db.session.commit()


def end_others(user_id: UUID) -> None:
    """End all sign-ins of a member but the one that this request came with."""
    others = delete(SignIn).filter_by(user_id=user_id)
    if here := current():
        others = others.where(SignIn.id != here)
    db.session.execute(others)
    db.session.commit()


def device_of(user_agent: str) -> str:
    """Say by which browser and system a member will know their device again.

    >>> device_of("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox on Linux'
    """
    browser = _first(_BROWSERS, user_agent, r"\b{}/")
    system = _first(_SYSTEMS, user_agent, r"\b{}\b")
    return f"{browser or 'A browser'} on {system}" if system else browser or "A program"


def _first(names: dict[str, str], text: str, pattern: str) -> str:
    return next((said for sign, said in names.items() if re.search(pattern.format(sign), text)), "")


def _stands(named: str) -> bool:
    try:
        sign_in_id = UUID(named)
    except ValueError:
        return False
    standing = select(SignIn.id, SignIn.organization_id).filter_by(id=sign_in_id)
    found = db.session.execute(standing.where(SignIn.created_at > _oldest())).first()
    g.sign_in, g.acts_for = found or (None, None)
    return found is not None


def _begin(_app: Flask, user: User, **_: Any) -> None:
    """Write a sign-in down and name it in the cookies.

    The form tokens of before are no good any more: whoever had put that session into the
    member's browser would know them.
    """
    db.session.flush()
    earlier = select(SignIn.id).filter_by(user_id=user.id).order_by(SignIn.id.desc())
    too_many = list(db.session.scalars(earlier.offset(MOST - 1)))
    db.session.execute(
        delete(SignIn)
        .filter_by(user_id=user.id)
        .where(SignIn.id.in_(too_many) | (SignIn.created_at <= _oldest()))
    )
    began = SignIn(
        user_id=user.id,
        device=device_of(request.user_agent.string),
        network=truncated(request.remote_addr or ""),
    )
    db.session.add(began)
    db.session.commit()
    g.sign_in = began.id
    session["_user_id"] = f"{began.id.hex}.{user.fs_uniquifier}"
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def _keep_no_address(_app: Flask, user: User, **_: Any) -> None:
    """Take back the whole address that Flask-Security wants to keep; a sign-in has its network."""
    user.current_login_ip = user.last_login_ip = None


def _end_this(_app: Flask, **_: Any) -> None:
    if sign_in_id := g.pop("sign_in", None):
        db.session.execute(delete(SignIn).filter_by(id=sign_in_id))
        db.session.commit()


def _end_others_after(_app: Flask, user: User, **_: Any) -> None:
    """End what may have been begun with the earlier password."""
    end_others(user.id)


def _oldest() -> Any:
    return now() - LIFETIME
