"""What a day or a week was like at each chatbot, said in one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, literal, or_, select
from sqlalchemy.orm import aliased

from ragwidget import inbox
from ragwidget.extensions import db
from ragwidget.happenings import UNANSWERED
from ragwidget.insights import OF_VISITORS
from ragwidget.links import link
from ragwidget.models import Chatbot, Conversation, Message, Organization, Subscription, User, now
from ragwidget.notices.leaving import spell_leaving
from ragwidget.notices.letters import FIRST_PAUSE, LONGEST_PAUSE, MOST_TRIES, Letter
from ragwidget.notices.subscriptions import chosen, next_digest
from ragwidget.notices.wording import defused, say

SPANS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
MOST_QUESTIONS = 10
MOST_TITLES = 5
IS_ANSWER = Message.role == literal("chatbot", literal_execute=True)  # as the index over them says


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened at one chatbot."""

    chatbot: str
    questions: int
    unanswered: int
    failed: int
    liked: int
    disliked: int
    conversations: int
    waiting: int  # in its inbox
    asked: list[str]
    open_questions: list[str]
    link: str

    @property
    def eventful(self) -> bool:
        """Tell whether there is anything to be told."""
        return bool(self.questions or self.waiting)


def claim_digest() -> Letter | None:
    """Take the digest that is due, or None; in one commit, the next one is due."""
    while True:
        row = db.session.scalar(
            select(Subscription)
            .where(Subscription.digest_at <= now())
            .order_by(Subscription.digest_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            db.session.commit()
            return None
        span = SPANS.get(row.digest)
        row.digest_at = next_digest(row.digest, now())
        letter = _written(row, now() - span) if span else None
        db.session.commit()
        if letter is not None:
            return letter


def put_off_digest(letter: Letter) -> None:
    """Try to send a digest later, as long as that makes sense."""
    row = db.session.get(Subscription, (letter.organization_id, letter.user_id))
    if row is not None and row.digest != "off" and letter.attempt < MOST_TRIES:
        row.attempts = letter.attempt
        row.digest_at = now() + min(FIRST_PAUSE * 2 ** (letter.attempt - 1), LONGEST_PAUSE)
    db.session.commit()


def _written(row: Subscription, since: datetime) -> Letter | None:
    user = db.session.get(User, row.user_id)
    organization = db.session.get_one(Organization, row.organization_id)
    chatbots = db.session.scalars(
        select(Chatbot)
        .filter_by(organization_id=row.organization_id, ending_at=None)
        .order_by(Chatbot.id)
    )
    told = [_summary(one, since) for one in chatbots if chosen(row.chatbot_ids, one.id)]
    told = [one for one in told if one.eventful]
    if user is None or not told:
        return None
    leaving = spell_leaving(row.organization_id, row.user_id, "digest")
    period = "day" if row.digest == "daily" else "week"
    return Letter(
        row.organization_id,
        row.user_id,
        user.email,
        f"{defused(organization.name, 60)}: the last {period}",
        say(
            "mails/digest.txt",
            told=told,
            period=period,
            organization=organization.name,
            leaving=leaving,
            account=link("dashboard.notices.show"),
        ),
        leaving,
        attempt=row.attempts + 1,
    )


def _summary(chatbot: Chatbot, since: datetime) -> Summary:
    answers = (
        Message.chatbot_id == chatbot.id,
        IS_ANSWER,
        Message.superseded_at.is_(None),
        Message.created_at > since,
        Conversation.id == Message.conversation_id,
        OF_VISITORS,
    )
    without = or_(Message.finish_reason.in_(UNANSWERED), Message.status == "failed")
    counted = db.session.execute(
        select(
            func.count(),
            _number_of(Message.finish_reason.in_(UNANSWERED)),
            _number_of(Message.status == "failed"),
            _number_of(Message.rating == "up"),
            _number_of(Message.rating == "down"),
        ).where(*answers)
    ).one()
    questions, unanswered, failed, liked, disliked = (int(number or 0) for number in counted)
    spoken = (
        Conversation.chatbot_id == chatbot.id,
        Conversation.last_message_at > since,
        OF_VISITORS,
    )
    question = aliased(Message)
    return Summary(
        chatbot=chatbot.name,
        questions=questions,
        unanswered=unanswered,
        failed=failed,
        liked=liked,
        disliked=disliked,
        conversations=db.session.scalars(
            select(func.count()).select_from(Conversation).where(*spoken)
        ).one(),
        waiting=inbox.count(chatbot.organization_id, chatbot.id),
        asked=list(
            db.session.scalars(
                select(Conversation.title)
                .where(*spoken)
                .order_by(Conversation.last_message_at.desc())
                .limit(MOST_TITLES)
            )
        ),
        open_questions=list(
            db.session.scalars(
                select(question.text)
                .join(Message, Message.question_id == question.id)
                .where(*answers, without, question.text != "")
                .order_by(Message.created_at.desc())
                .limit(MOST_QUESTIONS)
            )
        ),
        link=link("dashboard.conversations.index", chatbot_id=chatbot.id),
    )


def _number_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
