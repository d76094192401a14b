"""Table rows as sentences: each cell beside the name of its column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..cleaning import squeeze

_LONGEST_NAME = 60


def as_lines(rows: Iterable[Sequence[str]], *, has_header: bool | None = None) -> list[str]:
    """Return a line for each row that can be read without the others.

    Whether the first row names the columns is decided by looking at it, unless it is known.

    >>> as_lines([["Plan", "Price"], ["Basic", "€5"], ["Pro", ""]])
    ['Plan: Basic; Price: €5', 'Plan: Pro']
    >>> as_lines([["one", "1"], ["two", "2"]], has_header=False)
    ['one | 1', 'two | 2']
    """
    cells = [[squeeze(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return []
    if has_header is None:
        has_header = _names_columns(cells[0])
    if not has_header or len(cells) < 2:
        return [" | ".join(cell for cell in row if cell) for row in cells]
    names = cells[0]
    return [_line(names, row) for row in cells[1:]]


def _names_columns(row: Sequence[str]) -> bool:
    names = [cell for cell in row if cell]
    return (
        len(names) > 1
        and len(set(names)) == len(names)
        and all(len(name) <= _LONGEST_NAME for name in names)
        and not any(name.replace(".", "").replace(",", "").isdigit() for name in names)
    )


def _line(names: Sequence[str], row: Sequence[str]) -> str:
    named = (names[i] if i < len(names) else "" for i in range(len(row)))
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(named, row, strict=True) if cell
    )
