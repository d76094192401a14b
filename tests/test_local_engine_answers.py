"""What the local engine answers: word for word, cited, and not at all without evidence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from bench.shelves import Bench
from handbook import ANSWERED, DELIVERY, GUIDE, PAIR, TERMS, UNANSWERED, pieces

from ragwidget.chat.events import Delta, SourceRef, Sources
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.local.shelf import Shelf
from ragwidget.engines.protocol import Asked, Finish


@dataclass
class Answer:
    """An answer as it arrived."""

    text: str
    sources: tuple[SourceRef, ...]
    finish: Finish

    def cited(self) -> Iterator[tuple[str, SourceRef]]:
        """Yield each cited stretch, cut out as JavaScript would."""
        units = self.text.encode("utf-16-le")
        for source in self.sources:
            for start, end in source.spans:
                yield units[start * 2 : end * 2].decode("utf-16-le"), source


class Asking:
    """Asks one chatbot's engine."""

    def __init__(self, shelf: Shelf) -> None:
        self.engine = LocalEngine(shelf)

    def __call__(self, question: str, **asked: object) -> Answer:
        events = list(self.engine.answer(Asked(question, **asked)))
        text = "".join(event.text for event in events if isinstance(event, Delta))
        sources = [event.sources for event in events if isinstance(event, Sources)]
        return Answer(text, sources[0] if sources else (), events[-1])


@pytest.fixture(scope="module")
def ask(shelves: Bench) -> Asking:
    chatbot = shelves.chatbot()
    shelves.shelve(chatbot, "Rental terms.pdf", TERMS)
    shelves.shelve(chatbot, "E-bike guide.pdf", GUIDE)
    shelves.shelve(chatbot, "Website", DELIVERY, kind="text")
    shelves.shelve(chatbot, PAIR[0], pieces((PAIR[0], None, PAIR[1])), kind="qa")
    return Asking(shelves.shelf(chatbot))


def test_it_answers_what_the_sources_answer(ask: Asking) -> None:
    wrong = [question for question, words in ANSWERED.items() if words not in ask(question).text]

    assert len(wrong) <= len(ANSWERED) * 0.1, wrong


def test_it_refuses_what_the_sources_do_not_answer(ask: Asking) -> None:
    answered = [question for question in UNANSWERED if ask(question).finish.reason != "refused"]

    assert answered == []


def test_it_refuses_in_the_owners_words_and_cites_nothing(ask: Asking) -> None:
    answer = ask("What is the capital of France?", refusal="Ask at the desk, please.")

    assert (answer.text, answer.sources) == ("Ask at the desk, please.", ())
    assert (answer.finish.reason, answer.finish.grounded) == ("refused", False)


def test_it_quotes_word_for_word(ask: Asking) -> None:
    told = {piece.text for piece in (*TERMS, *GUIDE, *DELIVERY)} | {PAIR[1]}
    for question in ANSWERED:
        for words, _ in ask(question, mode="creative").cited():
            for part in re.split(r"\n+(?:- |\d+\. )?|\*\* — ", words):
                assert any(part in text for text in told), part


def test_it_says_nothing_of_its_own_in_an_answer(ask: Asking) -> None:
    labels = {piece.heading.rsplit(" › ")[-1] for piece in (*TERMS, *GUIDE, *DELIVERY)}
    for question in ANSWERED:
        answer = ask(question)
        rest = answer.text.replace("** — ", "** ")
        for words, _ in answer.cited():
            rest = rest.replace(words.replace("** — ", "** "), "", 1)
        if answer.sources:
            assert set(re.findall(r"\*\*(.+?)\*\*", rest)) <= labels
            assert not re.sub(r"\*\*.+?\*\*|[\s\-`*]", "", rest)


def test_it_counts_spans_in_utf_16(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    text = "🚲🚲 Bicycles 👩‍🔧 are blessed 𝒇𝒓𝒆𝒆 of charge. 🎉 Tricycles cost four euros."
    shelves.shelve(
        chatbot, "Fête 🎪", pieces(("Blessing", 1, text), ("Bicycle 🎈", 2, f"So: {text}"))
    )
    answer = Asking(shelves.shelf(chatbot))("Are bicycles blessed for free?", mode="creative")

    stretches = [words for words, _ in answer.cited()]
    assert "🚲🚲 Bicycles 👩‍🔧 are blessed 𝒇𝒓𝒆𝒆 of charge." in stretches[0]
    assert all(words in f"So: {text}" for words in stretches)


def test_it_numbers_sources_in_the_order_of_first_use(ask: Asking) -> None:
    answer = ask("What should I know about the battery of an e-bike?", mode="creative")

    assert [source.index for source in answer.sources] == list(range(1, len(answer.sources) + 1))
    starts = [source.spans[0][0] for source in answer.sources]
    assert len(starts) > 1
    assert starts == sorted(starts)


def test_it_cites_page_snippet_and_score(ask: Asking) -> None:
    (source,) = ask("How far can I go with a full battery?").sources

    assert (source.title, source.kind, source.page) == ("E-bike guide.pdf", "file", 1)
    assert "45 kilometres" in source.snippet
    assert 0 < source.score <= 1


def test_it_streams_a_few_words_at_a_time(ask: Asking) -> None:
    events = list(ask.engine.answer(Asked("Can I cancel my booking for free?")))
    kinds = [type(event).__name__ for event in events]

    assert kinds == ["Delta"] * (len(kinds) - 3) + ["Sources", "Usage", "Finish"]
    assert len(kinds) > 6


def test_it_answers_a_pinned_pair_word_for_word(ask: Asking) -> None:
    for question in (PAIR[0], "do you rent tandems", "Do you also rent tandems, please?"):
        answer = ask(question)
        assert answer.text == PAIR[1]
        assert [source.kind for source in answer.sources] == ["qa"]


def test_it_does_not_take_a_pair_for_another_question(ask: Asking) -> None:
    for question in ("Do you rent scooters?", "Do you rent e-bikes?", "Do you sell tandems?"):
        assert ask(question).text != PAIR[1]


def test_it_answers_a_pair_made_of_small_words(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    shelves.shelve(chatbot, "Who are you?", pieces(("Who are you?", None, "I am Ada.")), kind="qa")

    assert Asking(shelves.shelf(chatbot))("who are you").text == "I am Ada."


def test_it_says_in_balanced_mode_that_passages_are_only_near(ask: Asking) -> None:
    answer = ask("Can I pay with Bitcoin?", mode="balanced")

    assert answer.text.startswith("The documents I was given don't answer that directly.")
    assert answer.sources
    assert answer.sources[0].score < 0.6
    assert ask("What is the capital of France?", mode="balanced").finish.reason == "refused"


def test_it_tells_more_in_creative_mode(ask: Asking) -> None:
    question = "What should I know about the battery of an e-bike?"

    assert len(ask(question, mode="creative").sources) > len(ask(question).sources)


def test_it_keeps_lists_and_rows_readable(ask: Asking) -> None:
    listed = ask("What do I need to collect a bicycle?").text
    assert listed.startswith("To collect a bicycle you need:\n\n- an identity card or passport\n- ")
    assert ask("What does error E12 mean?").text.startswith("**E12** — Meaning: speed sensor")


def test_it_fences_code(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    code = "pip install fernweh\nfernweh --start"
    shelves.shelve(
        chatbot, "Manual", pieces(("Installing", 1, f"To install the program:\n\n{code}"))
    )

    answer = Asking(shelves.shelf(chatbot))("How do I install the program?")
    assert answer.text == f"To install the program:\n\n```\n{code}\n```"
    assert [words for words, _ in answer.cited()] == [f"To install the program:\n\n```\n{code}"]


def test_it_looks_only_into_the_sources_it_is_given(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    shelves.shelve(chatbot, "Terms", TERMS)
    guide = shelves.shelve(chatbot, "Guide", GUIDE)
    ask = Asking(shelves.shelf(chatbot))

    assert ask("How high is the deposit?").sources
    assert ask("How high is the deposit?", source_ids=(str(guide.id),)).finish.reason == "refused"


def test_it_can_only_quote(ask: Asking) -> None:
    answer = ask("How high is the deposit?", use_sources=False)

    assert (answer.finish.reason, answer.sources) == ("refused", ())


@pytest.mark.parametrize(
    ("locale", "words"),
    [("de-AT", "Dazu habe ich"), ("ja", "お預かりした"), ("ar", "لم أجد"), ("sv", "I can't find")],
)
def test_it_refuses_in_the_visitors_language(ask: Asking, locale: str, words: str) -> None:
    assert ask("What is the capital of France?", locale=locale).text.startswith(words)


def test_it_returns_a_greeting_instead_of_refusing(ask: Asking) -> None:
    for question in ("hi", "Hello!", "Good morning", "Thanks a lot!", "ok, thank you", "Danke!"):
        answer = ask(question)
        assert (answer.finish.reason, answer.sources) == ("stop", ())
    assert ask("Hallo").text == "Hallo! Was möchten Sie wissen?"


def test_it_answers_in_the_language_of_the_sources(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    shelves.shelve(
        chatbot,
        "AGB",
        pieces(
            ("Kaution", 1, "Für jedes Rad wird eine Kaution von 100 Euro hinterlegt."),
            ("Stornierung", 1, "Buchungen können Sie bis zwei Tage vor Beginn stornieren."),
        ),
    )
    ask = Asking(shelves.shelf(chatbot))

    assert "100 Euro" in ask("Wie hoch ist die Kaution?").text
    assert "zwei Tage" in ask("Bis wann kann ich meine Buchung stornieren?").text
    refusal = ask("Wer ist der Präsident von Frankreich?").text
    assert refusal.startswith("Dazu habe ich")


def test_it_answers_from_an_empty_shelf_with_a_refusal(shelves: Bench) -> None:
    assert Asking(shelves.shelf(shelves.chatbot()))("Anything?").finish.reason == "refused"


HOUSE = pieces(
    (
        "Guide › Put the chair on the balcony",
        1,
        "Open the balcony door and lift the chair. It weighs nine kilograms. Carry it over the sill"
        " and set it down in the shade.\n\n"
        "Then fold out its legs until they click. A chair without its legs may tip over.\n\n"
        "The maker also sells a cover. Ask for the blue one at the desk, or for any other colour.",
    ),
    (
        "Guide",
        2,
        "Cushions\nA cushion comes with each chair. It is filled with wool.\n\n"
        "Colours\nEach chair comes in one of three colours.\n\n"
        "- Red is for the garden.\n\n- Green is for the balcony.\n\n- Blue is for the hall.",
    ),
    (
        "Guide › Words",
        3,
        "word: sill; means: the threshold under a door\n"
        "word: slat; means: a strip of wood in a seat",
    ),
    (
        "Guide › Settings",
        4,
        "setting: CHAIR_SILL; default: 3; what it is: Centimetres of a sill that a chair climbs.\n"
        "setting: CHAIR_SHADE; default: no; what it is: Whether a chair looks for shade.",
    ),
)


@pytest.fixture(scope="module")
def ask_house(shelves: Bench) -> Asking:
    chatbot = shelves.chatbot()
    shelves.shelve(chatbot, "Guide.pdf", HOUSE)
    return Asking(shelves.shelf(chatbot))


def test_it_tells_how_from_the_beginning_of_the_section_that_is_asked_for(
    ask_house: Asking,
) -> None:
    answer = ask_house("How do I put a chair on my balcony?")

    assert answer.text.startswith("Open the balcony door and lift the chair. It weighs")
    assert "\n\nThen fold out its legs until they click." in answer.text
    assert [len(source.spans) for source in answer.sources] == [1]


def test_it_takes_along_what_a_sentence_leans_on(ask_house: Asking) -> None:
    assert ask_house("What is it filled with, wool?").text == (
        "A cushion comes with each chair. It is filled with wool."
    )


def test_it_lists_what_a_sentence_announces(ask_house: Asking) -> None:
    assert ask_house("Which colours are there?").text == (
        "Each chair comes in one of three colours.\n\n"
        "- Red is for the garden.\n- Green is for the balcony.\n- Blue is for the hall."
    )


def test_it_defines_a_word_by_its_row(ask_house: Asking) -> None:
    assert ask_house("What is a sill?").text == "**sill** — the threshold under a door"


def test_it_does_not_let_rows_drown_sentences(ask_house: Asking) -> None:
    assert "CHAIR_SHADE" not in ask_house("How do I set the chair down in the shade?").text


def test_it_cites_neighbours_on_a_page_with_one_number(shelves: Bench) -> None:
    chatbot = shelves.chatbot()
    told = pieces(
        ("Guide › Wool", 1, "Wool cushions are washed by hand in cold water."),
        ("Guide › Silk", 1, "Silk cushions are washed by machine at thirty degrees."),
        ("Guide › Linen", 2, "Linen cushions are washed by nobody at any time."),
    )
    shelves.shelve(chatbot, "Guide", told)
    answer = Asking(shelves.shelf(chatbot))("How are cushions washed?", mode="creative")
    cited = {source.page: source for source in answer.sources}

    assert {page: len(source.spans) for page, source in cited.items()} == {1: 2, 2: 1}
    assert all(piece.text in cited[1].snippet for piece in told[:2])
