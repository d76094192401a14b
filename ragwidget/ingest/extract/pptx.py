"""PowerPoint presentations: each slide is a page, under its title, with its notes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.exc import PackageNotFoundError

from ..cleaning import squeeze
from ..document import Block, Document, Limits, Page, Progress, Unreadable
from .office import title_of
from .rows import as_lines


def extract(content: bytes, limits: Limits, on_progress: Progress) -> Document:
    """Return the slides. What is hidden in the presentation stays hidden."""
    try:
        slides = list(Presentation(io.BytesIO(content)).slides)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise Unreadable(
            "damaged",
            "The presentation is damaged or incomplete. Open it in PowerPoint, save it again and "
            "add the new copy.",
        ) from error
    if len(slides) > limits.max_pages:
        raise Unreadable(
            "too_many_pages",
            f"The presentation has {len(slides):,} slides; {limits.max_pages:,} can be read. "
            "Split it into smaller files and add those.",
        )
    pages = []
    for number, slide in enumerate(slides, 1):
        on_progress(number, len(slides))
        if slide.element.get("show") != "0":
            pages.append(Page(number, tuple(_blocks(slide))))
    first = next((b.text for p in pages[:1] for b in p.blocks if b.kind == "heading"), None)
    return Document("pptx", title_of(content) or first, tuple(pages))


def _blocks(slide: Any) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield Block("heading", squeeze(title.text_frame.text), 1)
    for shape in _flat(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape_blocks(shape)
    if slide.has_notes_slide:
        notes = slide.notes_slide.notes_text_frame
        if notes is not None and notes.text.strip():
            yield Block("paragraph", squeeze(notes.text))


def _flat(shapes: Iterable[Any]) -> Iterator[Any]:
    for shape in shapes:
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _flat(shape.shapes)
        else:
            yield shape


def _shape_blocks(shape: Any) -> Iterator[Block]:
    if shape.has_text_frame:
        lines = [
            ("  " * p.level + "- ", squeeze(p.text))
            for p in shape.text_frame.paragraphs
            if p.text.strip()
        ]
        if len(lines) > 1:
            yield Block("list", "\n".join(mark + line for mark, line in lines))
        elif lines:
            yield Block("paragraph", lines[0][1])
    elif getattr(shape, "has_table", False) and shape.has_table:
        rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
        named = True if shape.table.first_row else None
        yield Block("table", "\n".join(as_lines(rows, has_header=named)))
