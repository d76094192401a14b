"""A question that leans on the conversation is understood in it; one that doesn't is left alone."""

import pytest
from bench.shelves import Bench
from handbook import DELIVERY, GUIDE, TERMS

from ragwidget.chat.events import Delta
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.local.followups import leaned_on
from ragwidget.engines.protocol import Asked, Said

LEANING = (
    ("How much is an e-bike per day?", "And per week?", "160 euros"),
    ("How high is the deposit for an e-bike?", "When do I get it back?", "five working days"),
    ("I lost my battery key", "How much is a new one?", "25 euros"),
    ("I lost my battery key", "Who do I call?", "hotline"),
    ("My bike was stolen", "How much do I have to pay then?", "150 euros"),
    ("What does error E12 mean?", "And E31?", "battery not recognised"),
    ("Do you rent child seats?", "How much is it?", "3 euros"),
    ("Do you deliver to hotels?", "How much does that cost?", "15 euros"),
    ("How old must I be to rent an e-bike?", "and for a city bike?", "at least 16"),
    ("How far does a full battery last?", "And in turbo mode?", "45 kilometres"),
    ("How do I switch the motor on?", "why?", "power button"),
    ("Can I cancel my booking?", "Until when is that free?", "48 hours"),
)
STANDING = (
    ("Do you deliver to hotels?", "When are you open on Saturdays?", "10 am to 2 pm"),
    ("How much is an e-bike per day?", "How can I unsubscribe from the newsletter?", "one click"),
    ("I lost my battery key", "Is it possible to cancel a booking?", "48 hours"),
)


@pytest.fixture(scope="module")
def engine(shelves: Bench) -> LocalEngine:
    chatbot = shelves.chatbot()
    for title, told in (("Terms", TERMS), ("Guide", GUIDE), ("Website", DELIVERY)):
        shelves.shelve(chatbot, title, told)
    return LocalEngine(shelves.shelf(chatbot))


def say(engine: LocalEngine, question: str, history: tuple[Said, ...] = ()) -> str:
    events = engine.answer(Asked(question, history=history))
    return "".join(event.text for event in events if isinstance(event, Delta))


def after(engine: LocalEngine, *questions: str) -> tuple[Said, ...]:
    history: tuple[Said, ...] = ()
    for question in questions:
        history += Said("visitor", question), Said("chatbot", say(engine, question, history))
    return history


@pytest.mark.parametrize(("before", "question", "words"), LEANING)
def test_it_understands_a_question_in_its_conversation(
    engine: LocalEngine, before: str, question: str, words: str
) -> None:
    assert words in say(engine, question, after(engine, before))


@pytest.mark.parametrize(("before", "question", "words"), STANDING)
def test_it_leaves_a_question_alone_that_stands_alone(
    engine: LocalEngine, before: str, question: str, words: str
) -> None:
    history = after(engine, before)

    assert leaned_on(question, history) == []
    assert say(engine, question, history) == say(engine, question)
    assert words in say(engine, question)


def test_it_goes_back_past_questions_that_lean_themselves(engine: LocalEngine) -> None:
    history = after(engine, "What does cold weather do to the range?", "And in turbo mode?")

    assert "90 kilometres" in say(engine, "And in eco mode?", history)


def test_it_does_not_answer_everything_in_a_conversation(engine: LocalEngine) -> None:
    history = after(engine, "How high is the deposit for an e-bike?")

    assert say(engine, "What is the capital of France?", history) == say(
        engine, "What is the capital of France?"
    )
