"""What a webhook is told: ids and numbers, and words only where the owner wants them sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ragwidget.extensions import db
from ragwidget.links import link
from ragwidget.models import Chatbot, ContactRequest, Message, Source
from ragwidget.webhooks.deliveries import Parcel

Facts = dict[str, Any]


def spell(parcel: Parcel) -> bytes:
    """Return what is sent, as it stands now: what was erased since is not told."""
    chatbot = db.session.get(Chatbot, parcel.chatbot_id) if parcel.chatbot_id else None
    data = dict(parcel.facts)
    if chatbot and (more := _MORE.get(parcel.kind)):
        data |= more(chatbot, parcel.facts, parcel.with_words)
    body = {
        "id": str(parcel.happening_id),
        "type": parcel.kind,
        "created_at": parcel.happened_at.isoformat(),
        "organization_id": str(parcel.organization_id),
        "chatbot": {"id": str(chatbot.id), "name": chatbot.name} if chatbot else None,
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(chatbot: Chatbot, facts: Facts, words: bool) -> Facts:
    answer = db.session.scalar(
        select(Message)
        .filter_by(chatbot_id=chatbot.id, id=UUID(facts["message_id"]))
        .options(selectinload(Message.citations))
    )
    if answer is None:
        return {}
    told: Facts = {
        "status": answer.status,
        "finish_reason": answer.finish_reason,
        "error_code": answer.error_code,
        "engine": answer.engine,
        "model": answer.model,
        "grounded": answer.grounded,
        "tokens": answer.total_tokens,
        "first_text_ms": answer.first_text_ms,
        "total_ms": answer.total_ms,
        "link": link(
            "dashboard.conversations.show",
            chatbot_id=chatbot.id,
            conversation_id=answer.conversation_id,
        ),
    }
    if words:
        question = db.session.get(Message, answer.question_id)
        told |= {
            "question": question.text if question else "",
            "answer": answer.text,
            "sources": [{"title": one.title, "url": one.url} for one in answer.citations],
            "page": {"url": answer.page_url, "title": answer.page_title}
            if question is None
            else {"url": question.page_url, "title": question.page_title},
        }
    return told


def _rating(chatbot: Chatbot, facts: Facts, words: bool) -> Facts:
    told = _answer(chatbot, facts, words)
    answer = db.session.get(Message, UUID(facts["message_id"])) if told and words else None
    return told | ({"comment": answer.comment or ""} if answer else {})


def _contact(chatbot: Chatbot, facts: Facts, words: bool) -> Facts:
    left = db.session.scalar(
        select(ContactRequest).filter_by(chatbot_id=chatbot.id, id=UUID(facts["contact_id"]))
    )
    if left is None:
        return {}
    address = {"chatbot_id": chatbot.id, "conversation_id": left.conversation_id}
    told: Facts = {"link": link("dashboard.conversations.show", **address)}
    if words:
        told |= {"name": left.name, "email": left.email, "message": left.message}
    return told


def _source(chatbot: Chatbot, facts: Facts, _words: bool) -> Facts:
    source = db.session.scalar(
        select(Source).filter_by(chatbot_id=chatbot.id, id=UUID(facts["source_id"]))
    )
    if source is None:
        return {}
    return {
        "title": source.title,
        "kind": source.kind,
        "error_code": source.error_code,
        "error": source.error,
        "link": link("dashboard.sources.show", chatbot_id=chatbot.id, source_id=source.id),
    }


_MORE: dict[str, Callable[[Chatbot, Facts, bool], Facts]] = {
    "question.answered": _answer,
    "question.unanswered": _answer,
    "feedback.received": _rating,
    "contact.requested": _contact,
    "source.failed": _source,
}
