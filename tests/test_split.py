"""Cutting documents into pieces: nothing lost, nothing too long, nothing on the wrong page."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ragwidget.ingest.document import Block, Page, Piece
from ragwidget.ingest.split import MAX_CHARS, TARGET_CHARS, split

SENTENCE = "Rye bread keeps for a week if it is wrapped in linen. "

words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30)
texts = st.lists(words, min_size=1, max_size=400).map(" ".join)
headings = st.builds(
    Block,
    st.just("heading"),
    st.lists(words, min_size=1, max_size=6).map(" ".join),
    st.integers(1, 4),
)
paragraphs = st.builds(Block, st.just("paragraph"), texts)
rows = st.builds(
    Block,
    st.sampled_from(["list", "table", "code"]),
    st.lists(texts, min_size=1, max_size=5).map("\n".join),
)
documents = st.lists(st.lists(st.one_of(headings, paragraphs, rows), max_size=8), max_size=4).map(
    lambda pages: [Page(number, tuple(blocks)) for number, blocks in enumerate(pages, 1)]
)


def pieces_of(*blocks: Block) -> list[Piece]:
    return list(split([Page(None, blocks)]))


def letters(text: str) -> str:
    return "".join(text.split())


def is_within(written: str, read: str) -> bool:
    rest = iter(letters(read))
    return all(letter in rest for letter in letters(written))


@given(documents)
def test_it_loses_no_words_and_keeps_each_on_its_page(pages: list[Page]) -> None:
    pieces = list(split(pages))

    for page in pages:
        here = [piece for piece in pieces if piece.page == page.number]
        said = "".join(block.text for block in page.blocks if block.kind != "heading")
        assert is_within(said, "".join(piece.text for piece in here))


@given(documents)
def test_it_loses_no_headings(pages: list[Page]) -> None:
    shown = letters("".join(piece.heading + piece.text for piece in split(pages)))

    for page in pages:
        assert all(letters(b.text) in shown for b in page.blocks if b.kind == "heading")


@given(documents)
def test_it_makes_no_piece_too_long_or_empty(pages: list[Page]) -> None:
    pieces = list(split(pages))

    assert all(0 < len(piece.text.strip()) <= MAX_CHARS for piece in pieces)
    assert [piece.position for piece in pieces] == list(range(len(pieces)))


def test_it_fills_pieces_to_a_readable_size_and_cuts_between_sentences() -> None:
    pieces = pieces_of(Block("paragraph", SENTENCE * 60))

    assert all(TARGET_CHARS * 0.6 < len(piece.text) <= TARGET_CHARS for piece in pieces[:-1])
    assert all(piece.text.startswith("Rye") and piece.text.endswith(".") for piece in pieces)


def test_it_names_the_path_of_headings_also_on_the_next_page() -> None:
    pages = [
        Page(1, (Block("heading", "Bread", 1), Block("heading", "Rye", 2), Block("code", "bake"))),
        Page(2, (Block("paragraph", "It goes on here."), Block("heading", "Wheat", 2))),
    ]

    assert [(piece.page, piece.heading, piece.text) for piece in split(pages)] == [
        (1, "Bread › Rye", "bake"),
        (2, "Bread", "Rye\nIt goes on here.\n\nWheat"),
    ]


def test_it_never_crosses_a_main_heading() -> None:
    pieces = pieces_of(
        Block("heading", "Bread", 1),
        Block("paragraph", "Short."),
        Block("heading", "Cake", 1),
        Block("paragraph", "Short too."),
    )

    assert [(piece.heading, piece.text) for piece in pieces] == [
        ("Bread", "Short."),
        ("Cake", "Short too."),
    ]


def test_it_joins_tiny_sections_under_the_same_main_heading() -> None:
    [piece] = pieces_of(
        Block("heading", "Bread", 1),
        Block("heading", "Rye", 2),
        Block("paragraph", "Dark."),
        Block("heading", "Wheat", 2),
        Block("paragraph", "Light."),
    )

    assert (piece.heading, piece.text) == ("Bread", "Rye\nDark.\n\nWheat\nLight.")


def test_it_cuts_tables_between_rows() -> None:
    table = "\n".join(f"Plan: number {n}; Price: {n} euros a month" for n in range(100))
    pieces = pieces_of(Block("table", table))

    assert len(pieces) > 2
    assert [row for piece in pieces for row in piece.text.splitlines()] == table.splitlines()
