"""Out of a kind of mail by the link at its foot, without signing in."""

from __future__ import annotations

from uuid import UUID

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from ragwidget.errors import NotFound
from ragwidget.extensions import db
from ragwidget.links import link
from ragwidget.models import Notice, Subscription

SALT = "ragwidget.unsubscribe"
KINDS = ("at_once", "digest")


class LinkUnknown(NotFound):
    code = "link_unknown"
    message = "This link is not one of ours, or it broke on the way. Sign in to choose your mails."


def spell_leaving(organization_id: UUID, user_id: UUID, kind: str) -> str:
    """Return the address that lets a member out of a kind of mail."""
    token = _signer().dumps([organization_id.hex, user_id.hex, kind])
    return link("unsubscribe.show", token=token)


def read_leaving(token: str) -> tuple[UUID, UUID, str]:
    """Return whom a link lets out of what, or refuse: `LinkUnknown`."""
    try:
        organization, user, kind = _signer().loads(token)
    except BadSignature as bad:
        raise LinkUnknown from bad
    return UUID(organization), UUID(user), kind


def leave(organization_id: UUID, user_id: UUID, kind: str) -> None:
    """Let a member out of a kind of mail; what is gathered for them is dropped."""
    row = db.session.get(Subscription, (organization_id, user_id), with_for_update=True)
    if row is None:
        return  # they belong to the organization no more
    if kind == "digest":
        row.digest, row.digest_at = "off", None
    else:
        row.at_once, row.mail_at = [], None
        mine = db.session.query(Notice).filter_by(organization_id=organization_id, user_id=user_id)
        mine.delete(synchronize_session=False)
    db.session.commit()


def _signer() -> URLSafeSerializer:
    config = current_app.config
    keys = [*reversed(config["OLD_SECRET_KEYS"]), config["SECRET_KEY"]]  # it signs with the last
    return URLSafeSerializer(keys, salt=SALT)
