"""Reading files that are broken, mislabelled or meant to harm: always a reason, never a wreck."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import making_files as making
import psutil
import pytest

from ragwidget.ingest import sandbox
from ragwidget.ingest.reader import Limits, Unreadable, read_file

BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">' for n in range(1, 10))
    + "]><lolz>&lol9;</lolz>"
)
READS_A_FILE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'
)

GIVES_UP = """
import resource as r
from ragwidget.ingest.child import confine
from ragwidget.ingest.document import Limits

confine(Limits())
print(*(r.getrlimit(right)[1] for right in (r.RLIMIT_FSIZE, r.RLIMIT_NPROC, r.RLIMIT_CORE)))
"""


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def readers() -> list[psutil.Process]:
    """Return the reading processes there are; servers of other tests may still be about."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "ragwidget.ingest.child" in " ".join(child.cmdline())
    ]


def refusal(path: Path, content: bytes, name: str = "file", **limits: int) -> Unreadable:
    """Read the file and return why it can't be; hold that nothing of it is left behind."""
    path = path / "upload"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refused:
        read_file(path, name, Limits(**{"max_seconds": 20, **limits}))
    assert not readers()
    return refused.value


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODT = b"application/vnd.oasis.opendocument.text"


def outcome(path: Path, content: bytes, name: str = "file", **limits: int) -> str:
    """Read the file and return "read", or the code of the reason why it can't be."""
    path = path / "upload"
    path.write_bytes(content)
    try:
        read_file(path, name, Limits(**limits))
    except Unreadable as refused:
        return refused.code
    return "read"


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b"\x00" * 5000, "empty", "empty"),
        (b"MZ\x90\x00" + bytes(500), "unsupported", "a program"),
        (b"\x7fELF" + bytes(500), "unsupported", "a program"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "unsupported", "an image"),
        (b"{\\rtf1 Hello}", "unsupported", "Save it as DOCX"),
        (b"\x1f\x8b\x08" + bytes(50), "unsupported", "Unpack it"),
        (zipped(**{"a.txt": b"hello"}), "unsupported", "an archive"),
        (zipped(mimetype=ODT), "unsupported", "OpenDocument"),
        (OLE + "WordDocument".encode("utf-16-le"), "unsupported", ".doc"),
        (OLE + "Workbook".encode("utf-16-le"), "unsupported", "XLSX"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
            "password",
        ),
        (b"<?xml version='1.0'?><feed/>", "unsupported", "an XML file"),
        (bytes(range(256)) * 40, "not_text", "not a text file"),
        (b"%PDF-1.7\nthen nothing of the kind", "damaged", "damaged"),
        (b"PK\x03\x04 and then nothing", "damaged", "damaged"),
        (b"<html><body><script>only()</script></body></html>", "no_text", "no text"),
    ],
)  # fmt: skip
def test_it_says_what_a_file_is_and_what_to_do(
    tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    refused = refusal(tmp_path, content, "report.pdf")

    assert refused.code == code
    assert words in refused.message


def test_it_says_that_a_scan_needs_text_recognition(tmp_path: Path) -> None:
    refused = refusal(tmp_path, making.scan())

    assert (refused.code, "OCR" in refused.message) == ("no_text", True)


def test_it_says_that_a_pdf_needs_its_password_removed(tmp_path: Path) -> None:
    assert refusal(tmp_path, making.pdf("Secret.", password="tiger")).code == "encrypted"


@pytest.mark.parametrize(
    "original", [making.pdf("Some text."), making.word(), making.slides(), making.workbook()]
)
def test_it_refuses_files_that_break_off(tmp_path: Path, original: bytes) -> None:
    for share in (0.2, 0.5, 0.9):
        cut = original[: int(len(original) * share)]

        assert outcome(tmp_path, cut) in {"damaged", "no_text", "read"}  # a PDF may be repaired


def test_it_refuses_a_file_above_the_size_limit(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"word " * 1000, max_bytes=1000).code == "too_large"


def test_it_refuses_a_pdf_of_ten_thousand_pages(tmp_path: Path) -> None:
    refused = refusal(tmp_path, making.blank_pages(10_000))

    assert refused.code == "too_many_pages"
    assert "10,000 pages" in refused.message


@pytest.mark.parametrize(
    "evil", [BILLION_LAUGHS.encode(), BILLION_LAUGHS.encode("utf-16"), READS_A_FILE.encode()]
)
@pytest.mark.parametrize(
    ("original", "part"),
    [(making.word(), "document"), (making.slides(), "slide1"), (making.workbook(), "sheet1")],
)
def test_it_refuses_xml_that_defines_entities(
    tmp_path: Path, original: bytes, part: str, evil: bytes
) -> None:
    assert refusal(tmp_path, making.repacked(original, **{part: evil})).code == "hostile"


def test_it_refuses_an_archive_that_unpacks_to_far_too_much(tmp_path: Path) -> None:
    bomb = making.repacked(making.word(), **{"word/media/x.xml": bytes(300_000_000)})
    started = time.monotonic()

    assert refusal(tmp_path, bomb).code == "archive_bomb"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("parts", "size"), [(1, 20_000_000), (30, 900_000)])
def test_it_refuses_parts_that_are_too_much_by_themselves_or_together(
    tmp_path: Path, parts: int, size: int
) -> None:
    bomb = making.repacked(making.word(), **{f"word/media/{n}": bytes(size) for n in range(parts)})

    assert refusal(tmp_path, bomb, max_archive_bytes=25_000_000).code == "archive_bomb"


def test_it_refuses_an_archive_of_very_many_files(tmp_path: Path) -> None:
    many = {f"part{n}": b"x" for n in range(6000)}

    assert refusal(tmp_path, making.repacked(making.word(), **many)).code == "archive_bomb"


def test_it_refuses_a_workbook_that_claims_every_cell_there_is(tmp_path: Path) -> None:
    assert refusal(tmp_path, making.wide_workbook()).code in {
        "too_many_columns",
        "too_large",
        "damaged",
    }


def test_it_refuses_a_table_of_a_million_columns(tmp_path: Path) -> None:
    refused = refusal(tmp_path, b"a," * 1_000_000 + b"\n1,2\n", "wide.csv")

    assert refused.code == "too_many_columns"


def test_it_reads_html_nested_deeper_than_any_page(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"<html><body>" + b"<div>" * 5_000 + b"deep down" + b"</div>" * 5_000)
    _, [piece] = read_file(path, "deep.html", Limits())

    assert piece.text == "deep down"


def test_it_gives_up_on_html_nested_without_end(tmp_path: Path) -> None:
    page = b"<html><body>" + b"<div>" * 1_000_000

    assert outcome(tmp_path, page, max_seconds=3) in {"timed_out", "damaged", "no_text"}


@pytest.mark.parametrize("mark", [b"> ", b"- ", b"[", b"*a_ ", b"`", b"|-", b"<a ", b"![](", b"&"])
def test_it_reads_markdown_that_is_nothing_but_marks_in_time(tmp_path: Path, mark: bytes) -> None:
    started = time.monotonic()

    assert outcome(tmp_path, b"# Hi\n\n" + mark * 50_000, "evil.md", max_seconds=4)
    assert time.monotonic() - started < 6


def test_it_cuts_one_endless_line_into_pieces(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"x" * 3_000_000)
    _, pieces = read_file(path, "line.txt", Limits())

    assert sum(len(piece.text) for piece in pieces) == 3_000_000
    assert max(len(piece.text) for piece in pieces) <= 1400


def test_it_refuses_more_text_than_it_may_keep(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"word " * 100_000, max_chars=100_000).code == "too_large"


def test_it_refuses_what_needs_more_memory_than_it_may_have(tmp_path: Path) -> None:
    greedy = b"<html><body>" + b"<p>x" * 4_000_000

    assert refusal(tmp_path, greedy, max_memory_bytes=300_000_000).code in {"too_large", "damaged"}


def test_it_stops_reading_when_the_time_is_over(tmp_path: Path) -> None:
    started = time.monotonic()
    refused = refusal(tmp_path, making.blank_pages(1_900), max_seconds=0)

    assert refused.code == "timed_out"
    assert time.monotonic() - started < 3


def test_it_leaves_no_process_behind_when_the_listener_gives_up(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(making.pdf("One.", "Two."))

    def give_up(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_file(path, "x", Limits(), give_up)
    assert not readers()


def test_it_gives_the_reading_process_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "tiger")
    with (tmp_path / "upload").open("wb+") as file:
        file.write(making.blank_pages(1_900))
        file.seek(0)
        with sandbox._child(file, "x", None, Limits()) as (process, _):
            environment = psutil.Process(process.pid).environ()

    assert "SECRET_KEY" not in environment
    assert os.environ["SECRET_KEY"] == "tiger"


def test_the_reading_process_can_neither_write_a_file_nor_start_a_program() -> None:
    told = subprocess.run(
        [sys.executable, "-c", GIVES_UP],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )

    assert told.stdout.split() == ["0", "0", "0"]


@pytest.mark.parametrize(
    "said",
    [
        b"not json",
        b'["piece", 3]',
        b'["piece", ["heading", "x", "text"]]',
        b'["end"]',
        b'{"a": 1}',
        b"[" * 100_000,
    ],
)
def test_it_believes_nothing_that_a_taken_over_process_says(said: bytes) -> None:
    with pytest.raises(Unreadable):
        listen(said)


def listen(said: bytes, **limits: int) -> None:
    for what, value in sandbox._messages(io.BytesIO(said), Limits(**limits)):
        sandbox._take(what, value, [], lambda *_: None)


def test_it_stops_listening_to_a_process_that_never_stops_talking() -> None:
    with pytest.raises(Unreadable) as refused:
        listen(b'["progress", [1, 2]]\n' * 1_000_000, max_chars=0)

    assert refused.value.code == "too_large"
