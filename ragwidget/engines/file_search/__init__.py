"""Answers from a Gemini File Search store, with the passages they rest on."""

from ragwidget.engines.file_search.engine import GeminiEngine
from ragwidget.engines.file_search.grounding import SourceFacts

__all__ = ["GeminiEngine", "SourceFacts"]
