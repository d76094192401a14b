"""What the widget asks of browsers: nothing that one of them has had for less than two years."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = "\n".join(
    path.read_text() for path in [*ROOT.glob("static/widget.js"), *ROOT.glob("static/widget/*.js")]
)
TOO_YOUNG = {
    "grow with their text": r"field-sizing",
    "anchors": r"anchor-name|anchor\(|position-anchor",
    "styles to begin with": r"@starting-style|allow-discrete|interpolate-size|calc-size",
    "scopes, functions and conditions": r"@scope|@function|\bif\(",
    "wrapping": r"text-wrap-style|text-wrap: *pretty",
    "transitions of views": r"startViewTransition",
    "highlights": r"CSS\.highlights|new Highlight\(|until-found",
    "commands": r"\bcommandfor\b|closedby|popover = \"hint\"",
    "iterators with methods": r"\.(values|keys|entries)\(\)\.(map|filter|find|some)",
    "sets with methods": r"\.(union|intersection|difference|symmetricDifference|isSubsetOf)\(",
    "imports with attributes": r"import[^;\n]*\bwith *\{",
    "bytes as text": r"fromBase64|toBase64|toHex\(",
    "small helpers": r"Promise\.try|RegExp\.escape|Error\.isError|Math\.sumPrecise|moveBefore",
    "elements as properties": r"aria\w+Elements?\b",
    "what Safari lacks": r"requestIdleCallback|scheduler\.|for await \([^)]* of \w+\.body\)",
    "what needs TLS": r"crypto\.randomUUID\(|crypto\.subtle|navigator\.locks",
}


@pytest.mark.parametrize("pattern", TOO_YOUNG.values(), ids=TOO_YOUNG)
def test_it_does_without_what_is_too_young(pattern: str) -> None:
    assert not re.search(pattern, SOURCES)


def test_the_readme_lists_only_what_is_used() -> None:
    section = (ROOT / "README.md").read_text().partition("## In which browsers")[2]
    rows = re.findall(r"^\| ([^|]*) \| \d", section.partition("\n## ")[0], re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    assert len(named) == len(rows)
    assert [name for name in named if name not in SOURCES] == []
