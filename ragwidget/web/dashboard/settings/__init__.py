"""What an owner sets about a chatbot, on pages by subject."""

from ragwidget.web.dashboard.settings import (
    answers,
    changes,
    chatbot,
    contact,
    limits,
    look,
    preview,
    privacy,
    welcome,
    words,
)

ROOMS = (answers, welcome, words, look, contact, limits, privacy, changes, chatbot, preview)
BLUEPRINTS = tuple(room.bp for room in ROOMS)

__all__ = ["BLUEPRINTS"]
