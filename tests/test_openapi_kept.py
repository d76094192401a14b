"""Whatever is sent to the API, by its document or against it, is answered as the document says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cast import Visitor, victor_at
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

SIGNED = "POST /api/v1/chatbots/{chatbot_id}/identify"  # by a website's key, which nobody guesses
BOUNDED = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
KEPT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def house(make_house: Callable[..., Flask]) -> Flask:
    """An app in which nobody asks too often."""
    return make_house(VISITOR_QUESTIONS_PER_HOUR=10**6, ADDRESS_QUESTIONS_PER_HOUR=10**6)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_call_is_answered_as_it_is_told(house: Flask, mode: GenerationMode) -> None:
    victor = victor_at(house)
    told = [
        result.ok() for result in openapi.from_wsgi("/api/openapi.json", house).get_all_operations()
    ]
    answered: set[str] = set()
    for operation in told:

        @BOUNDED
        @given(case=operation.as_strategy(mode), real=st.booleans())
        def try_it(case: Case, real: bool) -> None:
            case.headers = {**(case.headers or {}), "Accept-Encoding": "identity"}
            if real:
                put_real(case, victor)
            answer = case.call_and_validate(checks=KEPT)
            if answer.status_code < 400:
                answered.add(case.operation.label)

        try_it()

    if mode is GenerationMode.POSITIVE:
        assert answered == {each.label for each in told} - {SIGNED}


def put_real(case: Case, victor: Visitor) -> None:
    """Give a case the ids and the token of a conversation that there is."""
    reply = victor.ask("Hello?", new_conversation=True)
    real = {
        "chatbot_id": victor.chatbot_id,
        "conversation_id": victor.conversation_id,
        "message_id": reply.message_id,
    }
    case.path_parameters = real if case.path_parameters else {}
    case.headers = {**(case.headers or {}), "Authorization": f"Bearer {victor.token}"}
    if isinstance(case.body, dict) and "chatbot_id" in case.body:
        case.body = {**case.body, "chatbot_id": victor.chatbot_id, "source_ids": []}
