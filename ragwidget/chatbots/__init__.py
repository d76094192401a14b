"""What an owner sets: the only writer of chatbots, and where their widgets were seen.

`settings` makes and sets them, `ending` deletes them, `history` tells who set what, `copying` makes
a second one; `theme` is their look;
`engines` changes what answers, `stores` says where a chatbot's File Search store is; `sightings`
remembers websites.
"""

from ragwidget.chatbots import ending
from ragwidget.chatbots.copying import duplicate
from ragwidget.chatbots.ending import remove
from ragwidget.chatbots.engines import NoKey, change_engine, changing, progress, settle, stay
from ragwidget.chatbots.history import Save, before_change, before_save, flat, note, saves
from ragwidget.chatbots.settings import WELCOME, change, create, like, locked, message_limit
from ragwidget.chatbots.sightings import MOST_SIGHTINGS, note_sighting, sightings
from ragwidget.chatbots.stores import (
    change_key,
    doubtful,
    keep_store,
    lose_store,
    note_trouble,
    recognize_store,
    store_of,
    unknown_stores,
)
from ragwidget.chatbots.theme import Theme, theme_of

__all__ = [
    "MOST_SIGHTINGS",
    "WELCOME",
    "NoKey",
    "Save",
    "Theme",
    "before_change",
    "before_save",
    "change",
    "change_engine",
    "change_key",
    "changing",
    "create",
    "doubtful",
    "duplicate",
    "ending",
    "flat",
    "keep_store",
    "like",
    "locked",
    "lose_store",
    "message_limit",
    "note",
    "note_sighting",
    "note_trouble",
    "progress",
    "recognize_store",
    "remove",
    "saves",
    "settle",
    "sightings",
    "stay",
    "store_of",
    "theme_of",
    "unknown_stores",
]
