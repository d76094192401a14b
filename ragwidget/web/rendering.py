"""Markdown of strangers as HTML that is safe to show: the one sanitizer.

Numbered citation marks travel through the rendering as private characters, one for each number,
and become elements only after everything else was cleaned.
"""

from __future__ import annotations

import html as entities
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

_FIRST = 0xE000  # the private use area: no text has a business there
_MOST_MARKS = 6000
_MOST_TRIES = 4
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_UNSHOWABLE = re.compile("[\ue000-\uf8ff\ud800-\udfff]")
_MARKS = re.compile("[\ue000-\uf8ff]+")
_NUMBERED = re.compile(r"&#(?:\d{1,7}|[xX][0-9a-fA-F]{1,6});")
_MARK_IN_TAG = re.compile("<[^>]*[\ue000-\uf8ff]")
PATIENCE_SECONDS = 0.1  # an owner can write text in which every place is awkward
_UNDIVIDED = re.compile(r"<(a|code|pre)\b[^>]*>.*?</\1>", re.DOTALL)

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol",
    "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_FAR = re.compile("https?://|mailto:", re.IGNORECASE)
_SCHEME = re.compile("^(https?://|mailto:)")
_ATTRIBUTES = {"*": set[str](), "a": {"href", "data-host"}, "ol": {"start"}}

_LINE_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)


def _line_break(state: StateInline, silent: bool) -> bool:
    """Read the one HTML tag that tables need."""
    found = _LINE_BREAK.match(state.src, state.pos)
    if found:
        state.pos = found.end()
        if not silent:
            state.push("hardbreak", "br", 0)
    return found is not None


def _image(
    renderer: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType
) -> str:
    """Link a stranger's picture instead of fetching it."""
    address = escape(str(tokens[i].attrs["src"]))
    label = renderer.renderInline(tokens[i].children or [], options, env) or address
    linked = sum(token.nesting for token in tokens[:i] if token.type.startswith("link_"))
    words = _letters(tokens[i].children or []) or str(tokens[i].attrs["src"])
    host = host_of(_PRIVATE.sub("", str(tokens[i].attrs["src"])))
    shown = "" if leads_openly(words, host) else f' data-host="{escape(host)}"'
    return label if linked else f'<a href="{address}"{shown}>{label}</a>'


def _link(
    renderer: RendererHTML, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType
) -> str:
    """Show where a link leads, unless its words begin with that: words can say anything."""
    end = next(j for j in range(i, len(tokens)) if tokens[j].type == "link_close")
    words = _letters(tokens[i + 1 : end])
    host = host_of(_PRIVATE.sub("", str(tokens[i].attrs["href"])))
    if host and not leads_openly(words, host):
        tokens[i].attrSet("data-host", host)
    return renderer.renderToken(tokens, i, options, env)


def _letters(tokens: Sequence[Token]) -> str:
    inside = (_letters(token.children) if token.children else token.content for token in tokens)
    return _PRIVATE.sub("", "".join(inside))


def leads_openly(words: str, host: str) -> bool:
    """Tell whether a link's words begin with where it leads.

    >>> leads_openly("https://x.org/y", "x.org"), leads_openly("x.org", "x.org.evil.test")
    (True, False)
    """
    return (_SCHEME.sub("", words.lower()) + "/").startswith(host + "/")


def host_of(address: str) -> str:
    """Return whom an address leads to; nothing when it leads nowhere.

    >>> host_of("https://bank.example@evil.test:8/x"), host_of("mailto:a@b.org?body=x")
    ('evil.test:8', 'a@b.org')
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if not _FAR.match(address):
        return ""
    return parts.netloc.rpartition("@")[2].lower() or parts.path


# The same as the widget draws: nothing that would change what has long been read, as a line
# of signs under it or an address at the end; and no code for having been indented.
MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "linkify": False})
    .enable(["table", "strikethrough"])
    .disable(["code", "lheading", "reference"])
)
MARKDOWN.inline.ruler.before("autolink", "line_break", _line_break)
MARKDOWN.add_render_rule("image", _image)
MARKDOWN.add_render_rule("link_open", _link)


def render(text: str, marks: Iterable[tuple[int, int]] = (), anchor: str = "") -> Markup:
    """Return Markdown as safe HTML, with numbered marks at their places.

    `marks` are (offset, number), the offset in UTF-16 code units of `text` as JavaScript counts;
    `anchor` is what the ids of the sources below begin with. A mark never changes what the
    Markdown means: where it would, it stands a little beside, at the worst at the end.

    >>> render("**Yes.** It is", [(8, 1)], "s-")
    Markup('<p><strong>Yes.<sup class="mark"><a href="#s-1">1</a></sup></strong> It is</p>\\n')
    """
    text = _NUMBERED.sub(_not_private, _UNSHOWABLE.sub("\ufffd", text))
    wanted = sorted(
        (_place(text, offset), number) for offset, number in marks if 0 <= number < _MOST_MARKS
    )
    html, late = _marked(text, wanted)
    html = _UNDIVIDED.sub(_marks_behind, html)
    html = _MARKS.sub(lambda found: _elements(found[0], anchor), html)
    return Markup(html + "".join(_elements(_sign(number), anchor) for number in late))  # noqa: S704


def _not_private(reference: re.Match[str]) -> str:
    """Keep a character's number from becoming a mark, without moving what stands behind it."""
    spelled = reference[0]
    return f"\ufffd{spelled[1:]}" if _PRIVATE.match(entities.unescape(spelled)) else spelled


def _marked(text: str, wanted: list[tuple[int, int]]) -> tuple[str, list[int]]:
    """Return the clean HTML with the marks in it, and the numbers that found no place."""
    plain = _clean(text)
    if not wanted:
        return plain, []
    html = _clean(_insert(text, wanted))
    if _same(html, plain):
        return html, []
    html = plain
    placed: list[tuple[int, int]] = []
    late: list[int] = []
    patience = time.monotonic() + PATIENCE_SECONDS
    for place, number in wanted:
        if time.monotonic() > patience:
            late.append(number)
            continue
        for near in _near_places(text, place):
            tried = _clean(_insert(text, [*placed, (near, number)]))
            if _same(tried, plain):
                html = tried
                placed.append((near, number))
                break
        else:
            late.append(number)
    return html, late


def _clean(text: str) -> str:
    return nh3.clean(
        MARKDOWN.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_only_far_links,
        link_rel="nofollow noopener noreferrer",
    )


def _only_far_links(_tag: str, attribute: str, value: str) -> str | None:
    """Keep a stranger's link from leading to a page of ours, or into a script."""
    return value if attribute != "href" or _FAR.match(value) else None


def _same(marked: str, plain: str) -> bool:
    return _PRIVATE.sub("", marked) == plain and not _MARK_IN_TAG.search(marked)


def _insert(text: str, marks: list[tuple[int, int]]) -> str:
    parts, begin = [], 0
    for place, number in sorted(marks):
        parts += [text[begin:place], _sign(number)]
        begin = place
    return "".join([*parts, text[begin:]])


def _near_places(text: str, place: int) -> Iterator[int]:
    """Yield a place, the end of the emphasis it closes, and the ends of the words behind it."""
    yield place
    yield len(text[:place].rstrip("*_~"))
    end = text.find("\n", place)
    line = text[place : len(text) if end < 0 else end]
    for space in islice(re.finditer(r"\s", line), _MOST_TRIES):
        yield place + space.start()
    yield place + len(line)


def _place(text: str, offset: int) -> int:
    """Return the index in a Python string of an offset in UTF-16 code units."""
    units = text.encode("utf-16-le", "surrogatepass")[: 2 * max(0, offset)]
    return len(units.decode("utf-16-le", "ignore"))


def _marks_behind(found: re.Match[str]) -> str:
    return _PRIVATE.sub("", found[0]) + "".join(_PRIVATE.findall(found[0]))


def _sign(number: int) -> str:
    return chr(_FIRST + number)


def _elements(signs: str, anchor: str) -> str:
    numbers = sorted({ord(sign) - _FIRST for sign in signs})
    return "".join(
        f'<sup class="mark"><a href="#{anchor}{number}">{number}</a></sup>' for number in numbers
    )
