"""A second chatbot like the first: its settings, its look, its words; nobody's conversations."""

from __future__ import annotations

from copy import deepcopy

from ragwidget.chatbots.engines import key_in_force
from ragwidget.chatbots.history import NESTED, PLAIN
from ragwidget.chatbots.settings import create
from ragwidget.models import Chatbot

MOST_NAME_CHARS = 120
TITLE = "Copy of "


def duplicate(chatbot: Chatbot) -> Chatbot:
    """Make a chatbot that is set as this one is; it has no key to know visitors by, and no source.

    Its engine is the same if that can be asked from now on.
    """
    settings = {name: deepcopy(getattr(chatbot, name)) for name in (*PLAIN, *NESTED)}
    settings["name"] = (TITLE + chatbot.name)[:MOST_NAME_CHARS]
    if chatbot.next_engine:
        settings["engine"] = chatbot.next_engine
    if settings["engine"] == "gemini" and key_in_force(chatbot.organization_id) is None:
        settings["engine"] = "local"
    return create(chatbot.organization_id, **settings)
