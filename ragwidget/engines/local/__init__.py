"""Answers quoted word for word from passages in the database, with no model and no network."""

from ragwidget.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
