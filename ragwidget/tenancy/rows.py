"""The rows that a caller or a visitor may have; someone else's are not found."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from ragwidget import logs
from ragwidget.crypto.tokens import Visit
from ragwidget.errors import (
    ChatbotNotFound,
    ConversationNotFound,
    MessageNotFound,
    NotFound,
    OtherOrganization,
    SourceNotFound,
    TokenInvalid,
)
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, Source
from ragwidget.tenancy import visited
from ragwidget.tenancy.callers import Caller, Keyholder, Member

Row = TypeVar("Row")


def chatbots(who: Caller, *, after: UUID | None = None, limit: int | None = None) -> list[Chatbot]:
    """Return the organization's chatbots, oldest first."""
    wanted = select(Chatbot).filter_by(organization_id=who.organization_id, ending_at=None)
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
        return _one(
            Chatbot,
            ChatbotNotFound,
            organization_id=who.organization_id,
            id=chatbot_id,
            ending_at=None,
        )
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
        _stays(Source.chatbot_id),
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
        _stays(Conversation.chatbot_id),
        organization_id=who.organization_id,
        chatbot_id=chatbot_id,
        id=conversation_id,
    )


def public_chatbot(chatbot_id: UUID) -> Chatbot:
    """Return the chatbot that a visitor names, whoever it belongs to, with its organization."""
    return chatbot_asked(chatbot_id, None)[0]


def chatbot_asked(chatbot_id: UUID, client_id: UUID | None) -> tuple[Chatbot, UUID | None]:
    """Return the same, and the question that bears already what a page calls its own."""
    chatbot, question_id = visited.chatbot(chatbot_id, client_id)
    if chatbot is None:
        raise ChatbotNotFound
    logs.about(organization=chatbot.organization_id, chatbot=chatbot.id)
    return chatbot, question_id


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


def _let_see(who: Caller, chatbot_id: UUID) -> None:
    """Keep a key that is for one chatbot from the others."""
    if isinstance(who, Keyholder) and who.chatbot_id not in (None, chatbot_id):
        raise ChatbotNotFound


def _refuse_elsewhere(who: Member, chatbot_id: UUID) -> None:
    named = select(Chatbot.organization_id).filter_by(id=chatbot_id, ending_at=None)
    owner = db.session.scalar(named)
    for one in who.organizations:
        if one.organization_id == owner:
            raise OtherOrganization(one.organization_id, one.name)


def _stays(chatbot_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Spell that the chatbot of a row is not being deleted."""
    return exists().where(Chatbot.id == chatbot_id, Chatbot.ending_at.is_(None))


def _one(
    model: type[Row], refusal: type[NotFound], *conditions: ColumnElement[bool], **who: object
) -> Row:
    row = db.session.scalar(select(model).where(*conditions).filter_by(**who))
    if row is None:
        raise refusal
    if isinstance(row, Chatbot):
        logs.about(organization=row.organization_id, chatbot=row.id)
    elif isinstance(row, Conversation):
        logs.about(conversation=row.id)
    elif isinstance(row, Source):
        logs.about(source=row.id)
    return row
