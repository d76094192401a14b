"""What an answer rests on: a service counts bytes, browsers UTF-16, and none is trusted."""

import math
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragwidget.engines.file_search.grounding import (
    Chunk,
    SourceFacts,
    Support,
    cite,
    rests_elsewhere,
)

HOURS = "0197f2c0-0000-7000-8000-000000000001"
PRICES = "0197f2c0-0000-7000-8000-000000000002"
BOBS = "0197f2c0-0000-7000-8000-00000000000b"


class Shelf:
    """Knows Alice's sources, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Collection[str]] = []

    def __call__(self, source_ids: Collection[str]) -> Mapping[str, SourceFacts]:
        self.asked.append(source_ids)
        known = {
            HOURS: SourceFacts("Opening hours", "text", "https://alice.example/hours"),
            PRICES: SourceFacts("Prices.pdf", "file"),
        }
        return {each: known[each] for each in source_ids if each in known}


def bytes_of(text: str, words: str) -> Support:
    """Support some words of a text with the first chunk."""
    start = len(text[: text.index(words)].encode())
    return Support(start, start + len(words.encode()), words, chunks=(0,))


def in_browser(text: str, span: tuple[int, int]) -> str:
    """Cut a span out of a text as JavaScript does."""
    units = text.encode("utf-16-le")
    return units[span[0] * 2 : span[1] * 2].decode("utf-16-le")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("At nine. Closed on Sunday.", "Closed on Sunday."),
        ("Größe: 3 m². Öffnung: 9 Uhr.", "Öffnung: 9 Uhr."),
        ("🚲🚲 At nine 🇫🇷. 👩‍🔧 at ten.", "👩‍🔧 at ten."),
        ("שעות הפתיחה: תשע. סגור ביום ראשון.", "סגור ביום ראשון."),
        ("नमस्ते। नौ बजे।", "नौ बजे।"),
        ("cafe\u0301 at nine", "at nine"),
        ("開店は九時です。日曜は休みです。", "日曜は休みです。"),
    ],
)
def test_bytes_become_what_a_browser_counts(text: str, words: str) -> None:
    [source] = cite([text], [Chunk("…", HOURS)], [bytes_of(text, words)], Shelf())

    assert [in_browser(text, span) for span in source.spans] == [words]


@given(st.text(min_size=1), st.data())
def test_a_span_is_never_beside_the_words_or_inside_a_character(
    text: str, data: st.DataObject
) -> None:
    size = len(text.encode())
    start, end = data.draw(st.integers(-2, size + 2)), data.draw(st.integers(-2, size + 2))
    support = Support(
        start, end, data.draw(st.sampled_from(["", text[:3], "elsewhere"])), chunks=(0,)
    )

    [source] = cite([text], [Chunk("…", HOURS)], [support], Shelf())

    for span in source.spans:
        found = in_browser(text, span)
        assert found
        assert found in text
        assert found.startswith(support.text)


def test_a_span_takes_the_marks_that_belong_to_its_last_character_with_it() -> None:
    text = "un cafe\u0301 noir"
    support = Support(3, 7, "cafe", chunks=(0,))

    [source] = cite([text], [Chunk("…", HOURS)], [support], Shelf())

    assert in_browser(text, source.spans[0]) == "cafe\u0301"


@pytest.mark.parametrize(
    "support",
    [
        Support(0, 4, "Nein.", chunks=(0,)),  # other words stand there
        Support(1, 2, "Nein.", chunks=(0,)),  # in the middle of a character
        Support(4, 900, "Nein.", chunks=(0,)),  # beyond the end
        Support(9, 4, "Nein.", chunks=(0,)),  # backwards
        Support(-5, 4, "Nein.", chunks=(0,)),
        Support(0, 5, "Nein.", part=7, chunks=(0,)),  # a part there is not
    ],
)
def test_where_the_bytes_are_wrong_the_words_are_looked_for(support: Support) -> None:
    text = "Öfter? Nein."

    [source] = cite([text], [Chunk("…", HOURS)], [support], Shelf())

    assert [in_browser(text, span) for span in source.spans] == ["Nein."]


def test_what_is_nowhere_in_the_answer_has_no_span_and_still_counts() -> None:
    support = Support(0, 900, "Something else.", chunks=(0,))

    [source] = cite(["At nine."], [Chunk("…", HOURS)], [support], Shelf())

    assert source.spans == ()


def test_bytes_can_count_from_the_beginning_of_a_part() -> None:
    parts = ["", "Größe.", " At nine."]
    support = Support(1, 9, "", part=2, chunks=(0,))

    [source] = cite(parts, [Chunk("…", HOURS)], [support], Shelf())

    assert in_browser("".join(parts), source.spans[0]) == "At nine."


def test_indices_of_chunks_that_are_not_there_are_dropped() -> None:
    support = Support(0, 8, "At nine.", chunks=(-1, 0, 1, 99))

    [source] = cite(["At nine."], [Chunk("…", HOURS)], [support], Shelf())

    assert source.spans == ((0, 8),)


def test_the_same_passage_twice_is_one_source_and_so_is_a_piece_of_it() -> None:
    chunks = [
        Chunk("at nine", HOURS),
        Chunk("We open at nine in the morning.", HOURS),
        Chunk("at nine", HOURS),
        Chunk("at nine", PRICES, 3),
        Chunk("at nine", PRICES, 4),
    ]
    supports = [Support(0, 8, chunks=(0, 1, 2, 3)), Support(9, 20, chunks=(2, 4))]

    sources = cite(["At nine. Or at ten."], chunks, supports, Shelf())

    assert [(source.title, source.page) for source in sources] == [
        ("Opening hours", None),
        ("Prices.pdf", 3),
        ("Prices.pdf", 4),
    ]
    assert sources[0].snippet == "We open at nine in the morning."


def test_sources_are_numbered_by_where_they_are_used_first() -> None:
    chunks = [Chunk("unused", HOURS), Chunk("second", HOURS), Chunk("first", PRICES)]
    supports = [Support(9, 19, chunks=(1,)), Support(0, 8, chunks=(2,))]

    sources = cite(["At nine. Or at ten."], chunks, supports, Shelf())

    assert [(source.index, source.snippet, source.spans) for source in sources] == [
        (1, "first", ((0, 8),)),
        (2, "second", ((9, 19),)),
    ]


def test_spans_that_touch_are_one() -> None:
    supports = [Support(4, 8, chunks=(0,)), Support(0, 4, chunks=(0,)), Support(9, 11, chunks=(0,))]

    [source] = cite(["At nine. Or at ten."], [Chunk("…", HOURS)], supports, Shelf())

    assert source.spans == ((0, 8), (9, 11))


@pytest.mark.parametrize(
    "stranger",
    [BOBS, "", "no-uuid", "../../etc/passwd", HOURS + "0", f'{HOURS[:-1]}"', "9" * 5000],
)
def test_a_passage_of_a_source_that_is_not_the_chatbots_counts_for_nothing(stranger: str) -> None:
    supports = [Support(0, 8, chunks=(0, 1))]

    assert cite(["At nine."], [Chunk("…", stranger)], supports, Shelf()) == ()
    [source] = cite(["At nine."], [Chunk("…", stranger), Chunk("…", HOURS)], supports, Shelf())
    assert source.source_id == HOURS


def test_a_passage_of_a_source_that_was_not_asked_for_counts_for_nothing() -> None:
    chunks, supports = [Chunk("…", HOURS), Chunk("…", PRICES)], [Support(0, 8, chunks=(0, 1))]
    shelf = Shelf()

    [source] = cite(["At nine."], chunks, supports, shelf, allowed=[PRICES.upper()])

    assert source.source_id == PRICES
    assert shelf.asked == [{PRICES}]


def test_the_shelf_is_only_asked_for_ids_and_not_at_all_without_any() -> None:
    shelf = Shelf()

    cite(["At nine."], [Chunk("…", "' OR 1=1 --")], [], shelf)
    cite(["At nine."], [], [], shelf)

    assert shelf.asked == []


def test_title_kind_and_address_are_our_own() -> None:
    [source] = cite(["At nine."], [Chunk("…", HOURS.upper())], [], Shelf())

    assert (source.source_id, source.title, source.kind, source.url) == (
        HOURS,
        "Opening hours",
        "text",
        "https://alice.example/hours",
    )


def test_the_heading_that_texts_are_uploaded_with_is_not_quoted() -> None:
    heading = "Title: Opening hours\nAddress: https://alice.example/hours\n\n"

    [text] = cite(["At nine."], [Chunk(f"{heading}At nine.", HOURS)], [], Shelf())
    [file] = cite(["At nine."], [Chunk("Title: A poem\n\nAt nine.", PRICES)], [], Shelf())

    assert text.snippet == "At nine."
    assert file.snippet == "Title: A poem\n\nAt nine."


def test_nothing_gets_longer_than_we_want_it() -> None:
    chunks = [Chunk(f"<b>{number}</b> " + "x" * 9000, HOURS) for number in range(200)]

    sources = cite(["At nine."], chunks, [Support(0, 8, chunks=tuple(range(200)))], Shelf())

    assert len(sources) == 50
    assert sources[0].snippet.startswith("<b>0</b>")
    assert all(len(source.snippet) == 4000 for source in sources)


def test_a_score_is_how_sure_the_service_is_if_it_says_so() -> None:
    sure = (math.nan, 7.0, 0.25)
    chunks = [Chunk("a", HOURS), Chunk("b", HOURS), Chunk("c", HOURS), Chunk("d", HOURS)]
    supports = [Support(0, 8, chunks=(0, 1, 2, 3), confidences=sure)]

    sources = cite(["At nine."], chunks, supports, Shelf())

    assert [source.score for source in sources] == [0.0, 1.0, 0.25, 0.0]


@pytest.mark.parametrize(
    ("named", "elsewhere"), [((1,), True), ((0, 1), False), ((2,), False), ((9,), False)]
)
def test_a_stretch_that_only_a_deleted_source_supports_is_told_from_others(
    named: tuple[int, ...], elsewhere: bool
) -> None:
    gone = "0197f2c0-0000-7000-8000-00000000dead"
    chunks = [Chunk("here", HOURS), Chunk("deleted", gone), Chunk("whose?", "")]

    assert rests_elsewhere(chunks, [Support(0, 4, chunks=named)], Shelf()) is elsewhere
