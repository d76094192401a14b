"""Web pages: what they say, without what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..cleaning import squeeze
from ..document import Block, Document, Limits, Page, Progress, Unreadable
from .rows import as_lines

_SILENT = (
    "script, style, noscript, template, iframe, object, embed, svg, canvas, video, audio, select, "
    "button, input, textarea, dialog, [hidden], [aria-hidden=true]"
)
_AROUND = (
    "nav, footer, aside, [role=navigation], [role=banner], [role=contentinfo], [role=search], "
    "[role=dialog], [role=alertdialog], [role=complementary], #onetrust-consent-sdk, "
    "#CybotCookiebotDialog, #didomi-host, #usercentrics-root, .skip-link, .breadcrumb, .breadcrumbs"
)
_CONSENT = ("cookie", "consent", "gdpr")
_CONSENT_BOXES = ("banner", "notice", "bar", "popup", "modal", "overlay", "dialog", "wall", "box")
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt "
        "ruby s samp small span strike strong sub sup time tt u var wbr",
    )
)
_MAX_DEPTH = 200


def extract(content: str, limits: Limits, on_progress: Progress) -> Document:
    """Return the headings, paragraphs, lists, tables and code of the page's own content."""
    try:
        tree = LexborHTMLParser(content)
    except (ValueError, RuntimeError) as error:
        raise Unreadable("damaged", "The page's HTML can't be understood.") from error
    title = tree.css_first("title")
    spoken_title = squeeze(title.text()) if title else ""
    _drop(tree.css(_SILENT))
    blocks = _walk(_content(tree))
    first = next((b.text for b in blocks if b.kind == "heading" and b.level == 1), None)
    return Document("html", spoken_title or first, (Page(None, tuple(blocks)),))


def blocks_of(fragment: str) -> list[Block]:
    """Return the blocks of a piece of HTML that has nothing around it."""
    tree = LexborHTMLParser(fragment)
    _drop(tree.css(_SILENT))
    return _walk(tree.body)


def _content(tree: LexborHTMLParser) -> LexborNode | None:
    """Return what the page is about: its main part if it marks one, else its body."""
    body = tree.body
    if body is None:
        return None
    everything = len(body.text())
    _drop(body.css(_AROUND))
    _drop([node for node in body.css("[class], [id]") if _asks_for_consent(node)])
    _drop([node for node in body.css("body > header") if not node.css_first("h1")])
    for selector in ("main", "[role=main]", "article"):
        found = body.css(selector)
        if len(found) == 1 and len(found[0].text()) * 5 > everything:
            return found[0]
    return body


def _drop(nodes: list[LexborNode]) -> None:
    """Take nodes out of their page."""
    doomed = {node.mem_id for node in nodes}
    for node in [node for node in nodes if not _is_inside(node, doomed)]:
        # Dropping a node frees those inside it: to touch one of them after that is a crash.
        if node.tag not in {"html", "body"}:
            node.decompose()


def _is_inside(node: LexborNode, doomed: set[int]) -> bool:
    parent = node.parent
    while parent is not None:
        if parent.mem_id in doomed and parent.tag not in {"html", "body"}:
            return True
        parent = parent.parent
    return False


def _asks_for_consent(node: LexborNode) -> bool:
    if node.tag in {"html", "body", "main", "article"}:
        return False
    name = f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".lower()
    return any(word in name for word in _CONSENT) and any(word in name for word in _CONSENT_BOXES)


def _walk(root: LexborNode | None) -> list[Block]:
    blocks: list[Block] = []
    line: list[str] = []

    def flush() -> None:
        if text := squeeze("".join(line)):
            blocks.append(Block("paragraph", text))
        line.clear()

    def visit(node: LexborNode, depth: int) -> None:
        for child in _children(node):
            tag = child.tag or ""
            if tag == "-text":
                line.append(child.text_content or "")
            elif tag == "br":
                line.append(" ")
            elif tag == "img":
                line.append(f" {child.attributes.get('alt') or ''} ")
            elif depth >= _MAX_DEPTH or (tag in _INLINE and not _holds_blocks(child)):
                line.append(child.text())
            else:
                flush()
                if made := _block(child, tag):
                    blocks.append(made)
                else:
                    visit(child, depth + 1)
                    flush()

    if root is not None:
        visit(root, 0)
        flush()
    return [block for block in blocks if block.text]


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next


def _holds_blocks(node: LexborNode) -> bool:
    return node.css_first("p, div, h1, h2, h3, h4, ul, ol, table, pre") is not None


def _block(node: LexborNode, tag: str) -> Block | None:
    """Return the node as one block, or None if it only holds others."""
    if tag in _HEADINGS:
        return Block("heading", squeeze(node.text()), _HEADINGS[tag])
    if tag == "pre":
        return Block("code", node.text().strip("\n").rstrip())
    if tag in {"ul", "ol"}:
        return Block("list", "\n".join(_items(node, 0)))
    if tag == "dl":
        return Block("list", "\n".join(_definitions(node)))
    if tag == "table" and not node.css_first("table table, table h1, table h2"):
        return _table(node)
    return None


def _items(node: LexborNode, depth: int) -> Iterator[str]:
    numbered, number = node.tag == "ol", 1
    for item in _children(node):
        if item.tag in {"ul", "ol"} and depth < _MAX_DEPTH:
            yield from _items(item, depth + 1)
        elif item.tag == "li":
            own = [child for child in _children(item) if child.tag not in {"ul", "ol"}]
            text = squeeze(" ".join(_line(child) for child in own))
            if text:
                yield "  " * min(depth, 8) + (f"{number}. " if numbered else "- ") + text
                number += 1
            for child in _children(item):
                if child.tag in {"ul", "ol"} and depth < _MAX_DEPTH:
                    yield from _items(child, depth + 1)


def _line(node: LexborNode) -> str:
    if node.tag == "-text":
        return node.text_content or ""
    # Blocks inside an item must not run together; inline tags must not be torn apart.
    return node.text(separator=" " if _holds_blocks(node) else "")


def _definitions(node: LexborNode) -> Iterator[str]:
    term = ""
    for child in node.css("dt, dd"):
        text = squeeze(child.text())
        if child.tag == "dt":
            term = f"{term}, {text}" if term else text
        elif text:
            yield f"{term}: {text}" if term else text
            term = ""
    if term:
        yield term


def _table(node: LexborNode) -> Block:
    rows = [row.css("th, td") for row in node.css("tr")]
    rows = [row for row in rows if row]
    cells = [[squeeze(cell.text(separator=" ")) for cell in row] for row in rows]
    if all(len(row) == 2 and row[0].tag == "th" and row[1].tag == "td" for row in rows):
        return Block("table", "\n".join(": ".join(filter(None, row)) for row in cells))
    named = True if rows and all(cell.tag == "th" for cell in rows[0]) else None
    return Block("table", "\n".join(as_lines(cells, has_header=named)))
