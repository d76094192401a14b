"""Transcripts: Markdown of strangers on a page of ours."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from ragwidget.web.rendering import render

MARK = re.compile(r'<sup class="mark"><a href="#s-\d+">\d+</a></sup>')
MARKDOWN = st.text(
    st.sampled_from("ab .*_`~#>-|[]()!\n\\<&1\U0001f600\ue001") | st.characters(), max_size=60
)


def test_it_never_lets_html_through() -> None:
    shown = render('<img src=x onerror="alert(1)"><script>alert(2)</script>')
    assert "<img" not in shown
    assert "<script" not in shown


def test_it_links_only_where_a_reader_may_go() -> None:
    assert 'href="https://example.org"' in render("[here](https://example.org)")
    for address in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.test"):
        assert "href" not in render(f"[here]({address})")


def test_it_links_pictures_of_strangers_instead_of_showing_them() -> None:
    shown = render("![a *cat*](https://evil.test/seen.gif) ![](https://x.org/?a&b)")
    assert "<img" not in shown
    assert (
        '<a href="https://evil.test/seen.gif" data-host="evil.test"'
        ' rel="nofollow noopener noreferrer">a <em>cat</em></a>' in shown
    )
    assert ">https://x.org/?a&amp;b</a>" in shown
    assert "href" not in render("![x](javascript:alert(1)) ![x](data:image/svg+xml,x)")
    assert render("[![a](https://evil.test/a.gif)](https://x.org)").count("<a ") == 1


def test_it_shows_where_a_link_leads_unless_its_words_begin_with_that() -> None:
    for words, address, host in (
        ("click here", "https://evil.test/?q=all+that+was+said", "evil.test"),
        ("https://bank.example", "https://evil.test", "evil.test"),
        ("bank.example", "https://bank.example@evil.test", "evil.test"),
        ("bank.example", "https://bank.example.evil.test", "bank.example.evil.test"),
        ("the bank", "mailto:thief@evil.test", "thief@evil.test"),
    ):
        assert f'data-host="{host}"' in render(f"[{words}]({address})"), words
    for words in ("https://x.org", "x.org/terms", "**X.org**"):
        assert "data-host" not in render(f"[{words}](https://x.org/terms) ![](https://x.org/a)")


def test_it_puts_a_mark_at_the_end_of_its_span() -> None:
    shown = render("It opens at nine. It closes at six.", [(17, 1)], "s-")
    assert shown.startswith('<p>It opens at nine.<sup class="mark"><a href="#s-1">1</a></sup> It')


def test_it_counts_as_javascript_does() -> None:
    assert render("😀 yes no", [(6, 1)], "s-").startswith("<p>😀 yes<sup")


def test_it_keeps_emphasis_whole_when_a_mark_stands_behind_it() -> None:
    shown = render("**Yes.** It is.", [(8, 1)], "s-")
    assert MARK.sub("", shown) == "<p><strong>Yes.</strong> It is.</p>\n"


def test_it_puts_marks_behind_links_and_code() -> None:
    shown = render("[here](https://example.org) and `code`", [(3, 1), (35, 2)], "s-")
    assert '</a><sup class="mark"><a href="#s-1">' in shown
    assert '</code><sup class="mark"><a href="#s-2">' in shown


def test_it_puts_a_mark_that_finds_no_place_at_the_end() -> None:
    assert render("Short.", [(900, 3)], "s-").count("<sup") == 1


@given(MARKDOWN, st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=4))
def test_a_mark_never_changes_what_markdown_means(text: str, marks: list[tuple[int, int]]) -> None:
    assert MARK.sub("", render(text, marks, "s-")) == render(text)


def test_nobody_writes_a_mark_by_the_number_of_its_character() -> None:
    for spelled in ("&#xE001;", "&#57345;", "&#X0e001;", "![&#xE001;](https://x.org)"):
        assert "sup" not in render(f"Surely {spelled} so.", [], "s-"), spelled
        assert MARK.findall(render(f"Surely {spelled} so.", [(6, 1)], "s-")) == [
            '<sup class="mark"><a href="#s-1">1</a></sup>'
        ]
    assert render("&#8364;&#x41;") == "<p>€A</p>\n"


@given(MARKDOWN, st.lists(st.tuples(st.integers(0, 80), st.integers(1, 9)), max_size=4))
def test_every_number_is_shown(text: str, marks: list[tuple[int, int]]) -> None:
    shown = set(re.findall(r'href="#s-(\d+)"', render(text, marks, "s-")))
    assert shown == {str(number) for _, number in marks}
