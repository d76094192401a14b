"""Asking a question, and asking it once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import current_app, g, request
from flask.typing import ResponseReturnValue

from ragwidget import (
    answering,
    budgets,
    conversations,
    happenings,
    identities,
    library,
    limits,
    logs,
    tenancy,
)
from ragwidget.budgets import BudgetReached, Hold
from ragwidget.chatbots import message_limit
from ragwidget.conversations import OpenTurn, Question, Speaker
from ragwidget.crypto.tokens import Visit
from ragwidget.database import each_by_itself
from ragwidget.engines.protocol import Usage
from ragwidget.errors import (
    Busy,
    ContactRequired,
    ConversationNotFound,
    InvalidInput,
    MessageIdTaken,
    MessageNotFound,
    MessageTooLong,
    NothingToRetry,
    TooManyQuestions,
)
from ragwidget.extensions import db, this_app
from ragwidget.models import Chatbot, new_id
from ragwidget.networks import counted_address, truncated
from ragwidget.web import sse
from ragwidget.web.visitor.answers import answer_of, attach, whole
from ragwidget.web.visitor.contracts import asking
from ragwidget.web.visitor.door import (
    bp,
    counted,
    let_in,
    of_dashboard,
    read_body,
    read_query,
    token_if_any,
    tokens,
    visit,
)
from ragwidget.web.visitor.queries import RetryWanted
from ragwidget.web.visitor.replies import Answered
from ragwidget.web.visitor.schemas import ChatRequest


@bp.post("/chat")
@asking(
    takes=ChatRequest,
    answers=Answered,
    streams=True,
    proof="possible",
    refusals=(
        MessageTooLong,
        MessageIdTaken,
        ContactRequired,
        ConversationNotFound,
        TooManyQuestions,
        BudgetReached,
        Busy,
    ),
)
@sse.admitted
@counted
def chat() -> ResponseReturnValue:
    """Answer one question: as events as it is written, or whole."""
    body = read_body(ChatRequest)
    each_by_itself()
    chatbot, asked_before = tenancy.chatbot_asked(body.chatbot_id, body.message_id)
    let_in(chatbot)
    held = token_if_any()
    if held is not None:
        tenancy.same_chatbot(held, chatbot.id)
    question = _question(body, chatbot, held)
    if asked_before is not None:
        opened = conversations.take_up(asked_before, question, held)
        return attach(opened, stream=body.stream)
    visitor_id = held.visitor_id if held else new_id()
    conversation_id = held.conversation_id if held and not body.new_conversation else None
    opened = _allowed(
        chatbot,
        visitor_id,
        budgets.expect(
            chatbot,
            question.text,
            history_chars=_history_chars() if conversation_id else 0,
            use_sources=question.use_sources,
        ),
        lambda hold: conversations.open_turn(
            chatbot,
            visitor_id,
            conversation_id,
            question,
            history_messages=current_app.config["HISTORY_MESSAGES"],
            history_chars=_history_chars(),
            hold=hold,
        ),
    )
    if not opened.fresh:
        return attach(opened, stream=body.stream)
    return _begin(chatbot, opened, stream=body.stream)


@bp.post("/messages/<uuid:message_id>/retry")
@asking(
    query=RetryWanted,
    answers=Answered,
    streams=True,
    refusals=(MessageNotFound, NothingToRetry, TooManyQuestions, BudgetReached, Busy),
)
@sse.admitted
@counted
def retry(message_id: UUID) -> ResponseReturnValue:
    """Answer the same question again; the earlier answer stays for the owner to see."""
    held = visit()
    message = answer_of(held, message_id)
    stream = read_query(RetryWanted).stream
    chatbot = tenancy.public_chatbot(held.chatbot_id)
    opened = _allowed(
        chatbot,
        held.visitor_id,
        # the question is reckoned with as a part of what was said before
        budgets.expect(chatbot, "", history_chars=_history_chars(), use_sources=True),
        lambda hold: conversations.reopen_turn(
            chatbot,
            held.visitor_id,
            message,
            history_messages=current_app.config["HISTORY_MESSAGES"],
            history_chars=_history_chars(),
            hold=hold,
        ),
    )
    return _begin(chatbot, opened, stream=stream)


def _begin(chatbot: Chatbot, opened: OpenTurn, *, stream: bool) -> ResponseReturnValue:
    token = tokens().mint(Visit(chatbot.id, opened.visitor_id, opened.conversation_id))
    logs.about(conversation=opened.conversation_id, message=opened.message_id)
    turn = answering.start(this_app(), chatbot, opened, token)
    db.session.remove()  # the engine speaks now, and holds no connection
    if stream:
        return sse.stream(turn.events(), on_close=turn.keep_going)
    turn.run()
    return whole(opened, token)


def _question(body: ChatRequest, chatbot: Chatbot, held: Visit | None) -> Question:
    most = message_limit(chatbot, current_app.config)
    if len(body.message) > most:
        raise MessageTooLong(
            f"message: it has {len(body.message)} characters; at most {most} can be asked at once.",
            field="message",
            limit=most,
        )
    if body.mode and body.mode != chatbot.mode and body.mode not in chatbot.visitor_modes:
        raise InvalidInput("mode: this chatbot does not let visitors choose it.", field="mode")
    if body.source_ids:
        unknown = set(body.source_ids) - library.existing(chatbot.id, body.source_ids)
        if unknown:
            raise InvalidInput(
                "source_ids: this chatbot has no such source.",
                field="source_ids",
                unknown=sorted(map(str, unknown)),
            )
    page = body.page
    said = Speaker(body.visitor.name, body.visitor.email) if body.visitor else Speaker()
    return Question(
        text=body.message,
        client_id=body.message_id,
        locale=body.locale,
        page_url=page.url or None if page else None,
        page_title=page.title or None if page else None,
        tried=page is not None and of_dashboard(page.url),
        address=truncated(request.remote_addr or ""),
        mode=body.mode,
        source_ids=tuple(str(source_id) for source_id in body.source_ids),
        use_sources=body.use_sources,
        speaker=identities.speaker(chatbot.id, held.visitor_id if held else None, said),
        context=body.context,
    )


def _allowed(
    chatbot: Chatbot, visitor_id: UUID, expected: Usage, begin: Callable[[Hold | None], OpenTurn]
) -> OpenTurn:
    """Begin a turn that the day's budget and the limits allow, or refuse and leave no trace."""
    with _told_of_limits(chatbot.organization_id, chatbot.id):
        hold = budgets.hold(chatbot, expected)
        try:
            _spend(chatbot, visitor_id)
            opened = begin(hold)
        except BaseException:
            budgets.release(hold)
            raise
    if not opened.fresh:
        budgets.release(hold)
    return opened


@contextmanager
def _told_of_limits(organization_id: UUID, chatbot_id: UUID) -> Iterator[None]:
    """Let whoever listens hear that nobody is answered any more today."""
    try:
        yield
    except (BudgetReached, TooManyQuestions) as refusal:
        scope = refusal.details.get("scope", "budget")
        if scope in happenings.DAILY:
            db.session.rollback()
            happenings.tell_of_limit(organization_id, chatbot_id, scope)
        raise


def _spend(chatbot: Chatbot, visitor_id: UUID) -> None:
    config = current_app.config
    organization_limit = chatbot.organization.questions_per_day
    limits.spend_question(
        this_app(),
        visitor_id=visitor_id,
        chatbot_id=chatbot.id,
        organization_id=chatbot.organization_id,
        address=counted_address(),
        visitor_limit=_or(chatbot.questions_per_hour, config["VISITOR_QUESTIONS_PER_HOUR"]),
        address_limit=_or(chatbot.address_questions_per_hour, config["ADDRESS_QUESTIONS_PER_HOUR"]),
        chatbot_limit=chatbot.questions_per_day,
        organization_limit=_or(organization_limit, config["ORGANIZATION_QUESTIONS_PER_DAY"]),
        words=chatbot.words.get("limit") or None,
    )
    g.question_counted = True


def _history_chars() -> int:
    return current_app.config["HISTORY_CHARS"]


def _or(own: int | None, default: int) -> int:
    return default if own is None else own
