"""People and the organizations that they own."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from flask import current_app
from flask_security import hash_password
from sqlalchemy import func, select, update

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


def create_invited(email: str, password: str, *, confirmed: bool) -> User:
    """Make the account of somebody who was invited, in the caller's commit."""
    user = cast(
        "User",
        current_app.extensions["security"].datastore.create_user(
            email=email,
            password=hash_password(password),
            confirmed_at=now() if confirmed else None,
        ),
    )
    db.session.flush()
    return user


def find(email: str) -> User | None:
    """Return the person with this address, if there is one."""
    return db.session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def ask_for_second_factor(organization_id: UUID, asked: bool) -> None:
    """Let nobody act for an organization without a second factor, or with none again."""
    db.session.execute(
        update(Organization).where(Organization.id == organization_id).values(second_factor=asked)
    )
    db.session.commit()


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
