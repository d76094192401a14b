"""A stream of answers read straight from its connection, without the service's own client.

It costs a fraction of the client's time, and no thread beside the reader's own.
"""

from ragwidget.engines.file_search.lean.reader import LeanReader, reaches

__all__ = ["LeanReader", "reaches"]
