"""What members are called where visitors read it."""

from __future__ import annotations

from sqlalchemy import select, update

from ragwidget.extensions import db
from ragwidget.models import Membership
from ragwidget.tenancy import Member


def display_name(who: Member) -> str:
    """Return the name that a member answers under: as chosen, or as their address begins."""
    mine = select(Membership).filter_by(organization_id=who.organization_id, user_id=who.user_id)
    membership = db.session.scalars(mine).one()
    return membership.display_name or who.email.partition("@")[0].replace(".", " ").title()


def keep_display_name(who: Member, name: str) -> None:
    """Let a member answer under this name from now on, in the caller's commit."""
    db.session.execute(
        update(Membership)
        .filter_by(organization_id=who.organization_id, user_id=who.user_id)
        .values(display_name=name)
    )
