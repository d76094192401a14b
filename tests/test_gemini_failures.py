"""Whatever goes wrong with Gemini has a name: for the visitor, for the memory, for the owner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from cast import ALICE_TEXT, Owner, Visitor, owner, victor_at
from flask import Flask
from gemini_emulator import Emulator
from gemini_room import (
    QUESTION,
    TECHNICAL,
    Heard,
    ask,
    calmly,
    facts,
    service_of,
    store_of,
)
from scripted import ScriptedEngine

from ragwidget.engines.fallback import Fallback
from ragwidget.engines.file_search import GeminiEngine, SourceFacts, endings, statuses
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.protocol import Asked
from ragwidget.extensions import db
from ragwidget.library import Shelf
from ragwidget.models import Chatbot, Message


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


@pytest.fixture(scope="module")
def store(gemini: Emulator) -> str:
    """A store with Alice's things in it."""
    return store_of(service_of(gemini))


@pytest.fixture
def alice(house: Flask) -> Owner:
    """Owns the bicycle shop."""
    with house.app_context():
        return owner("alice@example.org")


@pytest.fixture
def victor(house: Flask) -> Visitor:
    """Visits Alice's website."""
    return victor_at(house)


@pytest.fixture
def lend(house: Flask, alice: Owner, gemini: Emulator) -> Callable[..., GeminiEngine]:
    """Lend the app an engine with Alice's text in its store."""

    def lend(**options: Any) -> GeminiEngine:
        service = service_of(gemini, **({"silence_seconds": 1} | options))
        source_id = str(alice.source_id)
        store = store_of(service, {source_id: ALICE_TEXT})
        engine = GeminiEngine(
            service, store, lambda ids: {each: SourceFacts("Hours", "text") for each in ids}
        )
        house.extensions["engine"] = engine
        gemini.forget_requests()
        return engine

    return lend


@pytest.fixture
def strictly(house: Flask, alice: Owner) -> None:
    """Let Alice's chatbot say nothing that has no source."""
    with house.app_context():
        db.session.get_one(Chatbot, alice.chatbot_id).mode = "strict"
        db.session.commit()


def written(house: Flask, message_id: str) -> Message:
    """Return what stands in the memory."""
    with house.app_context():
        return db.session.get_one(Message, UUID(message_id))


@dataclass(frozen=True)
class Trouble:
    """What is done to the service and what should come of it."""

    scenario: str
    code: str
    hint: str
    retryable: bool = True
    passing: bool = False
    begun: bool = False  # some words came before
    options: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return "-".join([self.scenario, *(str(value) for _, value in self.options)])


TROUBLES = [
    Trouble("bad_request", "engine_request", "thinking level and the API version", False),
    Trouble("bad_key", "engine_key", "Enter a valid one", False, True),
    Trouble("forbidden", "engine_not_found", "Let the sources be read again", False, True),
    Trouble("not_found", "engine_not_found", "Let the sources be read again", False, True),
    Trouble("rate_limit", "engine_busy", "raise the key's quota", True, True),
    Trouble("rate_limit_bare", "engine_busy", "raise the key's quota", True, True),
    Trouble("daily_quota", "engine_quota", "Today's quota", False, True),
    Trouble("internal", "engine_down", "usually passes within minutes", True, True),
    Trouble("overloaded", "engine_down", "The model is overloaded", True, True),
    Trouble("deadline", "engine_down", "status 504", True, True),
    Trouble("refuse_connection", "engine_cut", "helps to ask again", True, True),
    Trouble("cut", "engine_cut", "helps to ask again", True, True, begun=True),
    Trouble("stall", "engine_stalled", "SILENCE_SECONDS", True, True, begun=True),
    Trouble("stall", "engine_stalled", "SILENCE", True, True, options=(("before_text", 0),)),
    Trouble("bad_json", "engine_garbled", "could not be understood", True, True, begun=True),
    Trouble("empty", "engine_cut", "helps to ask again", True, True),
    Trouble("error_event", "engine_down", "overloaded", True, True, begun=True),
    Trouble(
        "error_event", "engine_busy", "quota", True, True, begun=True, options=(("code", 429),)
    ),
    Trouble("early_end", "engine_cut", "helps to ask again", True, True, begun=True),
    Trouble("prompt_blocked", "blocked_question", "PROHIBITED_CONTENT", False),
    Trouble("safety", "blocked_answer", "RAGWIDGET_GEMINI_SAFETY", False, begun=True),
    Trouble("recitation", "recitation", "in other words", begun=True),
    Trouble("max_tokens_empty", "no_words", "RAGWIDGET_GEMINI_MAX_TOKENS"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_each_trouble_has_a_sentence_a_code_and_a_hint(
    house: Flask,
    victor: Visitor,
    lend: Callable[..., GeminiEngine],
    gemini: Emulator,
    trouble: Trouble,
) -> None:
    lend()
    gemini.pace(chunk_ms=5)
    gemini.scenario(trouble.scenario, on="generate", **dict(trouble.options))

    reply = victor.ask(QUESTION)

    assert reply.names[-1] == "error"
    assert reply.last["code"] == trouble.code
    assert reply.last["retryable"] is trouble.retryable
    assert not TECHNICAL.search(reply.last["message"])
    assert bool(reply.answer) is trouble.begun
    assert "sources" not in reply.names
    answer = victor.messages()[1]
    assert (answer["status"], answer["text"]) == ("failed", reply.answer)
    row = written(house, reply.message_id)
    assert row.error == reply.last["message"]
    assert row.error_hint
    assert trouble.hint in row.error_hint


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("trouble", [each for each in TROUBLES if each.begun], ids=str)
def test_strictly_what_came_before_the_trouble_is_kept_back(
    gemini: Emulator, store: str, trouble: Trouble
) -> None:
    gemini.pace(chunk_ms=5)
    gemini.scenario(trouble.scenario, on="generate", **dict(trouble.options))

    heard = ask(service_of(gemini, silence_seconds=1), store, mode="strict")

    assert heard.text == ""
    assert heard.failure
    assert heard.failure.code == trouble.code
    assert heard.failure.withheld.startswith("The bicycle shop")


@pytest.mark.usefixtures("strictly")
def test_what_was_kept_back_is_for_the_owner_alone(
    house: Flask, victor: Visitor, lend: Callable[..., GeminiEngine], gemini: Emulator
) -> None:
    lend()
    gemini.scenario("cut")

    reply = victor.ask(QUESTION)

    row = written(house, reply.message_id)
    assert row.withheld
    assert row.withheld.startswith("The bicycle shop")
    assert row.withheld not in reply.text
    assert (row.text, reply.answer) == ("", "")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_another_engine_answers_where_this_one_is_in_trouble_and_has_said_nothing(
    gemini: Emulator, store: str, trouble: Trouble
) -> None:
    gemini.pace(chunk_ms=5)
    gemini.scenario(trouble.scenario, on="generate", **dict(trouble.options))
    service = service_of(gemini, silence_seconds=1)
    other = ScriptedEngine()

    heard = Heard(
        Fallback(GeminiEngine(service, store, facts), other), Asked(QUESTION, mode="balanced")
    )

    if trouble.passing and not trouble.begun:
        assert heard.text == "Yes."
        assert heard.finish.engine == "scripted"
        assert heard.finish.instead_of
        assert heard.finish.instead_of.code == trouble.code
    else:
        assert heard.failure
        assert heard.failure.code == trouble.code
        assert other.asked == []


@pytest.mark.usefixtures("strictly")
def test_the_same_sources_answer_in_the_other_engine_and_the_owner_learns_why(
    house: Flask,
    victor: Visitor,
    alice: Owner,
    lend: Callable[..., GeminiEngine],
    gemini: Emulator,
) -> None:
    local = LocalEngine(Shelf(house.extensions["sessions"], alice.chatbot_id))
    house.extensions["engine"] = Fallback(lend(), local)
    gemini.scenario("cut")

    reply = victor.ask(QUESTION)

    assert reply.names[-1] == "done"
    assert "opens at nine" in reply.answer
    row = written(house, reply.message_id)
    assert row.engine == "local"
    assert row.instead_of
    assert "helps to ask again" in row.instead_of
    assert row.withheld
    assert row.withheld.startswith("The bicycle shop")


def test_a_retry_works_once_the_trouble_is_over(
    victor: Visitor, lend: Callable[..., GeminiEngine], gemini: Emulator
) -> None:
    lend()
    gemini.scenario("cut", times=1)
    failed = victor.ask(QUESTION)

    again = victor.hear(victor.post(f"/messages/{failed.message_id}/retry"))

    assert again.names[-1] == "done"
    assert "opens at nine" in again.answer
    assert victor.messages()[1]["text"] == again.answer


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("finish", "code", "retryable"),
    [
        ("BLOCKLIST", "blocked_answer", False),
        ("PROHIBITED_CONTENT", "blocked_answer", False),
        ("SPII", "blocked_answer", False),
        ("IMAGE_SAFETY", "blocked_answer", False),
        ("OTHER", "engine_garbled", True),
        ("MALFORMED_FUNCTION_CALL", "engine_garbled", True),
        ("UNEXPECTED_TOOL_CALL", "engine_garbled", True),
        ("MALFORMED_RESPONSE", "engine_garbled", True),
        ("NOBODY_KNOWS_THIS_ONE_YET", "engine_garbled", True),
    ],
)
@pytest.mark.filterwarnings("ignore:.* is not a valid")
def test_every_reason_to_end_has_a_name_also_one_that_is_new(
    gemini: Emulator, finish: str, code: str, retryable: bool
) -> None:
    gemini.script("At nine", finish=finish)

    heard = ask(service_of(gemini), "")

    assert heard.text == "At nine"
    assert heard.failure
    assert (heard.failure.code, heard.failure.retryable) == (code, retryable)
    assert finish in heard.failure.hint
    assert not TECHNICAL.search(heard.failure.message)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("key", ["", "nobodys key", "schlüssel", "wrong", "line\nbreak"])
def test_a_key_that_is_none_is_told_to_the_owner(gemini: Emulator, key: str) -> None:
    service = service_of(gemini, key=key)

    failure = ask(service, "").failure
    assert failure
    assert (failure.code, failure.retryable) == ("engine_key", False)
    with pytest.raises(ServiceFailed, match="engine_key"):
        service.check()


def test_a_model_that_does_not_speak_the_language_says_so(gemini: Emulator) -> None:
    gemini.script("At nine", finish="LANGUAGE")

    failure = ask(service_of(gemini), "").failure

    assert failure
    assert (failure.code, failure.retryable) == ("language", False)
    assert "Choose another model" in failure.hint


def test_a_key_that_may_not_is_told_from_a_thing_that_is_not_there(gemini: Emulator) -> None:
    said = "Generative Language API has not been used in project 7 before or it is disabled."
    gemini.scenario("forbidden", on="generate", message=said)

    failure = ask(service_of(gemini), "").failure

    assert failure
    assert (failure.code, failure.passing) == ("engine_forbidden", True)
    assert said in failure.hint


@pytest.mark.usefixtures("reader")
def test_a_store_that_is_gone_and_a_model_that_is_none_are_told_apart(gemini: Emulator) -> None:
    service = service_of(gemini)

    gone = ask(service, "fileSearchStores/gone-123456789012").failure
    assert gone
    assert "read again" in gone.hint
    unknown = ask(service, "", model="gemini-0-none").failure
    assert unknown
    assert "Choose another one" in unknown.hint
    assert gone.code == unknown.code == "engine_not_found"


@pytest.mark.parametrize("code", endings._FACES)
@pytest.mark.parametrize("begun", [True, False])
def test_no_sentence_for_a_visitor_is_technical(code: str, begun: bool) -> None:
    failure = endings.told(ServiceFailed(code, "hint"), begun=begun)

    assert not TECHNICAL.search(failure.message)
    assert failure.message.endswith((".", "!"))


@pytest.mark.parametrize(
    "body",
    [
        None,
        "text",
        [],
        {"error": "text"},
        {"error": {"details": "text"}},
        {"error": {"details": ["text", {"violations": ["text"], "retryDelay": ["20s"]}]}},
        {"error": {"details": [{"violations": {"quotaId": "PerDay"}, "reason": {}}]}},
    ],
)
@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 408, 413, 429, 500, 503, 599])
def test_no_error_is_so_odd_that_it_can_not_be_explained(status: int, body: Any) -> None:
    trouble = statuses.refused(status, "\0<b>" + "x" * 5000, body)

    assert trouble.code in endings._FACES
    assert len(trouble.hint) < 700
