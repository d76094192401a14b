"""What a visitor does whom their website signs for, and what they find then."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cast import Visitor
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import Conversation


def identify(visitor: Visitor, **proof: Any) -> TestResponse:
    """Show a proof of who this is."""
    return visitor.post(f"/chatbots/{visitor.chatbot_id}/identify", json=proof)


def become(visitor: Visitor, **proof: Any) -> dict[str, Any]:
    """Identify a visitor, who goes on with the token of that."""
    answer = identify(visitor, **proof)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    visitor.token = body["token"]
    return body


def titles(visitor: Visitor) -> list[str]:
    """Return what a visitor's list shows."""
    rows = visitor.get("/conversations").get_json()["conversations"]
    return [row["title"] for row in rows]


def code_of(answer: TestResponse) -> tuple[int, str]:
    """Return how something was refused."""
    return answer.status_code, answer.get_json()["error"]["code"]


def device_of(visitor: Visitor, app: Flask) -> Visitor:
    """Return somebody at another device of another network, with no token yet."""
    return Visitor(app, UUID(visitor.chatbot_id), address="192.0.2.9")


def rows_of(app: Flask) -> list[Conversation]:
    """Return the conversations, oldest first."""
    with app.app_context():
        return list(db.session.scalars(select(Conversation).order_by(Conversation.id)))
