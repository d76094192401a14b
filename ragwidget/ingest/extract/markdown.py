"""Markdown: its blocks, without its marks."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ..cleaning import squeeze
from ..document import Block, Document, Limits, Page, Progress
from . import html
from .rows import as_lines

_FRONT_MATTER = re.compile(
    r"\ufeff?(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL
)
_FRONT_TITLE = re.compile(r"^title\s*[:=]\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)


def extract(content: str, limits: Limits, on_progress: Progress) -> Document:
    """Return the headings, paragraphs, lists, tables and code of a Markdown text."""
    text, title = content.replace("\r\n", "\n"), None
    if front := _FRONT_MATTER.match(text):
        text = text[front.end() :]
        named = _FRONT_TITLE.search(front[2])
        title = named[1] if named else None
    tokens = MarkdownIt("commonmark", {"maxNesting": 40}).enable("table").parse(text)
    blocks = _Blocks(tokens).blocks
    if title is None:
        title = next((b.text for b in blocks if b.kind == "heading" and b.level == 1), None)
    return Document("markdown", title, (Page(None, tuple(blocks)),))


class _Blocks:
    """Walks the tokens of a text once and keeps what they say."""

    def __init__(self, tokens: list[Token]) -> None:
        self.blocks: list[Block] = []
        self._items: list[str] = []
        self._counters: list[int | None] = []
        self._mark = ""
        self._rows: list[list[str]] = []
        self._level = 0
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self._level = int(token.tag[1])
            case "heading_close":
                self._level = 0
            case "bullet_list_open":
                self._counters.append(None)
            case "ordered_list_open":
                self._counters.append(int(token.attrGet("start") or 1))
            case "list_item_open":
                self._open_item()
            case "bullet_list_close" | "ordered_list_close":
                self._close_list()
            case "tr_open":
                self._rows.append([])
            case "table_close":
                self._keep("table", "\n".join(as_lines(self._rows, has_header=True)))
                self._rows = []
            case "inline":
                self._say(spoken(token))
            case "fence" | "code_block":
                self._keep("code", token.content.rstrip())
            case "html_block":
                self.blocks += html.blocks_of(token.content)

    def _open_item(self) -> None:
        indent, counter = "  " * (len(self._counters) - 1), self._counters[-1]
        self._mark = indent + ("- " if counter is None else f"{counter}. ")
        if counter is not None:
            self._counters[-1] = counter + 1

    def _close_list(self) -> None:
        self._counters.pop()
        if not self._counters:
            self._keep("list", "\n".join(self._items))
            self._items = []

    def _say(self, text: str) -> None:
        if self._rows:
            self._rows[-1].append(text)
        elif self._level:
            self._keep("heading", text, self._level)
        elif self._counters:
            self._items.append(self._mark + text)
            self._mark = "  " * len(self._counters)  # a second paragraph of the same item
        else:
            self._keep("paragraph", text)

    def _keep(self, kind: str, text: str, level: int = 0) -> None:
        if kind == "code" and self._counters:
            self._items += text.splitlines()
        elif text.strip():
            self.blocks.append(Block(kind, text, level))


def spoken(inline: Token) -> str:
    """Return what a reader of the rendered line would read; pictures by their description."""
    parts = []
    for token in inline.children or ():
        if token.type in {"text", "code_inline", "image"}:
            parts.append(token.content)
        elif token.type in {"softbreak", "hardbreak"} or token.content.startswith("<br"):
            parts.append(" ")
    return squeeze("".join(parts))
