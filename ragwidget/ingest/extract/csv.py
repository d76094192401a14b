"""CSV and its relatives: one line for each row, with the names of the columns."""

from __future__ import annotations

import csv
import io

from ..document import Block, Document, Limits, Page, Progress, Unreadable
from .rows import as_lines

_DELIMITERS = ",;\t|"


def extract(content: str, limits: Limits, on_progress: Progress) -> Document:
    """Return the table, each row readable by itself."""
    text = content.lstrip("\ufeff")
    csv.field_size_limit(limits.max_chars)
    rows = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            if len(row) > limits.max_columns:
                raise Unreadable(
                    "too_many_columns",
                    f"The table has {len(row):,} columns; {limits.max_columns:,} can be read.",
                )
            rows.append(row)
    except csv.Error as error:
        raise Unreadable(
            "damaged", f"The table breaks off in row {len(rows) + 1}. Save it as CSV again."
        ) from error
    table = Block("table", "\n".join(as_lines(rows)))
    return Document("csv", None, (Page(None, (table,)),))


def _delimiter(text: str) -> str:
    """Return what the first line is most often parted by, outside of quotes."""
    lines = text[:10_000].splitlines()
    outside = "".join(lines[0].split('"')[::2]) if lines else ""
    return max(_DELIMITERS, key=outside.count)
