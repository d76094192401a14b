"""The end of an organization, and of an account: everything goes.

An organization is nobody's from one commit on, and out of everybody's sight; what it had goes in
lots behind the pages, so that nobody waits for that, and whoever is killed at it is followed by
another.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import delete, select, update

from ragwidget import chatbots
from ragwidget.errors import ChatbotNotFound, Refusal
from ragwidget.extensions import db
from ragwidget.library import Originals
from ragwidget.members import roles
from ragwidget.models import (
    ApiKey,
    Chatbot,
    Invitation,
    Membership,
    Organization,
    Subscription,
    User,
    Webhook,
    now,
)

DOORS = (Membership, Invitation, ApiKey, Webhook, Subscription)  # by which somebody comes or hears


class StillOwner(Refusal):
    status = 409
    code = "still_owner"


def delete_organization(organization_id: UUID) -> None:
    """Begin to delete an organization with all that belongs to it; `go_on` does it.

    Its members' accounts are left out. Nobody sees anything of it from here on.
    """
    db.session.execute(select(Organization.id).filter_by(id=organization_id).with_for_update())
    ending = update(Organization).filter_by(id=organization_id, ending_at=None)
    db.session.execute(ending.values(ending_at=now()))
    for door in DOORS:
        db.session.execute(delete(door).filter_by(organization_id=organization_id))
    db.session.commit()


def due() -> list[UUID]:
    """Return the organizations that are being deleted."""
    ending = select(Organization.id).where(Organization.ending_at.is_not(None))
    found = list(db.session.scalars(ending))
    db.session.commit()
    return found


def go_on(organization_id: UUID, originals: Originals) -> bool:
    """Delete the next lot; tell whether there is more to do.

    Its files and its stores follow as soon as that can be. Whoever does a lot holds the
    organization's row, so that two workers never do the same.
    """
    found = db.session.scalar(
        select(Organization.id)
        .where(Organization.id == organization_id, Organization.ending_at.is_not(None))
        .with_for_update(skip_locked=True)
    )
    if found is None:
        db.session.commit()
        return False
    mine = select(Chatbot).filter_by(organization_id=organization_id)
    chatbot = db.session.scalar(mine.order_by(Chatbot.id).limit(1))
    if chatbot is None:
        db.session.execute(delete(Organization).where(Organization.id == organization_id))
        db.session.commit()
        return False
    if chatbot.ending_at is None:
        with suppress(ChatbotNotFound):  # another worker was quicker
            chatbots.remove(chatbot)
    else:
        chatbots.ending.go_on(chatbot.id, originals)
    return True


def delete_account(user_id: UUID) -> None:
    """Delete a person's account, in the caller's commit, or refuse: `StillOwner`.

    What they did stays in the audit logs of their organizations.
    """
    if owned := roles.owned_alone(user_id):
        raise StillOwner(
            f"You are the only owner of {', '.join(owned)}. Make somebody else one, or delete it."
        )
    db.session.execute(delete(User).where(User.id == user_id))
