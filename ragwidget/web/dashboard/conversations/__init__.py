"""What visitors asked and what they were told: the list, one transcript, and the team's order."""

from ragwidget.web.dashboard.conversations import exporting, keeping, listing, tags, transcript
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.dashboard.conversations.transcript import turns_of

__all__ = ["bp", "exporting", "keeping", "listing", "tags", "transcript", "turns_of"]
