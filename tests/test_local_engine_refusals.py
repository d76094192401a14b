"""What the local engine refuses and what it answers, as people ask in the widget's languages."""

from pathlib import Path

import pytest
from bench.refusing import judge, ours
from bench.shelves import Bench
from bench.shop import languages, pages, questions

from ragwidget.chat.events import Delta
from ragwidget.demo import seed
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.protocol import Asked, Finish
from ragwidget.ingest import reader


@pytest.fixture(scope="module")
def guide(shelves: Bench) -> LocalEngine:
    """The chatbot of the demonstration."""
    chatbot = shelves.chatbot()
    for path in (*sorted((seed.HERE / "documents").iterdir()), seed.README):
        summary, pieces = reader.read_file(Path(path), path.name, reader.Limits())
        shelves.shelve(chatbot, summary.title or path.name, pieces)
    question, answer = seed.QA
    shelves.shelve(
        chatbot, question, reader.read_text(question, answer, reader.Limits())[1], kind="qa"
    )
    return LocalEngine(shelves.shelf(chatbot))


def say(engine: LocalEngine, question: str) -> tuple[str, str]:
    """Return the answer to a question, and why it ended."""
    *events, end = engine.answer(Asked(question))
    assert isinstance(end, Finish)
    return "".join(one.text for one in events if isinstance(one, Delta)), end.reason


def test_it_refuses_what_the_guide_of_the_demonstration_does_not_say(guide: LocalEngine) -> None:
    asked = [one.text for one in questions("demo") if not one.words]

    assert [question for question in asked if say(guide, question)[1] != "refused"] == []


def test_it_answers_what_the_guide_of_the_demonstration_says(guide: LocalEngine) -> None:
    asked = [one for one in questions("demo") if one.words]
    missed = [one.text for one in asked if one.words not in say(guide, one.text)[0]]

    assert len(missed) <= len(asked) * 0.1, missed


@pytest.mark.parametrize("language", languages())
def test_it_answers_and_refuses_in_each_language(shelves: Bench, language: str) -> None:
    seen = judge(ours(shelves, pages(language)), language)

    # German makes one word of several and changes its verbs: half of the answers are found.
    enough = 0.5 if language == "de" else 0.75
    assert seen["right"] >= enough * (seen["right"] + seen["wrong"] + seen["refused"])
    assert seen["invented"] * 3 <= seen["rightly refused"]


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("明日の天気はどうですか？", "お預かりした"),
        ("明天天气怎么样？", "在我所读的"),
        ("내일 날씨는 어때요?", "제가 가진"),
        ("איך יהיה מזג האוויר מחר?", "לא מצאתי"),
        ("Jaka będzie jutro pogoda?", "Nie znalazłem"),
        ("Yarın hava nasıl olacak?", "Bana verilen"),
    ],
)
def test_it_refuses_in_the_language_of_the_question(
    guide: LocalEngine, question: str, words: str
) -> None:
    assert say(guide, question)[0].startswith(words)
