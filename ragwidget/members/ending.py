"""The end of an organization, and of an account: everything goes."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, select

from ragwidget import chatbots
from ragwidget.errors import Refusal
from ragwidget.extensions import db
from ragwidget.library import Originals
from ragwidget.members import roles
from ragwidget.models import Chatbot, Organization, User


class StillOwner(Refusal):
    status = 409
    code = "still_owner"


def delete_organization(organization_id: UUID, originals: Originals) -> None:
    """Delete an organization with all that belongs to it, its members' accounts left out.

    Its files and its stores follow as soon as that can be.
    """
    while True:
        # nobody makes another chatbot between the last look and the end
        db.session.execute(select(Organization.id).filter_by(id=organization_id).with_for_update())
        left = db.session.scalars(select(Chatbot).filter_by(organization_id=organization_id)).all()
        if not left:
            break
        db.session.rollback()
        for chatbot in left:
            chatbots.remove(chatbot, originals)
    db.session.execute(delete(Organization).where(Organization.id == organization_id))
    db.session.commit()


def delete_account(user_id: UUID) -> None:
    """Delete a person's account, in the caller's commit, or refuse: `StillOwner`.

    What they did stays in the audit logs of their organizations.
    """
    if owned := roles.owned_alone(user_id):
        raise StillOwner(
            f"You are the only owner of {', '.join(owned)}. Make somebody else one, or delete it."
        )
    db.session.execute(delete(User).where(User.id == user_id))
