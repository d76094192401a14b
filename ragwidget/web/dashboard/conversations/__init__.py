"""What visitors asked and what they were told: the list, one transcript, and the team's order."""

from ragwidget.web.dashboard.conversations import (
    answering,
    exporting,
    keeping,
    listing,
    tags,
    transcript,
    turns,
)
from ragwidget.web.dashboard.conversations.answering import box_for
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.turns import turns_of

__all__ = [
    "answering",
    "box_for",
    "bp",
    "exporting",
    "keeping",
    "listing",
    "tags",
    "transcript",
    "turns",
    "turns_of",
]
