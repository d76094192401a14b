"""Who is asking: a member, in the organization they act for, or a program that has a key."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import g
from flask_login import current_user
from sqlalchemy import select

from ragwidget import logs
from ragwidget.errors import NoOrganization, NotAllowed, NotSignedIn, SecondFactorMissing
from ragwidget.extensions import db
from ragwidget.models import ROLES, Membership, Organization, User


@dataclass(frozen=True, slots=True)
class Belonging:
    """An organization that a person belongs to, and as what."""

    organization_id: UUID
    name: str
    role: str
    second_factor: bool = False  # its members need one


@dataclass(frozen=True, slots=True)
class Person:
    """The person who is signed in, with all organizations they belong to, the oldest tie first."""

    user_id: UUID
    email: str
    organizations: tuple[Belonging, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """The person who is signed in, in the organization they act for."""

    user_id: UUID
    email: str
    organization_id: UUID
    organization_name: str
    role: str
    organizations: tuple[Belonging, ...] = ()

    @property
    def needs_second_factor(self) -> bool:
        """Tell whether the organization asks its members for a second factor."""
        return any(
            one.second_factor
            for one in self.organizations
            if one.organization_id == self.organization_id
        )

    def may(self, role: str) -> bool:
        """Tell whether this member may do what that role may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def label(self) -> str:
        """Return what they are called where it says who did what."""
        return self.email


@dataclass(frozen=True, slots=True)
class Keyholder:
    """A program that an organization gave an API key to."""

    key_id: UUID
    name: str
    organization_id: UUID
    chatbot_id: UUID | None  # the only one that it may see; None: all of them
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Tell whether this key is for that; who may write a subject may read it."""
        subject = scope.partition(":")[0]
        return scope in self.scopes or f"{subject}:write" in self.scopes

    @property
    def label(self) -> str:
        """Return what it is called where it says who did what."""
        return f"API key “{self.name}”"


Caller = Member | Keyholder


def member(role: str = "viewer", *, leaving: bool = False) -> Member:
    """Return who is signed in, in the organization that they chose to act for.

    Who lacks the second factor that it asks for can do nothing there but leave.

    Refuses: `NotSignedIn`, `NoOrganization`, `SecondFactorMissing`, or `NotAllowed` when `role`
    is missing.
    """
    who = acting(person())
    if who is None:
        raise NoOrganization
    if not leaving and who.needs_second_factor and not current_user.has_second_factor:
        raise SecondFactorMissing
    if not who.may(role):
        raise NotAllowed
    return who


def acting(person: Person) -> Member | None:
    """Return a person in the organization that they chose to act for, None if there is none."""
    chosen = g.get("acts_for")
    ties = sorted(person.organizations, key=lambda one: one.organization_id != chosen)
    if not ties:
        return None
    logs.about(organization=ties[0].organization_id, member=person.user_id)
    return acting_for(person, ties[0])


def acting_for(person: Person, at: Belonging) -> Member:
    """Return a person in one of their organizations."""
    return Member(
        person.user_id, person.email, at.organization_id, at.name, at.role, person.organizations
    )


def person() -> Person:
    """Return who is signed in, whether they belong to an organization or not."""
    if not current_user.is_authenticated:
        raise NotSignedIn
    return person_of(current_user)


def person_of(user: User) -> Person:
    """Return a person with all organizations they belong to."""
    found = db.session.execute(
        select(
            Membership.organization_id,
            Organization.name,
            Membership.role,
            Organization.second_factor,
        )
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.user_id == user.id, Organization.ending_at.is_(None))
        .order_by(Membership.created_at)
    )
    ties = tuple(Belonging(*row) for row in found)
    return Person(user.id, user.email, ties)
