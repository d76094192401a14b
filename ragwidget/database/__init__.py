"""The two databases, dealt with alike: how they are spoken to, waited for, and heard to fail.

`transactions` says what is promised of one, `statements` what both can do; `manners` are what each
connection is taught, `connections` and `greenlets` how PostgreSQL is waited for, and `failures`
tells when the database is away or full, and a row gone.
"""

from ragwidget.database.failures import DATABASE_AWAY, is_full, is_gone, lacks_table
from ragwidget.database.statements import REST, each_by_itself, insert, rows_changed, together
from ragwidget.database.transactions import (
    begin_reading,
    end_reading,
    patient,
    reading,
    writing,
)

__all__ = [
    "DATABASE_AWAY",
    "REST",
    "begin_reading",
    "each_by_itself",
    "end_reading",
    "insert",
    "is_full",
    "is_gone",
    "lacks_table",
    "patient",
    "reading",
    "rows_changed",
    "together",
    "writing",
]
