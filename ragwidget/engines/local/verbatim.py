"""Somebody's words as Markdown that shows exactly these words."""

import re

_TICKED = re.compile(r"(?<!`)(`+)(?!`)(?!\s*\1)[^\n]*?[^`\n]\1(?!`)")
# An address as the widget finds it, if it is one for a browser, too.
_ADDRESS = re.compile(
    r"https?://[\w.*-]*\w(?::\d{1,5})?(?:[/?#](?:[^\s<>`\"]*[^\s<>`\"'*_~.,:;!?)\]])?)?",
    re.IGNORECASE,
)
_MEANT = re.compile(r"[*_~\[\\&]")  # what Markdown would read in an address
_APART = re.compile(r"\s|[.,:;!?)](?:\s|$)")
_INLINE = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n]|\Z)|[`*]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~"
    r"|\](?=[(\[:])|<(?=[a-z/!?])|&(?=#?\w{1,31};)|(?:(?<=http)|(?<=https))(?=://)",
    re.IGNORECASE,
)
_AT_START = re.compile(
    r"(?m)^([ \t]*)"
    r"(?:(?=#{1,6}(?:\s|$)|>|[-+](?:\s|$)|[-=|:][-=|: \t]*$)|(\d{1,9})(?=[.)](?:\s|$)))"
)
_FENCE = re.compile(r"\s*```")


def prose(text: str, *, begins: bool = True) -> str:
    r"""Return the Markdown of running text; `begins` when it stands at the start of a line.

    Code between backticks stays code, and an address stays one.

    >>> prose("# 1 *is* __init__, in snake_case")
    '\\# 1 \\*is\\* \\_\\_init\\_\\_, in snake_case'
    >>> prose("`a*b` and https://example.org/*x")
    '`a*b` and <https://example.org/*x>'
    """
    pieces, at = [], 0
    for kept in re.finditer(f"{_TICKED.pattern}|{_ADDRESS.pattern}", text, re.IGNORECASE):
        pieces.append(_INLINE.sub(_escaped, text[at : kept.start()]))
        pieces.append(f"<{kept[0]}>" if _is_mistakable(kept, text) else kept[0])
        at = kept.end()
    pieces.append(_INLINE.sub(_escaped, text[at:]))
    lines = "".join(pieces)
    first, newline, rest = ("", "", lines) if begins else lines.partition("\n")
    return first + newline + _AT_START.sub(_escaped_start, rest)


def fenced(code: str) -> tuple[str, str]:
    r"""Return what goes before and after code to keep it code; nothing if it has a fence.

    >>> fenced("print(1)")
    ('```\n', '\n```')
    """
    if _FENCE.match(code):
        return "", "" if code.rstrip().endswith("```") and code.count("```") > 1 else "\n```"
    longest = max((len(ticks) for ticks in re.findall("`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n", f"\n{fence}"


def _is_mistakable(kept: re.Match[str], text: str) -> bool:
    """Tell whether an address holds Markdown, or is touched by what might be more of it."""
    if kept[0].startswith("`"):
        return False
    behind = text[kept.end() : kept.end() + 2]
    return bool(_MEANT.search(kept[0]) or (behind and not _APART.match(behind)))


def _escaped(sign: re.Match[str]) -> str:
    return "\\" + sign[0]


def _escaped_start(start: re.Match[str]) -> str:
    return f"{start[1]}{start[2] or ''}\\"
