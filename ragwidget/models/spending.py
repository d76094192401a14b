"""What answers took: each chatbot's ledger, each organization's daily budget, what is set aside."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import Id, Moment, now, owned_by


class DailyUsage(Model):
    """What one model took for one chatbot on one day (UTC).

    It stays when conversations or the chatbot are deleted, so the chatbot is named without a tie.
    What members took who tried the chatbot is among it, and named beside it.
    """

    __tablename__ = "daily_usage"
    __table_args__ = (Index(None, "organization_id", "day"),)

    chatbot_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    model: Mapped[str] = mapped_column(String(120), primary_key=True)
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    calls: Mapped[int] = mapped_column(default=0)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    completion_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    thought_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    tool_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cached_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost: Mapped[int] = mapped_column(BigInteger, default=0)  # in millionths of the currency
    tried_tokens: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    tried_cost: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")


class DailyBudget(Model):
    """How much of one day's budget (UTC) an organization has spent, and how much is set aside."""

    __tablename__ = "daily_budgets"

    organization_id: Mapped[UUID] = mapped_column(
        ForeignKey("organizations.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost: Mapped[int] = mapped_column(BigInteger, default=0)
    held_tokens: Mapped[int] = mapped_column(BigInteger, default=0)  # for answers being written
    held_cost: Mapped[int] = mapped_column(BigInteger, default=0)


class Reserve(Model):
    """What is set aside in a day for an answer that no message stands for, until it ends."""

    __tablename__ = "reserves"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id", index=True)
    chatbot_id: Mapped[UUID]  # without a tie: what it took is counted although the chatbot goes
    model: Mapped[str] = mapped_column(String(120))
    tokens: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
