"""Changes that take long: of a chatbot's engine, and of many conversations."""

from __future__ import annotations

import time
from uuid import UUID

from ragwidget import chatbots, conversations
from ragwidget.database import REST
from ragwidget.jobs.indexing import wake_next


def change(chatbot_id: str) -> None:
    """Go on with a chatbot's change of engines."""
    chatbots.settle(UUID(chatbot_id))
    wake_next(UUID(chatbot_id))


def change_conversations(bulk_id: str) -> None:
    """Go on with a change to many conversations, to its end."""
    while conversations.bulk.go_on(UUID(bulk_id)):
        time.sleep(REST)
