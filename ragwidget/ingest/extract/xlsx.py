"""Excel workbooks: each visible sheet under its name, each row with the names of its columns."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ..document import Block, Document, Limits, Page, Progress, Unreadable
from .rows import as_lines


def extract(content: bytes, limits: Limits, on_progress: Progress) -> Document:
    """Return what the sheets say. What is hidden in the workbook stays hidden."""
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
        ]
        blocks: list[Block] = []
        for done, name in enumerate(sheets, 1):
            blocks += _blocks(name, workbook.get_sheet_by_name(name), limits)
            on_progress(done, len(sheets))
    except CalamineError as error:
        raise Unreadable(
            "damaged",
            "The workbook is damaged or incomplete. Open it in Excel, save it again and add "
            "the new copy.",
        ) from error
    return Document("xlsx", None, (Page(None, tuple(blocks)),))


def _blocks(name: str, sheet: Any, limits: Limits) -> list[Block]:
    if sheet.total_width > limits.max_columns:
        raise Unreadable(
            "too_many_columns",
            f"The sheet “{name}” has {sheet.total_width:,} columns; "
            f"{limits.max_columns:,} can be read.",
        )
    rows = [[_spell(cell) for cell in row] for row in sheet.iter_rows()]
    rows = [row for row in rows if any(row)]
    # What stands alone above the table is its title, not a column.
    above = 0
    while above < len(rows) - 1 and sum(map(bool, rows[above])) == 1 < sum(
        map(bool, rows[above + 1])
    ):
        above += 1
    blocks = [Block("heading", name, 1)]
    blocks += [Block("paragraph", " ".join(filter(None, row))) for row in rows[:above]]
    blocks.append(Block("table", "\n".join(as_lines(rows[above:]))))
    return blocks


def _spell(cell: Any) -> str:
    match cell:
        case bool():
            return "yes" if cell else "no"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case float():
            return f"{cell:.10g}"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(sep=" ", timespec="minutes")
        case date() | time() | timedelta():
            return str(cell)
        case _:
            return str(cell)
