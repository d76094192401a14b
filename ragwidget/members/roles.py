"""Who belongs to an organization and as what; there is always an owner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from ragwidget.errors import NotFound, Refusal
from ragwidget.extensions import db
from ragwidget.models import Membership, Organization, User, WebAuthn


class MemberNotFound(NotFound):
    code = "member_not_found"
    message = "That member is not in this organization any more."


class LastOwner(Refusal):
    status = 409
    code = "last_owner"
    message = "An organization needs an owner. Make somebody else one first."


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member, as the others see them."""

    user_id: UUID
    email: str
    role: str
    joined_at: datetime
    signed_in_at: datetime | None
    second_factor: bool


def of(organization_id: UUID) -> list[Colleague]:
    """Return who belongs to an organization, its owners first."""
    passkey = select(WebAuthn.id).where(WebAuthn.user_id == User.id, WebAuthn.usage == "secondary")
    rows = db.session.execute(
        select(
            User.id,
            User.email,
            Membership.role,
            Membership.created_at,
            User.current_login_at,
            User.tf_primary_method.is_not(None) | passkey.exists(),
        )
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id)
        .order_by(Membership.created_at)
    )
    order = ("owner", "editor", "viewer")
    return sorted((Colleague(*row) for row in rows), key=lambda one: order.index(one.role))


def change(organization_id: UUID, user_id: UUID, role: str) -> None:
    """Give a member another role, in the caller's commit, or refuse: `LastOwner`."""
    membership = _held(organization_id, user_id)
    if membership.role == "owner" and role != "owner":
        _refuse_last(organization_id)
    membership.role = role


def transfer(organization_id: UUID, owner_id: UUID, heir_id: UUID) -> None:
    """Make another member the owner in this one's place, who stays as an editor; caller commits."""
    change(organization_id, heir_id, "owner")
    if heir_id != owner_id:
        change(organization_id, owner_id, "editor")


def remove(organization_id: UUID, user_id: UUID) -> None:
    """Let a member belong to the organization no more, from this moment on; caller commits."""
    membership = _held(organization_id, user_id)
    if membership.role == "owner":
        _refuse_last(organization_id)
    db.session.execute(
        delete(Membership).filter_by(organization_id=organization_id, user_id=user_id)
    )


def owned_alone(user_id: UUID) -> list[str]:
    """Return the names of the organizations that have no owner but this person.

    Nobody else changes who owns one of theirs until the end of the transaction.
    """
    owned = select(Membership.organization_id).filter_by(user_id=user_id, role="owner")
    theirs = select(Organization.id).where(Organization.id.in_(owned)).order_by(Organization.id)
    # a lock that what both have noted there does not stand in the way of
    db.session.execute(theirs.with_for_update(key_share=True))
    owners = (
        select(Membership.organization_id)
        .where(Membership.role == "owner")
        .group_by(Membership.organization_id)
        .having(func.count() == 1)
    )
    mine = (
        select(Organization.name)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id, Membership.role == "owner")
        .where(Organization.id.in_(owners))
    )
    return list(db.session.scalars(mine.order_by(Organization.name)))


def _held(organization_id: UUID, user_id: UUID) -> Membership:
    """Return a membership, and let nobody else change one of this organization meanwhile."""
    db.session.execute(select(Organization.id).filter_by(id=organization_id).with_for_update())
    membership = db.session.get(Membership, (organization_id, user_id), populate_existing=True)
    if membership is None:
        raise MemberNotFound
    return membership


def _refuse_last(organization_id: UUID) -> None:
    owners = select(func.count()).select_from(Membership)
    mine = owners.filter_by(organization_id=organization_id, role="owner")
    if (db.session.scalar(mine) or 0) < 2:
        raise LastOwner
