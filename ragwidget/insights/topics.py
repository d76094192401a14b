"""What was asked most, on which pages, and what was cited: counted by day, and bounded.

Words stand in none of these rows. Each points at a question that says it, and goes with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select, update

from ragwidget.database import insert, rows_changed
from ragwidget.extensions import db
from ragwidget.insights.counting import Answer, key_of_page, key_of_question
from ragwidget.insights.tallies import UNANSWERED, outcome_of
from ragwidget.models import Citation, DailyCitation, DailyPage, DailyQuestion

MOST = 200  # of a day that is not over: what is asked often may be asked far apart
MOST_KEPT = 40  # of a day that is
COUNTS = ("asked", "unanswered", "failed", "disliked")

Asked = type[DailyQuestion] | type[DailyPage]

_KINDS: tuple[tuple[Asked, Callable[[Answer], str]], ...] = (
    (DailyQuestion, lambda answer: key_of_question(answer.question)),
    (DailyPage, lambda answer: key_of_page(answer.page_url)),
)


@dataclass(slots=True)
class Topic:
    """What some questions had in common."""

    message_id: UUID  # of one of the questions
    asked: int = 0
    unanswered: int = 0
    failed: int = 0
    disliked: int = 0

    def count(self, answer: Answer, times: int = 1) -> None:
        """Count one of the questions by its answer."""
        outcome = outcome_of(answer)
        self.asked += times
        self.unanswered += times * (outcome in UNANSWERED)
        self.failed += times * (outcome == "failed")
        self.disliked += times * (answer.rating == "down")

    def add(self, other: Any) -> None:
        """Add what was counted elsewhere."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def of_answers(table: Asked, answers: Iterable[Answer]) -> dict[str, Topic]:
    """Return what was asked in the same words, or on the same page, by key."""
    key_of = dict(_KINDS)[table]
    found: dict[str, Topic] = {}
    for answer in answers:
        if key := key_of(answer):
            found.setdefault(key, Topic(answer.question_id)).count(answer)
    return found


def cited_in(answers: Iterable[Answer]) -> Counter[UUID]:
    """Return in how many of the answers each source is cited."""
    ids = [answer.id for answer in answers]
    cited = select(Citation.message_id, Citation.source_id).where(Citation.message_id.in_(ids))
    pairs = set(db.session.execute(cited.where(Citation.source_id.is_not(None))))
    return Counter(source_id for _, source_id in pairs if source_id)


def add(answers: Iterable[Answer]) -> None:
    """Add answers of a chatbot to what their days know."""
    by_day: dict[date, list[Answer]] = {}
    for answer in answers:
        by_day.setdefault(answer.created_at.date(), []).append(answer)
    for table, _ in _KINDS:
        _upsert(table, ("chatbot_id", "day", "key"), COUNTS, _rows(table, by_day))
    cited = [
        {**_of_day(day, some), "source_id": source_id, "answers": count}
        for day, some in by_day.items()
        for source_id, count in cited_in(some).items()
    ]
    _upsert(DailyCitation, ("chatbot_id", "day", "source_id"), ("answers",), cited)


def bound(chatbot_id: UUID, first: date, today: date) -> None:
    """Keep what matters of the days from one on that are over, and somewhat more of today."""
    for table, _ in _KINDS:
        for most, within in (
            (MOST_KEPT, and_(table.day >= first, table.day < today)),
            (MOST, table.day == today),
        ):
            crowded = (
                select(table.day)
                .where(table.chatbot_id == chatbot_id, within)
                .group_by(table.day)
                .having(func.count() > most)
            )
            for day in db.session.scalars(crowded).all():
                _prune(table, chatbot_id, day, most)


def change(before: Answer, after: Answer | None) -> None:
    """Let a day know of an answer that changed, or was replaced."""
    for table, key_of in _KINDS:
        changed = Topic(before.question_id)
        changed.count(before, -1)
        if after is not None:
            changed.count(after)
        rows_changed(
            update(table)
            .where(
                table.chatbot_id == before.chatbot_id,
                table.day == before.created_at.date(),
                table.key == key_of(before),
            )
            .values({name: getattr(table, name) + getattr(changed, name) for name in COUNTS})
        )


def _of_day(day: date, answers: list[Answer]) -> dict[str, Any]:
    return {
        "organization_id": answers[0].organization_id,
        "chatbot_id": answers[0].chatbot_id,
        "day": day,
    }


def _rows(table: Asked, by_day: Mapping[date, list[Answer]]) -> list[dict[str, Any]]:
    return [
        {**_of_day(day, answers), "key": key, "message_id": topic.message_id}
        | {name: getattr(topic, name) for name in COUNTS}
        for day, answers in by_day.items()
        for key, topic in of_answers(table, answers).items()
    ]


def _prune(table: Asked, chatbot_id: UUID, day: date, most: int) -> None:
    of_day = table.chatbot_id == chatbot_id, table.day == day
    weight = table.asked + 2 * table.unanswered + 2 * table.disliked
    beyond = select(table.key).where(*of_day).order_by(weight.desc(), table.key).offset(most)
    keys = db.session.scalars(beyond).all()
    if keys:
        rows_changed(delete(table).where(*of_day, table.key.in_(keys)))


def _upsert(
    table: Any, keys: Iterable[str], added: Iterable[str], rows: list[dict[str, Any]]
) -> None:
    """Insert rows, or add to those that are there."""
    if not rows:
        return
    statement = insert(table)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=list(keys),
            set_={
                name: table.__table__.c[name] + getattr(statement.excluded, name) for name in added
            },
        ),
        rows,
    )
