"""Whatever is sent to the API, by its document or against it, is answered as the document says."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from uuid import UUID

import pytest
from cast import Visitor, victor_at
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import Program
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from ragwidget import chatbots, library, webhooks
from ragwidget.conversations import leave_contact, notes, tags, team
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, new_id

SIGNED = "POST /api/v1/chatbots/{chatbot_id}/identify"  # by a website's key, which nobody guesses
OWNERS = "/api/v1/owner/"
EXAMPLES = {"visitor": 25, "owner": 10}  # of each call; of the owner's there are many
BOUNDED = {
    whose: settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    for whose, examples in EXAMPLES.items()
}
SAID = {"title", "text", "question", "answer", "author", "name"}  # not only blanks
RULED = {"origins", "strings", "model", "locale", "theme", "tags", "answer_language"}
RULED |= {"max_output_tokens", "assignee"}  # by more than a schema can say
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
    return make_house(
        VISITOR_QUESTIONS_PER_HOUR=10**6,
        ADDRESS_QUESTIONS_PER_HOUR=10**6,
        API_CALLS_PER_MINUTE=10**6,
    )


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("whose", ["visitor", "owner"])
def test_every_call_is_answered_as_it_is_told(
    house: Flask, mode: GenerationMode, whose: str
) -> None:
    victor, program = victor_at(house), Program(house)
    schema = openapi.from_wsgi("/api/openapi.json", house)
    told = [result.ok() for result in schema.get_all_operations()]
    told = [each for each in told if each.path.startswith(OWNERS) == (whose == "owner")]
    answered: set[str] = set()
    for operation in told:

        @BOUNDED[whose]
        @given(case=operation.as_strategy(mode), real=st.booleans())
        def try_it(case: Case, real: bool) -> None:
            case.headers = {**(case.headers or {}), "Accept-Encoding": "identity"}
            if whose == "owner":
                give_key(case, program, real)
            elif real:
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


def give_key(case: Case, program: Program, real: bool) -> None:
    """Give a case a key, and ids of what there is: of its own, because it may delete it."""
    headers = {**(case.headers or {}), "Authorization": f"Bearer {program.key}"}
    if real and isinstance(case.body, dict):
        case.body = {name: sent for name, sent in case.body.items() if name not in RULED}
        case.body |= {name: new_id().hex for name in SAID & case.body.keys()}
        if "kinds" in case.body or "url" in case.body:
            case.body |= {"url": "https://example.org/hook", "chatbot_ids": []}
    if real:
        headers.pop("If-Match", None)
        headers.pop("Idempotency-Key", None)
        named = case.path_parameters or {}
        case.path_parameters = {
            name: id for name, id in made(program, case).items() if name in named
        }
    case.headers = headers


def made(program: Program, case: Case) -> dict[str, str]:
    """Return the ids of a chatbot and what it has, of the case's own: it may delete them."""
    organization_id, kind = program.owner.organization_id, case.path.rpartition("/")[2]
    named = case.path_parameters or {}
    with program.app.app_context():
        chatbot = chatbots.create(organization_id, "Made")
        ids = {"chatbot_id": chatbot.id}
        if "source_id" in named:
            ids["source_id"] = source_of(program, chatbot, kind)
        for earlier in webhooks.of(organization_id):
            webhooks.remove(earlier)
        if "webhook_id" in named:
            hook = "https://example.org/hook"
            webhook, _ = webhooks.add(organization_id, hook, ["source.failed"])
            ids |= {"webhook_id": webhook.id, "delivery_id": webhooks.put_test(webhook).id}
        for earlier_tag in tags.of_organization(organization_id):
            tags.remove(earlier_tag)
        ids["tag_id"] = tags.create(organization_id, str(new_id()), "grey").id
        if named.keys() & {"conversation_id", "contact_id"}:
            conversation = Conversation(
                organization_id=organization_id,
                chatbot_id=chatbot.id,
                visitor_id=new_id(),
                title="Hello?",
            )
            db.session.add(conversation)
            db.session.flush()
            ids["conversation_id"] = conversation.id
            if "note_id" in named:
                ids["note_id"] = notes.add(conversation, None, "Anna", "Ring him.").id
            if "message_id" in named:
                ids["message_id"] = team.say(conversation, "Anna", "Hello.").id
            if "contact_id" in named:
                body = ("Victor", "victor@example.org", "Please ring.")
                ids["contact_id"] = leave_contact(conversation, *body)
        db.session.commit()
        return {name: str(id) for name, id in ids.items()}


def source_of(program: Program, chatbot: Chatbot, kind: str) -> UUID:
    """Give a chatbot a source that can be replaced by one of a kind."""
    if kind == "file":
        originals, data = program.app.extensions["originals"], BytesIO(b"Words.")
        return library.add_file(chatbot, "a.txt", data, originals, most_bytes=9, most=9).id
    if kind == "text":
        return library.add_text(chatbot, "Words", "Words.", most=9).id
    return library.add_qa(chatbot, "Words?", "Words.", most=9).id
