"""Writing a question down, with the place where its answer will be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, bindparam, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from ragwidget import insights
from ragwidget.budgets import Hold
from ragwidget.conversations.values import ENDED, OpenTurn, Question
from ragwidget.crypto.tokens import Visit
from ragwidget.database import rows_changed
from ragwidget.engines.protocol import Said
from ragwidget.errors import ContactRequired, ConversationNotFound, MessageIdTaken, NothingToRetry
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Message, new_id, now
from ragwidget.models.clock import by_clock

TITLE_CHARS = 80
RESEND_WITHIN = timedelta(minutes=10)
# made once, and past the session: a question waits for each of them
_CONVERSATIONS, _MESSAGES = (Conversation.metadata.tables[n] for n in ("conversations", "messages"))
_BEGIN = insert(_CONVERSATIONS)
_SAY = insert(_MESSAGES).values(heartbeat_at=case((bindparam("beats", type_=Boolean), by_clock())))
_ASKED = select(_MESSAGES.c.id).where(
    _MESSAGES.c.chatbot_id == bindparam("chatbot_id"),
    _MESSAGES.c.client_id == bindparam("client_id"),
)

SPOKEN_IN = {"unread": True, "handled_at": None, "team_archived_at": None}
NOT_KEPT = ""  # stands for a question whose chatbot keeps nothing that visitors type


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
    try:
        conversation_id, title, position = _place_for(chatbot, visitor_id, wanted_id, question)
        asked = _message(
            chatbot,
            conversation_id,
            position,
            "visitor",
            client_id=question.client_id,
            text=question.text if chatbot.keeps_words else NOT_KEPT,
            page_url=question.page_url,
            page_title=question.page_title,
            metadata={
                "mode": question.mode,
                "source_ids": list(question.source_ids),
                "use_sources": question.use_sources,
            },
        )
        mode = _chosen_mode(chatbot, question.mode)
        answer = _answer(chatbot, conversation_id, position + 1, asked["id"], mode, hold)
        db.session.connection().execute(_SAY, [asked, answer])
        # without the questions, the answers before this one would mislead
        history = (
            _history(conversation_id, position, history_messages, history_chars)
            if chatbot.keeps_words and position > 1
            else ()
        )
        db.session.commit()
    except IntegrityError:
        # the same question arrived twice at once, and the other one was first
        db.session.rollback()
        held = wanted_id or question.speaker.identified
        visit = Visit(chatbot.id, visitor_id, wanted_id) if held else None
        again = find_asked(chatbot.id, question, visit)
        if again is None:
            raise
        return again
    return OpenTurn(
        organization_id=chatbot.organization_id,
        chatbot_id=chatbot.id,
        visitor_id=visitor_id,
        conversation_id=conversation_id,
        title=title,
        question_id=asked["id"],
        message_id=answer["id"],
        question=question,
        history=history,
        fresh=True,
    )


def find_asked(chatbot_id: UUID, question: Question, visit: Visit | None) -> OpenTurn | None:
    """Return the turn of a question that was asked before, by its `client_id`.

    Its visitor shows who they are by their token. One whose very first answer never arrived has
    none yet; they are known by the id itself, the same words and the same network, for a few
    minutes, unless their website has signed for them since: the token would open all that is
    theirs. Anybody else is refused with `MessageIdTaken`.
    """
    if question.client_id is None:
        return None
    named = {"chatbot_id": chatbot_id, "client_id": question.client_id}
    question_id = db.session.connection().scalar(_ASKED, named)
    asked = db.session.get(Message, question_id) if question_id else None
    if asked is None:
        return None
    conversation = db.session.get_one(Conversation, asked.conversation_id)
    known = (
        conversation.visitor_id == visit.visitor_id
        if visit
        else asked.position == 1
        and asked.created_at > now() - RESEND_WITHIN
        and conversation.address == question.address
        and not conversation.identified
    )
    if not known or asked.text not in {question.text, NOT_KEPT}:
        raise MessageIdTaken
    answer = _latest_answer(asked.id)
    return _opened(conversation, asked.id, answer.id, question, (), fresh=False)


def reopen_turn(
    chatbot: Chatbot,
    visitor_id: UUID,
    answer: Message,
    *,
    history_messages: int,
    history_chars: int,
    hold: Hold | None = None,
) -> OpenTurn:
    """Make an empty answer beside one that ended, for the same question."""
    if answer.role != "chatbot" or answer.question_id is None or answer.superseded_at:
        raise NothingToRetry
    if answer.status not in ENDED:
        raise NothingToRetry("This answer is still being written. Stop it first.")
    asked = db.session.get_one(Message, answer.question_id)
    if asked.text == NOT_KEPT:
        raise NothingToRetry("Questions are not kept here. Please write it once more.")
    conversation = db.session.get_one(Conversation, answer.conversation_id)
    place = _take_positions(conversation.id, visitor_id, 1)
    if place is None:
        raise ConversationNotFound
    _, position = place
    db.session.refresh(conversation)
    with insights.recounted(answer.id):
        taken = rows_changed(
            update(Message)
            .where(Message.id == answer.id, Message.superseded_at.is_(None))
            .values(superseded_at=now())
        )
    if not taken:
        raise NothingToRetry
    mode = _chosen_mode(chatbot, asked.details.get("mode"))
    again = _answer(chatbot, conversation.id, position, asked.id, mode, hold)
    db.session.connection().execute(_SAY, [again])
    question = Question(
        text=asked.text,
        locale=conversation.locale,
        page_url=asked.page_url,
        page_title=asked.page_title,
        mode=mode,
        source_ids=tuple(asked.details.get("source_ids", ())),
        use_sources=asked.details.get("use_sources", True),
    )
    history = _history(conversation.id, asked.position, history_messages, history_chars)
    opened = _opened(conversation, asked.id, again["id"], question, history)
    db.session.commit()
    return opened


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
) -> tuple[UUID, str, int]:
    """Return the conversation in which a question is asked, its title, and the place there."""
    if conversation_id is not None:
        place = _take_positions(conversation_id, visitor_id, 2, chatbot.id)
        if place is not None:
            if question.context:
                found = db.session.get_one(Conversation, conversation_id)
                found.details = {**found.details, "context": dict(question.context)}
            return conversation_id, *place
        # the visitor deleted it in another tab: what they ask now begins a new one
    speaker = question.speaker
    if chatbot.contact_asked == "first" and not (speaker.email or speaker.identified):
        raise ContactRequired(field="visitor")
    known = speaker.vouched or chatbot.keeps_words
    begun_id, title = new_id(), title_of(_first_words(chatbot, question))
    values = {
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
        "address": question.address,
        "message_count": 2,
        "next_position": 3,
        "metadata": {"context": dict(question.context)} if question.context else {},
    }
    db.session.connection().execute(_BEGIN, values)
    return begun_id, title, 1


def _first_words(chatbot: Chatbot, question: Question) -> str:
    return question.text if chatbot.keeps_words else question.page_title or chatbot.name


def _take_positions(
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


def _answer(
    chatbot: Chatbot,
    conversation_id: UUID,
    position: int,
    question_id: UUID,
    mode: str | None,
    hold: Hold | None,
) -> dict[str, Any]:
    """Return the place where an answer will be."""
    return _message(
        chatbot,
        conversation_id,
        position,
        "chatbot",
        question_id=question_id,
        status="pending",
        beats=True,
        engine=chatbot.engine,
        model=chatbot.model,
        mode=mode or chatbot.mode,
        temperature=chatbot.temperature,
        created_at=hold.made_at if hold else now(),  # on the day that pays for it
        held_tokens=hold.tokens if hold else 0,
        held_cost=hold.cost if hold else 0,
    )


def _message(
    chatbot: Chatbot, conversation_id: UUID, position: int, role: str, **told: Any
) -> dict[str, Any]:
    """Return a message with all that a question or an answer tells: one journey writes both."""
    return {
        "id": new_id(),
        "organization_id": chatbot.organization_id,
        "chatbot_id": chatbot.id,
        "conversation_id": conversation_id,
        "client_id": None,
        "question_id": None,
        "position": position,
        "role": role,
        "text": "",
        "status": "completed",
        "beats": False,
        "engine": None,
        "model": None,
        "mode": None,
        "temperature": None,
        "page_url": None,
        "page_title": None,
        "metadata": {},
        "created_at": now(),
        "held_tokens": 0,
        "held_cost": 0,
        **told,
    }


def _chosen_mode(chatbot: Chatbot, mode: str | None) -> str | None:
    """Return the mode that a visitor chose, unless its owner has taken it away since."""
    return mode if mode == chatbot.mode or mode in chatbot.visitor_modes else None


def _opened(
    conversation: Conversation,
    question_id: UUID,
    message_id: UUID,
    question: Question,
    history: tuple[Said, ...],
    *,
    fresh: bool = True,
) -> OpenTurn:
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


def _latest_answer(question_id: UUID) -> Message:
    return db.session.scalars(
        select(Message)
        .filter_by(question_id=question_id)
        .order_by(Message.position.desc())
        .limit(1)
    ).one()


def _history(
    conversation_id: UUID, before: int, most_messages: int, most_chars: int
) -> tuple[Said, ...]:
    """Return the last things said before a position, bounded in number and in size."""
    latest = db.session.execute(
        select(Message.role, func.substr(Message.text, 1, most_chars))
        .where(
            Message.conversation_id == conversation_id,
            Message.position < before,
            Message.superseded_at.is_(None),
            Message.text != "",
        )
        .order_by(Message.position.desc())
        .limit(most_messages)
    ).all()
    said: list[Said] = []
    room = most_chars
    for role, text in latest:
        room -= len(text)
        if room < 0:
            break
        said.append(Said(role, text))
    return tuple(reversed(said))
