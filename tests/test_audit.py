"""The audit log: whatever a member does notes itself, and nothing in it is a secret."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from sqlalchemy import event, select
from test_tenancy import ROLES
from walking import forms, path_of

from ragwidget.extensions import db
from ragwidget.models import AuditEntry

NOTHING_TO_NOTE = {
    "dashboard.install.check": "it looks at a page and changes nothing",
    "dashboard.playground.ask": "it asks, and keeps nothing; what it cost is in the ledger",
    **{
        f"dashboard.{subject}.draft": "it says how the chat would be, and keeps nothing"
        for subject in ("contact", "limits", "look", "privacy", "settings", "welcome", "words")
    },
}
SAFE = {"GET", "HEAD", "OPTIONS"}
WRITTEN_BY_ANYBODY = ("sign_ins", "sightings", "users")


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """Enough on SQLite: the log is one table, and its rows are written by the same lines."""
    return make_house()


def entries(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def notes_itself(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a view, or a function beside it that it calls, notes what it does."""
    if "audit.note" in inspect.getsource(function):
        return True
    beside = {
        name: helper
        for name in names_in(function.__code__)
        if inspect.isfunction(helper := function.__globals__.get(name))
        and helper.__module__ == function.__module__
        and name not in seen
    }
    return any(notes_itself(helper, seen | beside.keys()) for helper in beside.values())


def names_in(code: CodeType) -> Iterator[str]:
    """Yield what a function names, and what the functions inside it do."""
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from names_in(inner)


def test_every_route_by_which_members_write_notes_itself(app: Flask) -> None:
    writing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(("dashboard.", "owner.")) and (rule.methods or set()) - SAFE
    }

    assert len(writing) > 20
    assert writing >= NOTHING_TO_NOTE.keys()
    assert {
        name for name in writing if not notes_itself(inspect.unwrap(app.view_functions[name]))
    } == NOTHING_TO_NOTE.keys()


def test_whatever_a_form_changes_is_in_the_log(app: Flask, alice: Owner, victor: Visitor) -> None:
    victor.ask("When does the shop open?")
    client = sign_in(app, alice.email)
    ids = {
        "chatbot_id": str(alice.chatbot_id),
        "source_id": str(alice.source_id),
        "conversation_id": str(victor.conversation_id),
    }
    pages = [
        path_of(app, rule, "GET", ids)
        for rule in app.url_map.iter_rules()
        if rule.endpoint in ROLES["viewer"] and "GET" in (rule.methods or set())
    ]
    found = {
        action: held
        for page in pages
        for action, method, held in forms(client, page)
        if method == "POST" and action != "/sign-out" and not action.startswith("/account/")
    }
    changed: set[str] = set()
    written: list[str] = []

    def watch(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        verb, _, rest = statement.partition(" ")
        if verb in {"INSERT", "UPDATE", "DELETE"}:
            table = rest.removeprefix("INTO ").removeprefix("FROM ").split(maxsplit=1)[0]
            if table not in WRITTEN_BY_ANYBODY:
                written.append(table)

    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", watch)
    for action, held in found.items():
        before = len(entries(app))
        written.clear()
        assert client.post(action, data=held).status_code < 500, action
        if written:
            changed.add(action)
            assert len(entries(app)) > before, action

    assert len(changed) >= 8


def test_it_says_who_did_what_from_where(app: Flask, alice: Owner) -> None:
    client = sign_in(app, alice.email)
    token = csrf_of(client, "/account/password")

    client.post(
        "/dashboard/organization",
        data={"name": "Alice & daughters", "csrf_token": token},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )

    [entry] = entries(app)
    assert (entry.who, entry.action) == (alice.email, "organization.renamed")
    assert (entry.subject, entry.details) == ("Alice's bicycles", {"name": "Alice & daughters"})
    assert entry.network == "203.0.113.0/24"
    assert entry.organization_id == alice.organization_id


def test_what_was_refused_is_not_in_the_log(app: Flask, alice: Owner) -> None:
    client = sign_in(app, "viola@example.org")
    token = csrf_of(client, "/account/password")

    for path in ("organization", f"chatbots/{alice.chatbot_id}/settings/look"):
        sent = {"name": "x", "csrf_token": token}
        assert client.post(f"/dashboard/{path}", data=sent).status_code == 403

    assert entries(app) == []


def test_neither_secrets_nor_what_visitors_asked_are_in_it(app: Flask, alice: Owner) -> None:
    client = sign_in(app, alice.email)
    token = csrf_of(client, "/account/password")
    home = f"/dashboard/chatbots/{alice.chatbot_id}"
    canary = "canary-0123456789-0123456789"
    app.config["GEMINI_BASE_URL"] = "http://127.0.0.1:9"

    for path, fields in (
        ("/dashboard/organization/key", {"gemini_key": canary}),
        (f"{home}/sources/qa", {"question": canary, "answer": canary}),
        (f"{home}/install/identity-key", {"kind": "jwt"}),
    ):
        assert client.post(path, data={**fields, "csrf_token": token}).status_code in {200, 303}

    noted = entries(app)
    assert [entry.action for entry in noted] == [
        "gemini_key.kept",
        "source.added",
        "identity_key.made",
    ]
    assert canary not in str([(entry.subject, entry.details) for entry in noted])
