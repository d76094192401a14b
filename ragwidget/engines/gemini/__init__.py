"""Gemini over its own client: the only room that imports google.genai."""

from ragwidget.engines.file_search.exchange import Options
from ragwidget.engines.gemini.service import Gemini

__all__ = ["Gemini", "Options"]
