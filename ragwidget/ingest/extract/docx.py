"""Word documents, by way of the HTML that mammoth makes of their styles."""

from __future__ import annotations

import io
import re
from typing import Any

import mammoth

from ..document import Document, Limits, Page, Progress
from .html import blocks_of
from .office import title_of

_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Heading 7'] => h6:fresh
"""


def extract(content: bytes, limits: Limits, on_progress: Progress) -> Document:
    """Return the document's headings, paragraphs, lists and tables. Word keeps no page numbers."""
    html = mammoth.convert_to_html(
        io.BytesIO(content), style_map=_STYLES, convert_image=_leave_out, id_prefix="n"
    ).value
    html = re.sub(r"<a href=\"#n[^\"]*\"[^>]*>(\[\d+\]|↑)</a>", "", html)  # footnote arrows
    blocks = blocks_of(html)
    first = next((b.text for b in blocks if b.kind == "heading" and b.level == 1), None)
    title = title_of(content) or first
    if len(blocks) > 1 and blocks[0].text == title and blocks[1].kind == "heading":
        del blocks[0]  # a title page is no section
    return Document("docx", title, (Page(None, tuple(blocks)),))


def _leave_out(_image: Any) -> list[Any]:
    return []
