"""An answer, and everything one can do with it."""

from __future__ import annotations

from uuid import UUID

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from ragwidget import (
    answering,
    conversations,
    tenancy,
)
from ragwidget.conversations import OpenTurn
from ragwidget.crypto.tokens import Visit
from ragwidget.errors import (
    Busy,
    MessageNotFound,
    NothingKept,
)
from ragwidget.extensions import db, this_app
from ragwidget.models import Message
from ragwidget.web import sse
from ragwidget.web.visitor.contracts import asking
from ragwidget.web.visitor.door import (
    bp,
    read_body,
    read_query,
    token_for,
    tokens,
    visit,
)
from ragwidget.web.visitor.queries import EventsWanted
from ragwidget.web.visitor.replies import MessageReply
from ragwidget.web.visitor.schemas import Feedback


@bp.get("/messages/<uuid:message_id>/events")
@asking(
    query=EventsWanted,
    headers=(("Last-Event-ID", "The number of the last event that arrived."),),
    streams=True,
    refusals=(MessageNotFound, Busy),
)
@sse.admitted
def get_events(message_id: UUID) -> ResponseReturnValue:
    """Go on with an answer behind the last event that arrived."""
    held = visit()
    message = answer_of(held, message_id)
    after = _last_event()
    token = token_for(held, message.conversation_id)
    db.session.remove()  # watching holds no connection
    return sse.stream(answering.attach(this_app(), message_id, token, after))


@bp.post("/messages/<uuid:message_id>/stop")
@asking(answers=MessageReply, refusals=(MessageNotFound,))
def stop(message_id: UUID) -> ResponseReturnValue:
    """End an answer where it is."""
    held = visit()
    answer_of(held, message_id)
    answering.stop(this_app(), message_id)
    return jsonify(message=_spelled(message_id))


@bp.put("/messages/<uuid:message_id>/feedback")
@asking(takes=Feedback, answers=MessageReply, refusals=(MessageNotFound, NothingKept))
def put_feedback(message_id: UUID) -> ResponseReturnValue:
    """Keep the visitor's thumb and comment."""
    held = visit()
    body = read_body(Feedback)
    if body.comment and not tenancy.public_chatbot(held.chatbot_id).keeps_words:
        raise NothingKept(field="comment")
    conversations.rate(answer_of(held, message_id), body.rating, body.comment)
    return jsonify(message=_spelled(message_id))


def attach(opened: OpenTurn, *, stream: bool) -> ResponseReturnValue:
    """Go on with an answer that has begun."""
    token = tokens().mint(Visit(opened.chatbot_id, opened.visitor_id, opened.conversation_id))
    db.session.remove()
    events = answering.attach(this_app(), opened.message_id, token)
    if stream:
        return sse.stream(events)
    for _ in events:
        pass
    return whole(opened, token)


def whole(opened: OpenTurn, token: str) -> ResponseReturnValue:
    """Tell all of an answer that has ended."""
    return jsonify(
        conversation={"id": str(opened.conversation_id), "title": opened.title, "token": token},
        question_id=str(opened.question_id),
        message=_spelled(opened.message_id),
    )


def _last_event() -> int:
    after = read_query(EventsWanted).after
    if after is None:
        after = EventsWanted(after=request.headers.get("Last-Event-ID", 0)).after  # type: ignore[arg-type]
    return after or 0


def answer_of(held: Visit, message_id: UUID) -> Message:
    """Return an answer in the visitor's conversation, or refuse."""
    message = tenancy.visited_message(held, message_id)
    if message.role != "chatbot":
        raise MessageNotFound
    return message


def _spelled(message_id: UUID) -> dict[str, object]:
    return conversations.spell_message(conversations.whole_message(message_id))
