"""Who is asking, for which organization and chatbot: the one door to a tenant's rows.

Someone else's id gets the same refusal as one that does not exist, so that nobody can learn
whose ids are real.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import g
from flask_login import current_user
from sqlalchemy import select

from ragwidget import logs, visited
from ragwidget.errors import (
    ChatbotNotFound,
    ConversationNotFound,
    MessageNotFound,
    NoOrganization,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OtherOrganization,
    SecondFactorMissing,
    SourceNotFound,
    TokenInvalid,
)
from ragwidget.extensions import db
from ragwidget.models import (
    ROLES,
    Chatbot,
    Conversation,
    Membership,
    Message,
    Organization,
    Source,
    User,
)
from ragwidget.tokens import Visit

Row = TypeVar("Row")

# as browsers spell one, and nothing that only comes to the same
_ORIGIN = re.compile(
    r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?", re.IGNORECASE
)


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


def chatbots(who: Caller, *, after: UUID | None = None, limit: int | None = None) -> list[Chatbot]:
    """Return the organization's chatbots, oldest first."""
    wanted = select(Chatbot).filter_by(organization_id=who.organization_id)
    if isinstance(who, Keyholder) and who.chatbot_id is not None:
        wanted = wanted.filter_by(id=who.chatbot_id)
    if after is not None:
        wanted = wanted.where(Chatbot.id > after)
    return list(db.session.scalars(wanted.order_by(Chatbot.id).limit(limit)))


def chatbot(who: Caller, chatbot_id: UUID) -> Chatbot:
    """Return one of the organization's chatbots.

    Refuses: `ChatbotNotFound`, or `OtherOrganization` where the member belongs to that one, too.
    """
    _let_see(who, chatbot_id)
    try:
        return _one(Chatbot, ChatbotNotFound, organization_id=who.organization_id, id=chatbot_id)
    except ChatbotNotFound:
        if isinstance(who, Member):
            _refuse_elsewhere(who, chatbot_id)
        raise


def source(who: Caller, chatbot_id: UUID, source_id: UUID) -> Source:
    """Return one source of one of the organization's chatbots."""
    _let_see(who, chatbot_id)
    return _one(
        Source,
        SourceNotFound,
        organization_id=who.organization_id,
        chatbot_id=chatbot_id,
        id=source_id,
    )


def conversation(who: Caller, chatbot_id: UUID, conversation_id: UUID) -> Conversation:
    """Return one conversation of one of the organization's chatbots."""
    _let_see(who, chatbot_id)
    return _one(
        Conversation,
        ConversationNotFound,
        organization_id=who.organization_id,
        chatbot_id=chatbot_id,
        id=conversation_id,
    )


def public_chatbot(chatbot_id: UUID) -> Chatbot:
    """Return the chatbot that a visitor names, whoever it belongs to, with its organization."""
    chatbot = visited.chatbot(chatbot_id)
    if chatbot is None:
        raise ChatbotNotFound
    logs.about(organization=chatbot.organization_id, chatbot=chatbot.id)
    return chatbot


def visited_conversation(visit: Visit, conversation_id: UUID) -> Conversation:
    """Return a conversation of the visitor who holds the token."""
    return _one(
        Conversation,
        ConversationNotFound,
        chatbot_id=visit.chatbot_id,
        visitor_id=visit.visitor_id,
        id=conversation_id,
    )


def visited_message(visit: Visit, message_id: UUID) -> Message:
    """Return a message from any conversation of the visitor who holds the token."""
    found = db.session.scalar(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id == message_id,
            Conversation.chatbot_id == visit.chatbot_id,
            Conversation.visitor_id == visit.visitor_id,
        )
    )
    if found is None:
        raise MessageNotFound
    logs.about(organization=found.organization_id, conversation=found.conversation_id)
    return found


def same_chatbot(visit: Visit, chatbot_id: UUID) -> None:
    """Refuse a token that was minted for another chatbot."""
    if visit.chatbot_id != chatbot_id:
        raise TokenInvalid


def allowed_origin(origins: list[str], origin: str | None, own: str) -> bool:
    """Tell whether a page of this origin may use a chatbot with this list.

    Our own origin may, for the preview; so may a program that is no browser and names none. The
    list fails closed: empty means nowhere else.

    >>> allowed_origin(["https://example.org"], "https://example.org", "https://chat.test")
    True
    >>> allowed_origin(["*.example.org"], "https://shop.example.org", "https://chat.test")
    True
    >>> allowed_origin(["*.example.org"], "https://example.org", "https://chat.test")
    False
    >>> allowed_origin(["https://example.org"], "https://example.org.evil.net", "https://chat.test")
    False
    >>> allowed_origin([], "null", "https://chat.test")
    False
    """
    if origin is None:
        return True
    if origin == own:
        return True
    asked = _spell(origin) if _ORIGIN.fullmatch(origin) else None
    return asked is not None and any(_fits(entry, asked) for entry in origins)


def _let_see(who: Caller, chatbot_id: UUID) -> None:
    """Keep a key that is for one chatbot from the others."""
    if isinstance(who, Keyholder) and who.chatbot_id not in (None, chatbot_id):
        raise ChatbotNotFound


def _refuse_elsewhere(who: Member, chatbot_id: UUID) -> None:
    owner = db.session.scalar(select(Chatbot.organization_id).filter_by(id=chatbot_id))
    for one in who.organizations:
        if one.organization_id == owner:
            raise OtherOrganization(one.organization_id, one.name)


def _fits(entry: str, asked: tuple[str, str, int | None]) -> bool:
    scheme, host, port = asked
    wanted_scheme, _, rest = entry.rpartition("://")
    if wanted_scheme and wanted_scheme != scheme:
        return False
    if rest.startswith("*."):
        spelled = _spell(f"{wanted_scheme or scheme}://{rest[2:]}")
        return spelled is not None and host.endswith("." + spelled[1]) and (spelled[2] == port)
    return _spell(entry) == asked


def _spell(origin: str) -> tuple[str, str, int | None] | None:
    """Take an origin apart, its default port left out; None when it is no web origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    return parts.scheme, parts.hostname, None if port in {None, default} else port


def truncated(address: str) -> str | None:
    """Return the network of an address, which is all that is ever stored of it.

    >>> truncated("203.0.113.77"), truncated("2001:db8:1:2::3"), truncated("unknown")
    ('203.0.113.0/24', '2001:db8:1::/48', None)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{bits}", strict=False))


def _one(model: type[Row], refusal: type[NotFound], **who: object) -> Row:
    row = db.session.scalar(select(model).filter_by(**who))
    if row is None:
        raise refusal
    if isinstance(row, Chatbot):
        logs.about(organization=row.organization_id, chatbot=row.id)
    elif isinstance(row, Conversation):
        logs.about(conversation=row.id)
    elif isinstance(row, Source):
        logs.about(source=row.id)
    return row
