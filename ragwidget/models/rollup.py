"""What is counted of what was said, by chatbot and day (UTC), so that no page counts it again.

Numbers stay when conversations are erased: they name nobody. Words don't: what was asked, and on
which page, stands only in the message that these rows point at and go with.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import Moment, owned_by

BY_DAY = {"sqlite_with_rowid": False}  # rows lie in the order of their days, as they are read


class Rollup(Model):
    """How far a chatbot's answers are counted."""

    __tablename__ = "rollups"

    chatbot_id: Mapped[UUID] = mapped_column(
        ForeignKey("chatbots.id", ondelete="CASCADE"), primary_key=True
    )
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    counted_until: Mapped[datetime] = mapped_column(Moment)


class _Daily:
    """A day of a chatbot."""

    chatbot_id: Mapped[UUID] = mapped_column(
        ForeignKey("chatbots.id", ondelete="CASCADE"), primary_key=True, sort_order=-2
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True, sort_order=-1)
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)


class DailyNumbers(_Daily, Model):
    """What happened on a day. Histograms are counts by the number of their bucket."""

    __tablename__ = "daily_numbers"
    __table_args__ = (BY_DAY,)

    conversations: Mapped[int] = mapped_column(default=0)  # that began
    visitors: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
    answered: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)  # not in the sources
    near: Mapped[int] = mapped_column(default=0)  # only the nearest passages were offered
    failed: Mapped[int] = mapped_column(default=0)
    stopped: Mapped[int] = mapped_column(default=0)
    liked: Mapped[int] = mapped_column(default=0)
    disliked: Mapped[int] = mapped_column(default=0)
    handed_over: Mapped[int] = mapped_column(default=0)  # messages left for a human
    repeated: Mapped[int] = mapped_column(default=0)  # answers that were given before
    saved: Mapped[int] = mapped_column(BigInteger, default=0)  # by that, in millionths
    first_text: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    whole: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    hours: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # questions by hour (UTC)
    came_back: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")


class _Asked(_Daily):
    """What many questions of a day have in common, known by one of them."""

    key: Mapped[str] = mapped_column(String(32), primary_key=True)
    message_id: Mapped[UUID] = owned_by("messages.id", index=True)  # tells it in its own words
    asked: Mapped[int] = mapped_column(default=0)
    unanswered: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    disliked: Mapped[int] = mapped_column(default=0)


class DailyQuestion(_Asked, Model):
    """A question that was asked in the same words."""

    __tablename__ = "daily_questions"
    __table_args__ = (Index(None, "chatbot_id", "key", "day"), BY_DAY)


class DailyPage(_Asked, Model):
    """A page that questions were asked on."""

    __tablename__ = "daily_pages"
    __table_args__ = (Index(None, "chatbot_id", "key", "day"), BY_DAY)


class DailyCitation(_Daily, Model):
    """How many answers of a day cite a source."""

    __tablename__ = "daily_citations"
    __table_args__ = (Index(None, "source_id"), BY_DAY)

    source_id: Mapped[UUID] = mapped_column(
        ForeignKey("sources.id", ondelete="CASCADE"), primary_key=True
    )
    answers: Mapped[int] = mapped_column(default=0)
