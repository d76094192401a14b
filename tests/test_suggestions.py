"""Titles and questions to ask next: cheap, short, and never trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_room import service_of

from ragwidget.engines.file_search.suggestions import Suggested, suggest
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini

QUESTION, ANSWER = "When do you open?", "At nine."


@pytest.fixture
def service(gemini: Emulator) -> Iterator[Gemini]:
    """A client of a calm emulator."""
    gemini.calm()
    gemini.forget_requests()
    yield service_of(gemini)
    gemini.calm()


def suggested(service: Gemini, **options: Any) -> Suggested:
    """Ask for a title and three questions."""
    return suggest(service, QUESTION, ANSWER, **({"title": True, "follow_ups": 3} | options))


def test_one_call_of_the_small_model_gives_a_title_and_questions(
    gemini: Emulator, service: Gemini
) -> None:
    gemini.script(json.dumps({"title": "Opening hours", "follow_ups": ["And on Sunday?", "Why?"]}))

    found = suggested(service, locale="de-AT")

    assert (found.title, found.follow_ups) == ("Opening hours", ("And on Sunday?", "Why?"))
    assert found.model == "gemini-3.5-flash-lite"
    assert found.usage.total > 0
    [request] = gemini.requests("generateContent")
    assert "gemini-3.5-flash-lite:generateContent" in request["path"]
    assert request["headers"]["x-server-timeout"] == "15"
    config = request["body"]["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"]["required"] == ["title", "follow_ups"]
    assert "thinkingConfig" not in config
    assert "tools" not in request["body"]
    assert "de-AT" in request["body"]["systemInstruction"]["parts"][0]["text"]


def test_only_what_is_wanted_is_asked_for(gemini: Emulator, service: Gemini) -> None:
    gemini.script(json.dumps({"title": "Hours", "follow_ups": ["Why?"]}))
    assert suggested(service, title=False).title is None
    gemini.script(json.dumps({"title": "Hours", "follow_ups": ["Why?"]}))
    assert suggested(service, follow_ups=0).follow_ups == ()

    first, second = gemini.requests("generateContent")
    assert list(first["body"]["generationConfig"]["responseJsonSchema"]["properties"]) == [
        "follow_ups"
    ]
    assert list(second["body"]["generationConfig"]["responseJsonSchema"]["properties"]) == ["title"]


@pytest.mark.parametrize(
    ("reply", "title", "follow_ups"),
    [
        ({"title": " \n“Opening\u2028 hours”\0\u202e "}, "Opening hours", ()),
        ({"title": "x" * 500}, "x" * 59 + "…", ()),
        ({"title": "word " * 50}, "word " * 11 + "word…", ()),
        ({"title": "  ", "follow_ups": "Why?"}, None, ()),
        ({"title": ["Hours"], "follow_ups": {"0": "Why?"}}, None, ()),
        (["Hours"], None, ()),
        ("Hours", None, ()),
        (None, None, ()),
        (
            {"follow_ups": ["when do you open", "Why?", "why", 7, None, "x" * 121, "", "A?", "B?"]},
            None,
            ("Why?", "A?", "B?"),
        ),
        ({"follow_ups": ["a?", "b?", "c?", "d?"]}, None, ("a?", "b?", "c?")),
        ({"follow_ups": ["<img src=x onerror=1>"]}, None, ("<img src=x onerror=1>",)),
    ],
)
def test_what_comes_is_made_fit_to_be_shown(
    gemini: Emulator, service: Gemini, reply: Any, title: str | None, follow_ups: tuple[str, ...]
) -> None:
    gemini.script(json.dumps(reply))

    found = suggested(service)

    assert found.title == title
    assert found.follow_ups == follow_ups
    assert len(found.title or "") <= 60


@pytest.mark.parametrize(
    ("scenario", "code"),
    [
        ("overloaded", "engine_down"),
        ("rate_limit", "engine_busy"),
        ("daily_quota", "engine_quota"),
        ("bad_key", "engine_key"),
        ("empty", "engine_garbled"),
        ("prompt_blocked", "engine_garbled"),
        ("max_tokens_empty", "engine_garbled"),
        ("bad_json", "engine_garbled"),
        ("refuse_connection", "engine_cut"),
    ],
)
def test_trouble_is_told_and_nothing_is_tried_twice(
    gemini: Emulator, service: Gemini, scenario: str, code: str
) -> None:
    gemini.scenario(scenario, on="generate")

    with pytest.raises(ServiceFailed) as trouble:
        suggested(service)

    assert trouble.value.code == code
    assert len(gemini.requests("generateContent")) == 1


def test_what_is_no_json_is_trouble(gemini: Emulator, service: Gemini) -> None:
    gemini.script("Sure! Here is a title: Hours")

    with pytest.raises(ServiceFailed, match="engine_garbled"):
        suggested(service)
