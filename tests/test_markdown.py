"""The widget's Markdown: what it means, in whatever pieces it arrives, and how it never hurts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
from drawing import Drawing, letters_of, shown, spelled
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_examples import EXAMPLES, OTHERWISE

ALL = [*(source for sources in EXAMPLES.values() for source in sources), *OTHERWISE]
SIGNS = [*"ab1 .*_`~#>-+|[]()!\n\\<&:;\"'/\t", "\n\n", "    ", "**", "```", "- ", "1. ", "> ", "]("]
SIGNS += ["|-|", "https://x.org", "&#42;", "é", "と", "「", "👍🏽", "\r\n"]
MARKDOWN = st.lists(st.sampled_from(SIGNS) | st.characters(codec="utf-8"), max_size=40).map("".join)
ADDRESS = re.compile(r"<\w+:[^>]*>")  # a mark in one would make it another
LETTER = "ж"  # stands in no example


@pytest.fixture(scope="module")
def drawing() -> Iterator[Drawing]:
    drawing = Drawing()
    yield drawing
    drawing.close()


def pieces_of(source: str, seed: int) -> list[str]:
    """Return a text as it may arrive."""
    dice = random.Random(seed)
    pieces, begin = [], 0
    while begin < len(source):
        end = begin + dice.randint(1, 7)
        pieces.append(source[begin:end])
        begin = end
    return pieces


def units(text: str) -> int:
    """Return how long JavaScript says a text is."""
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("section", EXAMPLES)
def test_it_reads_as_in_the_dashboard(drawing: Drawing, section: str) -> None:
    for source in EXAMPLES[section]:
        [nodes] = drawing.nodes([source])
        assert spelled(nodes) == spelled(shown(source, drawing)), source


@pytest.mark.parametrize("source", OTHERWISE)
def test_it_differs_on_purpose(drawing: Drawing, source: str) -> None:
    [nodes] = drawing.nodes([source])
    assert spelled(nodes) == OTHERWISE[source][0]


def test_it_draws_every_example_the_same_in_whatever_pieces_it_arrives(drawing: Drawing) -> None:
    for source in ALL:
        splits = [pieces_of(source, seed) for seed in range(4)]
        whole, *others = drawing.nodes([source], list(source), *splits)
        assert all(nodes == whole for nodes in others), source


@settings(max_examples=600, deadline=None)
@given(MARKDOWN, st.integers(0, 99))
def test_it_draws_any_text_the_same_in_whatever_pieces_it_arrives(
    drawing: Drawing, source: str, seed: int
) -> None:
    whole, *others = drawing.nodes([source], list(source), pieces_of(source, seed))
    assert all(nodes == whole for nodes in others)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from("*_").flatmap(lambda mark: st.text(f"ab {mark}{mark}", max_size=24)))
def test_it_pairs_marks_as_the_dashboard_does(drawing: Drawing, source: str) -> None:
    text = "a" + source + "a"
    [nodes] = drawing.nodes([text])
    assert spelled(nodes) == spelled(shown(text, drawing))


def test_it_finds_where_every_letter_of_the_examples_went(drawing: Drawing) -> None:
    for source in ALL:
        [whole], [places] = drawing.nodes([source]), drawing.places(source)
        letters = letters_of(whole)
        text = ADDRESS.sub(lambda found: " " * len(found[0]), source)
        offsets = [i for i, sign in enumerate(text) if sign.isascii() and sign.isalnum()]
        changed = drawing.nodes(*([source[:i] + LETTER + source[i + 1 :]] for i in offsets))
        for offset, nodes in zip(offsets, changed, strict=True):
            place = letters_of(nodes).find(LETTER)
            only = letters[:place] + LETTER + letters[place + 1 :] == letters_of(nodes)
            if place >= 0 and only:
                assert places[units(source[: offset + 1])] == units(letters[: place + 1]), source
