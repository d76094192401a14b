"""People and the organizations that they own."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select, update

from ragwidget.extensions import db
from ragwidget.models import Membership, Organization, User, now


def create_member(email: str, password: str, organization_name: str) -> tuple[User, Organization]:
    """Make a person and the organization they own, for the operator and the demonstration."""
    user = cast(
        "User",
        current_app.extensions["security"].datastore.create_user(
            email=email, password=hash_password(password), confirmed_at=now()
        ),
    )
    db.session.flush()
    organization = found(user.id, organization_name)
    db.session.commit()
    return user, organization


def find(email: str) -> User | None:
    """Return the person with this address, if there is one."""
    return db.session.scalar(select(User).filter_by(email=email))


def rename_organization(organization_id: UUID, name: str) -> None:
    """Give an organization another name."""
    db.session.execute(
        update(Organization).where(Organization.id == organization_id).values(name=name)
    )
    db.session.commit()


def found(user_id: UUID, name: str) -> Organization:
    """Make an organization that this person owns, in the caller's transaction."""
    organization = Organization(name=name.strip()[:120])
    db.session.add(organization)
    db.session.flush()
    db.session.add(Membership(organization_id=organization.id, user_id=user_id, role="owner"))
    return organization
