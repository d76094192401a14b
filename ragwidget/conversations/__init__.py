"""The memory of what was said: the only writer of conversations and messages.

`asking` writes a question down, `drafts` its answer as it grows, `answers` how that ended and
`afterthoughts` what is added behind it;
`threads` reads them back and keeps what their visitors do with them, `erasing` forgets them;
`search` finds them by words and filters; `triage` keeps order in them, `bulk` in many at once, with
`tags` and `notes`; `repeats` finds what was answered before; `values` is what all of them hand out.
"""

from ragwidget.conversations import bulk, export, notes, repeats, tags, triage
from ragwidget.conversations.afterthoughts import Afterthought, add_afterthought, afterthought
from ragwidget.conversations.answers import (
    abandon,
    ask_to_stop,
    close_interrupted,
    finish,
    read_answer,
    silent,
)
from ragwidget.conversations.asking import open_turn, take_up
from ragwidget.conversations.drafts import checkpoint
from ragwidget.conversations.erasing import (
    remove,
    remove_before,
    remove_some,
    remove_visitor,
)
from ragwidget.conversations.retrying import reopen_turn
from ragwidget.conversations.search.filters import SORTS, Filters, Sort, parse, parse_sort
from ragwidget.conversations.search.lists import MOST_COUNTED, count, listing, neighbours
from ragwidget.conversations.search.transcripts import index_ended, index_missing
from ragwidget.conversations.threads import (
    Page,
    archive,
    awaits_human,
    contacts,
    hand_over,
    keep_pair,
    last_asked,
    leave_contact,
    messages,
    messages_behind,
    of_visitor,
    position_of,
    rate,
    rename,
    whole_message,
    with_contact,
)
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
    "MOST_COUNTED",
    "SORTS",
    "Afterthought",
    "Answer",
    "Filters",
    "OpenTurn",
    "Page",
    "Question",
    "Sort",
    "Speaker",
    "abandon",
    "add_afterthought",
    "afterthought",
    "archive",
    "ask_to_stop",
    "awaits_human",
    "bulk",
    "checkpoint",
    "close_interrupted",
    "contacts",
    "count",
    "export",
    "finish",
    "hand_over",
    "index_ended",
    "index_missing",
    "keep_pair",
    "last_asked",
    "leave_contact",
    "listing",
    "messages",
    "messages_behind",
    "neighbours",
    "notes",
    "of_visitor",
    "open_turn",
    "parse",
    "parse_sort",
    "position_of",
    "rate",
    "read_answer",
    "remove",
    "remove_before",
    "remove_some",
    "remove_visitor",
    "rename",
    "reopen_turn",
    "repeats",
    "silent",
    "spell_conversation",
    "spell_message",
    "spell_source",
    "tags",
    "take_up",
    "triage",
    "whole_message",
    "with_contact",
]
