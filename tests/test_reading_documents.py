"""Reading honest files: what they say, under which heading, on which page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import making_files as making
import pytest

from ragwidget.ingest import child
from ragwidget.ingest.reader import Limits, Piece, Summary, Unreadable, read_file, read_text

Read = Callable[..., tuple[Summary, list[Piece]]]


@pytest.fixture(params=["in a process of its own", "here"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Read:
    def read_apart(content: bytes, name: str = "file") -> tuple[Summary, list[Piece]]:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return read_file(path, name, Limits())

    def read_here(content: bytes, name: str = "file") -> tuple[Summary, list[Piece]]:
        document = child.read(content, name, None, Limits())
        return child.summarize(document), list(child.pieces_of(document, Limits()))

    return read_here if request.param == "here" else read_apart


def whole(pieces: list[Piece]) -> str:
    return "\n".join(f"{piece.heading}\n{piece.text}" for piece in pieces)


def test_it_knows_the_page_and_chapter_of_every_piece_of_a_pdf(read: Read) -> None:
    summary, pieces = read(making.pdf(*(f"Story number {n}. " + making.LOREM * 30 for n in "abcd")))

    assert summary == Summary("pdf", "Handbook", 4)
    for number, letter in enumerate("abcd", 1):
        [first, *_] = [piece for piece in pieces if f"Story number {letter}" in piece.text]
        assert (first.page, first.heading) == (number, f"Chapter {number}")


def test_it_leaves_running_headers_and_page_numbers_out_of_a_pdf(read: Read) -> None:
    _, pieces = read(making.pdf(*[making.LOREM * 5] * 4))

    assert "quick brown fox" in whole(pieces)
    assert "ACME" not in whole(pieces)
    assert "Page 2 of 4" not in whole(pieces)


def test_it_makes_whole_the_words_that_a_pdf_breaks(read: Read) -> None:
    _, pieces = read(
        making.pdf("This is an inter-\nnational affair, well-known and a well-\nknown one.")
    )

    assert "an international affair, well-known and a well-known one" in whole(pieces)


def test_it_keeps_the_paragraphs_of_a_pdf_apart(read: Read) -> None:
    _, pieces = read(making.pdf("First one. " + making.LOREM * 4 + "\n\nSecond one."))
    [piece] = [piece for piece in pieces if piece.heading == "Chapter 1"]

    assert [part[:10] for part in piece.text.split("\n\n")][:2] == ["First one.", "Second one"]


def test_it_reads_word_documents_with_headings_lists_and_tables(read: Read) -> None:
    summary, pieces = read(making.word())

    assert summary == Summary("docx", "The manual", None)
    assert [(piece.heading, piece.page) for piece in pieces] == [
        ("Opening hours", None),
        ("Prices", None),
    ]
    assert "Crème brûlée is served from noon." in pieces[0].text
    assert "- Bring an umbrella\n- Bring a friend" in pieces[0].text
    assert pieces[1].text == "Plan: Basic; Price: €5\nPlan: Pro; Price: €10"


def test_it_reads_slides_with_their_notes_and_leaves_hidden_ones_hidden(read: Read) -> None:
    summary, pieces = read(making.slides())

    assert summary.kind == "pptx"
    assert [(piece.page, piece.heading) for piece in pieces] == [(1, "Our plan"), (2, "Numbers")]
    assert pieces[0].text == "- Grow slowly\n- Stay kind\n\nMention the harvest."
    assert pieces[1].text == "Year: 2026; Sales: 12"


def test_it_reads_each_row_of_a_workbook_with_its_columns(read: Read) -> None:
    summary, [piece] = read(making.workbook())

    assert summary.kind == "xlsx"
    assert piece.heading == "Prices"
    assert piece.text == (
        "Price list of this year\n\nPlan: Basic; Price: 5\nPlan: Pro; Price: 12.5; From: 2026-03-01"
    )


def test_it_reads_what_a_web_page_says_and_not_what_stands_around_it(read: Read) -> None:
    summary, [piece] = read(making.WEB_PAGE.encode())

    assert summary == Summary("html", "Our bakery", None)
    assert piece.heading == "Bread"
    assert piece.text == (
        "We bake ryebread & rolls every day.\n\n"
        "Kinds\n- Rye\n  - dark\n  - light\n- Wheat\n\n"
        "Bread: Rye; Price: €4\n\n"
        "oven --hot\n  220 degrees\n\n"
        "Sourdough: Flour, water and time."
    )


def test_it_reads_markdown_without_its_marks(read: Read) -> None:
    summary, [piece] = read(making.MARKDOWN.encode(), "guide.md")

    assert summary == Summary("markdown", "The guide", None)
    assert piece.heading == "Start"
    assert piece.text == (
        "Some marked words and a link.\n\n"
        "Steps\n1. Dig\n2. Sow\n  - beans\n\nPlant: Bean; Weeks: 12\n\nmake garden"
    )


def test_it_reads_semicolon_tables_in_windows_encoding(read: Read) -> None:
    summary, [piece] = read("Name;Größe\nAnna;„3“\nBert;4\n".encode("cp1252"), "table.csv")

    assert summary.kind == "csv"
    assert piece.text == "Name: Anna; Größe: „3“\nName: Bert; Größe: 4"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_it_reads_plain_text_in_any_unicode_encoding(read: Read, encoding: str) -> None:
    summary, [piece] = read("Überall Äpfel.\r\n\r\nUnd Öl.".encode(encoding), "notes.txt")

    assert summary.kind == "text"
    assert piece.text == "Überall Äpfel.\n\nUnd Öl."


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Die Straße nach Köln ist heute für alle gesperrt, “said” the café."),
        ("cp1251", "Сегодня дорога закрыта для всех, кто едет в город на машине."),
        ("shift_jis", "今日は天気がいいので、みんなで公園に行きましょう。とても楽しいです。"),
    ],
)
def test_it_finds_out_in_which_old_encoding_a_text_is(read: Read, encoding: str, text: str) -> None:
    [piece] = read(text.encode(encoding), "old.txt")[1]

    assert piece.text == text


def test_it_keeps_no_control_characters_and_one_spelling_of_accents(read: Read) -> None:
    [piece] = read("cafe\u0301 \x07bell".encode() + b" word" * 50)[1]

    assert piece.text.startswith("café bell word")


def test_it_tells_the_type_by_content_whatever_the_name_says(read: Read) -> None:
    assert read(making.pdf("Hello there, reader."), "notes.txt")[0].kind == "pdf"
    assert read(making.word(), "table.xlsx")[0].kind == "docx"
    assert read(making.WEB_PAGE.encode(), "page.pdf")[0].kind == "html"
    assert read(b"a\tb\n1\t2\n3\t4\n", "data.txt")[0].kind == "csv"
    assert read(b"# Title\n\nWords.", "README")[0].kind == "markdown"


def test_it_tells_its_progress_by_pages(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(making.pdf("One.", "Two.", "Three."))
    heard: list[tuple[int, int | None]] = []
    read_file(path, "x", Limits(), lambda done, total: heard.append((done, total)))

    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_it_reads_pasted_text_as_markdown() -> None:
    summary, [piece] = read_text("Hours", "# Opening\n\nWe open at **nine**.", Limits())

    assert summary == Summary("text", "Hours", None)
    assert (piece.heading, piece.text) == ("Opening", "We open at nine.")


def test_it_refuses_a_pasted_text_that_says_nothing() -> None:
    with pytest.raises(Unreadable) as refusal:
        read_text("Hours", "  \n", Limits())

    assert refusal.value.code == "empty"


def test_it_leaves_out_headers_that_name_the_chapter_and_the_page(read: Read) -> None:
    chapters = ("Bread", "Cake", "Rolls", "Pies")
    text = whole(read(making.headed(chapters))[1])

    assert all(f"About {name}" not in text for name in chapters)
    assert text.count("quick brown fox") >= 4


def test_it_leaves_out_the_lines_of_a_table_of_contents(read: Read) -> None:
    _, pieces = read(making.pdf("Baking" + " ." * 30 + " 12\nFrosting\n" + making.LOREM * 3))

    assert "Baking" not in whole(pieces)
    assert "Frosting" in whole(pieces)


def test_it_leaves_out_what_is_silent_inside_of_what_is_silent(read: Read) -> None:
    nested = "<nav class=a><nav class=b><button><svg><title>x</title></svg>Go</button></nav></nav>"
    consent = (
        "<div class='cookie-banner'><div class='consent-box'><b class=c>Cookies?</b></div></div>"
    )
    [piece] = read(f"<body hidden>{nested * 500}{consent * 500}<p>Only this.</p>".encode())[1]

    assert piece.text == "Only this."
