"""The audit log: who did what in an organization, when and from where.

`noting` writes it, `reading` finds in it, `export` hands it out. It holds no secret, and nothing
that a visitor wrote.
"""

from ragwidget.audit.export import as_csv, as_json_lines
from ragwidget.audit.noting import note, note_reading
from ragwidget.audit.reading import SUBJECTS, Search, entries, expire, read_search

__all__ = [
    "SUBJECTS",
    "Search",
    "as_csv",
    "as_json_lines",
    "entries",
    "expire",
    "note",
    "note_reading",
    "read_search",
]
