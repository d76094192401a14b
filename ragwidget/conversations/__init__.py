"""The memory of what was said: the only writer of conversations and messages.

`turns` writes a question and its answer down; `threads` reads them back and keeps what their
visitors do with them; `values` is what both hand out.
"""

from ragwidget.conversations.threads import (
    Page,
    archive,
    contacts,
    latest,
    leave_contact,
    messages,
    of_visitor,
    rate,
    remove,
    rename,
    whole_message,
)
from ragwidget.conversations.turns import (
    ask_to_stop,
    checkpoint,
    close_interrupted,
    find_asked,
    finish,
    open_turn,
    read_answer,
    reopen_turn,
)
from ragwidget.conversations.values import (
    Answer,
    OpenTurn,
    Question,
    spell_conversation,
    spell_message,
    spell_source,
)

__all__ = [
    "Answer",
    "OpenTurn",
    "Page",
    "Question",
    "archive",
    "ask_to_stop",
    "checkpoint",
    "close_interrupted",
    "contacts",
    "find_asked",
    "finish",
    "latest",
    "leave_contact",
    "messages",
    "of_visitor",
    "open_turn",
    "rate",
    "read_answer",
    "remove",
    "rename",
    "reopen_turn",
    "spell_conversation",
    "spell_message",
    "spell_source",
    "whole_message",
]
