"""The memory of what was said: the only writer of conversations and messages.

`asking` writes a question down, `answers` its answer, `afterthoughts` what is added behind it;
`threads` reads them back and keeps what their visitors do with them, `erasing` forgets them;
`transcripts` finds the words that were said; `values` is what all of them hand out.
"""

from ragwidget.conversations.afterthoughts import Afterthought, add_afterthought, afterthought
from ragwidget.conversations.answers import (
    abandon,
    ask_to_stop,
    checkpoint,
    close_interrupted,
    finish,
    read_answer,
    silent,
)
from ragwidget.conversations.asking import find_asked, open_turn, reopen_turn
from ragwidget.conversations.erasing import remove, remove_all, remove_before, remove_visitor
from ragwidget.conversations.threads import (
    Page,
    archive,
    contacts,
    hand_over,
    latest,
    leave_contact,
    messages,
    of_visitor,
    rate,
    rename,
    search,
    whole_message,
)
from ragwidget.conversations.transcripts import index_ended, index_missing
from ragwidget.conversations.values import (
    Answer,
    OpenTurn,
    Question,
    Speaker,
    spell_conversation,
    spell_message,
    spell_source,
)

__all__ = [
    "Afterthought",
    "Answer",
    "OpenTurn",
    "Page",
    "Question",
    "Speaker",
    "abandon",
    "add_afterthought",
    "afterthought",
    "archive",
    "ask_to_stop",
    "checkpoint",
    "close_interrupted",
    "contacts",
    "find_asked",
    "finish",
    "hand_over",
    "index_ended",
    "index_missing",
    "latest",
    "leave_contact",
    "messages",
    "of_visitor",
    "open_turn",
    "rate",
    "read_answer",
    "remove",
    "remove_all",
    "remove_before",
    "remove_visitor",
    "rename",
    "reopen_turn",
    "search",
    "silent",
    "spell_conversation",
    "spell_message",
    "spell_source",
    "whole_message",
]
