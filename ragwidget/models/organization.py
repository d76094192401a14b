"""The tenant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment


class Organization(Model):
    """The tenant: its members, its chatbots, its daily allowance."""

    __tablename__ = "organizations"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(120))
    questions_per_day: Mapped[int | None]  # None: the installation's setting
    gemini_key: Mapped[str | None] = mapped_column(Text)  # its own API key, sealed
    tokens_per_day: Mapped[int | None] = mapped_column(BigInteger)  # None: the installation's
    cost_per_day: Mapped[int | None] = mapped_column(BigInteger)  # in millionths of the currency
    # whether its members need a second factor to act for it
    second_factor: Mapped[bool] = mapped_column(default=False, server_default=false())
    ending_at: Mapped[datetime | None] = mapped_column(Moment)  # it is being deleted since
    created_at: Mapped[CreatedAt]
