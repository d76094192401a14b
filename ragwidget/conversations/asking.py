"""Writing a question down, with the place where its answer will be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from ragwidget.budgets import Hold
from ragwidget.conversations import placing
from ragwidget.conversations.history import read_history
from ragwidget.conversations.values import OpenTurn, Question
from ragwidget.crypto.tokens import Visit
from ragwidget.database import together
from ragwidget.engines.protocol import Said
from ragwidget.errors import ContactRequired, MessageIdTaken
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, new_id, now

TITLE_CHARS = 80
RESEND_WITHIN = timedelta(minutes=10)
SPOKEN_IN = {"unread": True, "handled_at": None, "team_archived_at": None}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a question is asked."""

    conversation_id: UUID
    title: str
    position: int
    begun: placing.Row | None = None  # what is written of a conversation that begins with it


def open_turn(
    chatbot: Chatbot,
    visitor_id: UUID,
    wanted_id: UUID | None,
    question: Question,
    *,
    history_messages: int,
    history_chars: int,
    hold: Hold | None = None,
) -> OpenTurn:
    """Write a question and its empty answer down in one commit, with what is set aside for it.

    Without a conversation a new one begins. A question whose `client_id` was seen before is not
    written again: the first one comes back, no longer `fresh`.
    """
    if wanted_id is not None:  # to begin one takes a single statement
        together()
    try:
        place = _place_for(chatbot, visitor_id, wanted_id, question)
        conversation_id, position = place.conversation_id, place.position
        asked = placing.asked(chatbot, conversation_id, position, question)
        mode = placing.chosen_mode(chatbot, question.mode)
        answer = placing.answer(chatbot, conversation_id, position + 1, asked["id"], mode, hold)
        placing.write(place.begun, asked, answer)
        # without the questions, the answers before this one would mislead
        history = (
            read_history(conversation_id, position, history_messages, history_chars)
            if chatbot.keeps_words and position > 1
            else ()
        )
        db.session.commit()
    except IntegrityError:
        # the same question arrived twice at once, and the other one was first
        db.session.rollback()
        held = wanted_id or question.speaker.identified
        visit = Visit(chatbot.id, visitor_id, wanted_id) if held else None
        before = _asked_before(chatbot.id, question.client_id)
        if before is None:
            raise
        return take_up(before, question, visit)
    return OpenTurn(
        organization_id=chatbot.organization_id,
        chatbot_id=chatbot.id,
        visitor_id=visitor_id,
        conversation_id=conversation_id,
        title=place.title,
        question_id=asked["id"],
        message_id=answer["id"],
        question=question,
        history=history,
        fresh=True,
    )


def take_up(question_id: UUID, question: Question, visit: Visit | None) -> OpenTurn:
    """Return the turn of a question that was asked before, under the same `client_id`.

    Its visitor shows who they are by their token. One whose very first answer never arrived has
    none yet; they are known by the id itself, the same words and the same network, for a few
    minutes, unless their website has signed for them since: the token would open all that is
    theirs. Anybody else is refused with `MessageIdTaken`.
    """
    asked = db.session.get_one(Message, question_id)
    conversation = db.session.get_one(Conversation, asked.conversation_id)
    known = (
        conversation.visitor_id == visit.visitor_id
        if visit
        else asked.position == 1
        and asked.created_at > now() - RESEND_WITHIN
        and conversation.address == question.address
        and not conversation.identified
    )
    if not known or asked.text not in {question.text, placing.NOT_KEPT}:
        raise MessageIdTaken
    answer = _latest_answer(asked.id)
    return opened_in(conversation, asked.id, answer.id, question, (), fresh=False)


def title_of(question: str) -> str:
    r"""Return the first words of a question, cut at a word, as a title.

    >>> title_of("How long  may a question be,\nand what happens when it has 1,000 words too many?")
    'How long may a question be, and what happens when it has 1,000 words too many?'
    >>> title_of("word " * 20)
    'word word word word word word word word word word word word word word word…'
    """
    words = " ".join(question.split())
    if len(words) <= TITLE_CHARS:
        return words
    cut = words[: TITLE_CHARS - 1]
    head = cut.rpartition(" ")[0] if " " in cut[TITLE_CHARS // 2 :] else cut
    return head.rstrip(" ,;:.–-") + "…"


def _place_for(
    chatbot: Chatbot, visitor_id: UUID, conversation_id: UUID | None, question: Question
) -> _Place:
    if conversation_id is not None:
        taken = take_positions(conversation_id, visitor_id, 2, chatbot.id)
        if taken is not None:
            if question.context:
                found = db.session.get_one(Conversation, conversation_id)
                found.details = {**found.details, "context": dict(question.context)}
            return _Place(conversation_id, *taken)
        # the visitor deleted it in another tab: what they ask now begins a new one
    speaker = question.speaker
    if chatbot.contact_asked == "first" and not (speaker.email or speaker.identified):
        raise ContactRequired(field="visitor")
    known = speaker.vouched or chatbot.keeps_words
    begun_id, asked_at = new_id(), now()
    title = title_of(_first_words(chatbot, question))
    begun: placing.Row = {
        "id": begun_id,
        "organization_id": chatbot.organization_id,
        "chatbot_id": chatbot.id,
        "visitor_id": visitor_id,
        "visitor_name": speaker.name if known else "",
        "visitor_email": speaker.email if known else "",
        "identified": speaker.identified,
        "vouched": speaker.vouched,
        "title": title,
        "locale": question.locale,
        "page_url": question.page_url,
        "page_title": question.page_title,
        "tried": question.tried,
        "address": question.address,
        "created_at": asked_at,
        "last_message_at": asked_at,
        "message_count": 2,
        "next_position": 3,
        "metadata": {"context": dict(question.context)} if question.context else {},
    }
    return _Place(begun_id, title, 1, begun)


def _first_words(chatbot: Chatbot, question: Question) -> str:
    return question.text if chatbot.keeps_words else question.page_title or chatbot.name


def take_positions(
    conversation_id: UUID, visitor_id: UUID, count: int, chatbot_id: UUID | None = None
) -> tuple[str, int] | None:
    """Count new messages in SQL, so that two tabs never take the same place.

    Return the title and the first place; None where there is no such conversation of this visitor:
    one that meanwhile became a known person's is no more whose it was before.
    """
    mine = update(Conversation).where(
        Conversation.id == conversation_id, Conversation.visitor_id == visitor_id
    )
    if chatbot_id is not None:
        mine = mine.where(Conversation.chatbot_id == chatbot_id)
    after = db.session.execute(
        mine.values(
            next_position=Conversation.next_position + count,
            message_count=Conversation.message_count + count,
            last_message_at=now(),
            archived_at=None,
            **SPOKEN_IN,
        ).returning(Conversation.title, Conversation.next_position),
        execution_options={"synchronize_session": False},
    ).first()
    return (after.title, after.next_position - count) if after else None


def opened_in(
    conversation: Conversation,
    question_id: UUID,
    message_id: UUID,
    question: Question,
    history: tuple[Said, ...],
    *,
    fresh: bool = True,
) -> OpenTurn:
    """Return the turn of a question that is written down in a conversation."""
    return OpenTurn(
        organization_id=conversation.organization_id,
        chatbot_id=conversation.chatbot_id,
        visitor_id=conversation.visitor_id,
        conversation_id=conversation.id,
        title=conversation.title,
        question_id=question_id,
        message_id=message_id,
        question=question,
        history=history,
        fresh=fresh,
    )


def _asked_before(chatbot_id: UUID, client_id: UUID | None) -> UUID | None:
    if client_id is None:  # as every answer has none
        return None
    named = select(Message.id).filter_by(chatbot_id=chatbot_id, client_id=client_id)
    return db.session.scalar(named)


def _latest_answer(question_id: UUID) -> Message:
    return db.session.scalars(
        select(Message)
        .filter_by(question_id=question_id)
        .order_by(Message.position.desc())
        .limit(1)
    ).one()
