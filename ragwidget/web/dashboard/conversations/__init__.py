"""What visitors asked and what they were told: the list, one transcript, and the team's order."""

from ragwidget.web.dashboard.conversations import (
    answering,
    exporting,
    following,
    keeping,
    listing,
    tags,
    transcript,
    turns,
)
from ragwidget.web.dashboard.conversations.answering import box_for
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.following import going_on, turns_from
from ragwidget.web.dashboard.conversations.turns import turns_of

__all__ = [
    "answering",
    "box_for",
    "bp",
    "exporting",
    "following",
    "going_on",
    "keeping",
    "listing",
    "tags",
    "transcript",
    "turns",
    "turns_from",
    "turns_of",
]
