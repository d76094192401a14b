"""What a chatbot is given to read: adding it, watching it being read, taking it away."""

from ragwidget.web.dashboard.sources import listing, single
from ragwidget.web.dashboard.sources.door import bp

__all__ = ["bp", "listing", "single"]
