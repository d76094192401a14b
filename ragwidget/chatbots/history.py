"""Who set what about a chatbot, and how it was before: the only writer of changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ragwidget.errors import NotFound
from ragwidget.extensions import db
from ragwidget.models import Change, Chatbot, User, new_id, now

# what is remembered, and nothing else: no key, no store, nothing that the chatbot sets by itself
PLAIN = (
    "name",
    "instructions",
    "mode",
    "visitor_modes",
    "answer_language",
    "engine",
    "model",
    "temperature",
    "top_k",
    "max_output_tokens",
    "local_fallback",
    "writes_titles",
    "suggests_follow_ups",
    "welcome",
    "suggested_questions",
    "locale",
    "contact",
    "consent",
    "retention_days",
    "keeps_words",
    "origins",
    "questions_per_hour",
    "address_questions_per_hour",
    "questions_per_day",
    "max_message_chars",
    "repeats_answers",
)
NESTED = ("theme", "words", "strings")  # each of their keys is a setting of its own
SAVES_A_PAGE = 30

Flat = dict[str, Any]  # "top_k": 8, and "theme.accent": "#0a7d55"


class ChangeNotFound(NotFound):
    code = "change_not_found"
    message = "This change is not in the chatbot's history."


@dataclass(frozen=True, slots=True)
class Save:
    """What somebody set at once."""

    id: UUID
    email: str | None  # None: it was no member, or one who has left
    program: str | None  # the name of its API key
    created_at: datetime
    changes: list[Change]


def note(
    chatbot: Chatbot, by: UUID | None, settings: Mapping[str, Any], program: str | None = None
) -> None:
    """Remember what is about to be set, in the caller's commit; what stays the same is nothing."""
    was = flat({key: getattr(chatbot, key) for key in settings})
    wished = flat(settings)
    save_id = new_id()
    db.session.add_all(
        Change(
            id=new_id(),
            organization_id=chatbot.organization_id,
            chatbot_id=chatbot.id,
            user_id=by,
            program=program,
            save_id=save_id,
            field=field,
            before=was.get(field),
            after=wished.get(field),
        )
        for field in was | wished
        if was.get(field) != wished.get(field)
    )


def saves(chatbot_id: UUID, before: UUID | None = None) -> list[Save]:
    """Return what was set about a chatbot, the latest first; behind a save when one is named."""
    mine = select(Change.save_id).where(Change.chatbot_id == chatbot_id)
    if before is not None:
        mine = mine.where(Change.save_id < before)
    page = mine.group_by(Change.save_id).order_by(Change.save_id.desc()).limit(SAVES_A_PAGE)
    found = db.session.execute(
        select(Change, User.email)
        .outerjoin(User, User.id == Change.user_id)
        .where(Change.chatbot_id == chatbot_id, Change.save_id.in_(page))
        .order_by(Change.save_id.desc(), Change.id)
    ).all()
    together: dict[UUID, Save] = {}
    for change, email in found:
        save = together.setdefault(
            change.save_id, Save(change.save_id, email, change.program, change.created_at, [])
        )
        save.changes.append(change)
    return list(together.values())


def before_change(chatbot: Chatbot, change_id: UUID) -> dict[str, Any]:
    """Return the settings with one of them as it was before a change."""
    found = db.session.scalar(
        select(Change)
        .filter_by(organization_id=chatbot.organization_id, chatbot_id=chatbot.id)
        .filter_by(id=change_id)
    )
    if found is None:
        raise ChangeNotFound
    return settings_of(chatbot, {found.field: found.before})


def before_save(chatbot: Chatbot, save_id: UUID) -> dict[str, Any]:
    """Return the settings as they were before something was saved, and everything since."""
    undone = db.session.execute(
        select(Change.save_id, Change.field, Change.before)
        .filter_by(organization_id=chatbot.organization_id, chatbot_id=chatbot.id)
        .where(Change.save_id >= save_id)
        .order_by(Change.save_id.desc())
    ).all()
    if not undone or undone[-1].save_id != save_id:
        raise ChangeNotFound
    return settings_of(chatbot, {field: before for _, field, before in undone})


def flat(settings: Mapping[str, Any]) -> Flat:
    """Return those settings that are remembered, each by its own name.

    >>> flat({"top_k": 8, "theme": {"accent": "#0a7d55"}, "store": "secret", "paused_at": None})
    {'top_k': 8, 'theme.accent': '#0a7d55', 'paused': False}
    """
    told: Flat = {}
    for key, value in settings.items():
        if key == "paused_at":
            told["paused"] = value is not None
        elif key in NESTED:
            told |= {f"{key}.{name}": each for name, each in value.items() if each != ""}
        elif key in PLAIN:
            told[key] = value
    return told


def settings_of(chatbot: Chatbot, told: Flat) -> dict[str, Any]:
    """Return what is to be set so that some settings become what they are here."""
    settings: dict[str, Any] = {}
    for field, value in told.items():
        key, _, name = field.partition(".")
        if field == "paused":
            settings["paused_at"] = (chatbot.paused_at or now()) if value else None
        elif name:
            rest = settings.get(key, getattr(chatbot, key))
            settings[key] = {n: v for n, v in rest.items() if n != name}
            if value is not None:
                settings[key][name] = value
        else:
            settings[key] = value
    return settings
