"""Everything of Alice's and of Bob's that has an id, for whoever tries it elsewhere."""

from __future__ import annotations

from uuid import UUID

import pytest
from cast import BOB_SITE, Owner, Visitor
from flask import Flask
from scripted import ScriptedEngine
from signing import key_for, token_of
from walking import Ids

from ragwidget import conversations, webhooks
from ragwidget.extensions import db
from ragwidget.models import Conversation

__all__ = ["hers", "his"]


@pytest.fixture
def hers(app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine) -> Ids:
    """Everything of Alice's that has an id, and is named in paths and bodies."""
    proof = {"token": token_of(key_for(app, alice))}
    victor.token = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).json["token"]
    named = ids_of(alice, victor, victor.ask("Where is the marzipan?").message_id)
    return named | kept(app, alice, named["conversation_id"])


@pytest.fixture
def his(app: Flask, bob: Owner, engine: ScriptedEngine) -> Ids:
    """The same of Bob's."""
    visitor = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    named = ids_of(bob, visitor, visitor.ask("Where is the tamarind?").message_id)
    return named | kept(app, bob, named["conversation_id"])


def ids_of(who: Owner, visitor: Visitor, message_id: str) -> Ids:
    return {
        "organization_id": str(who.organization_id),
        "chatbot_id": str(who.chatbot_id),
        "source_id": str(who.source_id),
        "conversation_id": str(visitor.conversation_id),
        "message_id": message_id,
        "user_id": str(who.user_id),
    }


def kept(app: Flask, who: Owner, conversation_id: str) -> Ids:
    """Let a team keep something with a conversation."""
    with app.app_context():
        conversation = db.session.get_one(Conversation, UUID(conversation_id))
        note = conversations.notes.add(conversation, who.user_id, who.email, "A marzipan.")
        tag = conversations.tags.create(who.organization_id, f"Tag of {who.email}", "red")
        conversations.triage.set_tags(conversation, [tag.id])
        left = conversations.leave_contact(conversation, "M", "m@example.org", "The marzipan!")
        webhook, _ = webhooks.add(
            who.organization_id, "https://example.org/hook", ["source.failed"]
        )
        delivery = webhooks.put_test(webhook)
        return {
            "visitor_id": str(conversation.visitor_id),
            "note_id": str(note.id),
            "tag_id": str(tag.id),
            "contact_id": str(left),
            "request_id": str(left),
            "webhook_id": str(webhook.id),
            "delivery_id": str(delivery.id),
        }
