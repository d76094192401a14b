"""One assistant: its instructions, its limits, its look, and where its widget was seen."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, one_of, owned_by
from ragwidget.models.organization import Organization

MODES = ("strict", "balanced", "creative")
CONTACT = ("never", "offered", "first")  # when a visitor is asked for name and e-mail


class Chatbot(Model):
    """One assistant of an organization."""

    __tablename__ = "chatbots"
    __table_args__ = (Index(None, "organization_id", "id"), Index(None, "store"))

    id: Mapped[Id]
    organization_id: Mapped[UUID] = owned_by("organizations.id")
    name: Mapped[str] = mapped_column(String(120))
    instructions: Mapped[str] = mapped_column(Text, default="")
    mode: Mapped[str] = mapped_column(one_of("mode", *MODES), default="strict")
    visitor_modes: Mapped[list[str]] = mapped_column(JSON, default=list)
    engine: Mapped[str] = mapped_column(one_of("engine", "local", "gemini"), default="local")
    model: Mapped[str | None] = mapped_column(String(120))
    temperature: Mapped[float | None]
    top_k: Mapped[int] = mapped_column(default=8)
    max_output_tokens: Mapped[int | None]  # of one answer; None: the installation's setting
    answer_language: Mapped[str] = mapped_column(String(35), default="")  # empty: the question's
    next_engine: Mapped[str | None] = mapped_column(String(20))  # it is changing to
    engine_error: Mapped[str | None] = mapped_column(Text)  # why it could not change its engine
    store: Mapped[str | None] = mapped_column(String(200))  # the name of its File Search store
    store_key: Mapped[str | None] = mapped_column(String(32))  # which API key it was made with
    local_fallback: Mapped[bool] = mapped_column(default=False)  # while its engine is down
    writes_titles: Mapped[bool] = mapped_column(default=False)
    suggests_follow_ups: Mapped[bool] = mapped_column(default=False)
    repeats_answers: Mapped[bool] = mapped_column(default=False)  # to the same first question

    welcome: Mapped[str] = mapped_column(Text, default="")
    suggested_questions: Mapped[list[str]] = mapped_column(JSON, default=list)
    words: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # refusal, limit, error
    strings: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)  # the widget's own
    theme: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    locale: Mapped[str] = mapped_column(String(35), default="")

    contact: Mapped[str] = mapped_column(one_of("contact", *CONTACT), default="offered")
    consent: Mapped[str] = mapped_column(Text, default="")  # what a visitor is told beforehand
    identity_key: Mapped[str | None] = mapped_column(Text)  # sealed: signs for known visitors
    retention_days: Mapped[int | None]  # what was said is kept so long; None: the installation's
    keeps_words: Mapped[bool] = mapped_column(default=True)  # else nothing that visitors type

    origins: Mapped[list[str]] = mapped_column(JSON, default=list)  # empty: only our own preview
    questions_per_hour: Mapped[int | None]  # per visitor; None: the installation's setting
    address_questions_per_hour: Mapped[int | None]
    questions_per_day: Mapped[int | None]  # of all visitors; None: as many as the organization's
    max_message_chars: Mapped[int | None]

    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime] = mapped_column(Moment, default=now, onupdate=now)
    paused_at: Mapped[datetime | None] = mapped_column(Moment)
    ending_at: Mapped[datetime | None] = mapped_column(Moment)  # it is being deleted since

    organization: Mapped[Organization] = relationship(lazy="raise", viewonly=True)

    @property
    def contact_asked(self) -> str:
        """Return when visitors are asked who they are: never where nothing of it would be kept."""
        return self.contact if self.keeps_words else "never"


class Sighting(Model):
    """A website on which a chatbot's widget was last seen, let in or turned away."""

    __tablename__ = "sightings"
    __table_args__ = (UniqueConstraint("chatbot_id", "origin"),)

    id: Mapped[Id]
    chatbot_id: Mapped[UUID] = owned_by("chatbots.id")
    origin: Mapped[str] = mapped_column(String(300))
    allowed: Mapped[bool]
    page: Mapped[str | None] = mapped_column(String(2000))
    reason: Mapped[str | None] = mapped_column(String(60))  # why the chat did not open, as a code
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
