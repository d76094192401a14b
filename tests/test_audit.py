"""The audit log: whatever a member does notes itself, and nothing in it is a secret."""

from __future__ import annotations

import csv
import inspect
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
from cast import PASSWORD, Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from roles import ROLES
from selectolax.lexbor import LexborHTMLParser
from sqlalchemy import event, select
from walking import forms, path_of

from ragwidget import audit
from ragwidget.audit import export
from ragwidget.conversations.triage import CHANGES
from ragwidget.extensions import db
from ragwidget.members.noting import ACTIONS
from ragwidget.models import AuditEntry, User, now
from ragwidget.web.dashboard.deeds import DEEDS

NOTHING_TO_NOTE = {
    "dashboard.install.check": "it looks at a page and changes nothing",
    "dashboard.playground.ask": "it asks, and keeps nothing; what it cost is in the ledger",
    **{
        f"dashboard.{subject}.draft": "it says how the chat would be, and keeps nothing"
        for subject in ("contact", "limits", "look", "privacy", "settings", "welcome", "words")
    },
    "dashboard.organization.delete": "the log goes with all the rest",
    "dashboard.organizations.switch": "it changes what one sees, and nothing of anybody's",
}
NOTING = re.compile(
    r"(?:note(?:_reading|_everywhere)?\((?:[^()]|\([^()]*\))*\)|return \"conv.*|action = .*)"
)
NOTES = re.compile(r"\b(audit\.note|note_everywhere)")
OF_ONESELF = ("/sign-out", "/account/", "/dashboard/organizations")
SAFE = {"GET", "HEAD", "OPTIONS"}
WRITTEN_BY_ANYBODY = ("sign_ins", "sightings", "users")


@pytest.fixture
def app(make_house: Callable[..., Flask]) -> Flask:
    """Enough on SQLite: the log is one table, and its rows are written by the same lines."""
    return make_house()


def entries(app: Flask) -> list[AuditEntry]:
    """Return what was done, apart from signing in and out."""
    return [entry for entry in all_entries(app) if not entry.action.startswith("sign_in.")]


def all_entries(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def notes_itself(function: Callable[..., Any], seen: frozenset[str] = frozenset()) -> bool:
    """Tell whether a view, or a function of the web that it calls, notes what it does."""
    if NOTES.search(inspect.getsource(function)):
        return True
    beside = {
        name: helper
        for name in names_in(function.__code__)
        if inspect.isfunction(helper := function.__globals__.get(name))
        and helper.__module__.startswith("ragwidget.web.")
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
        if method == "POST" and not action.startswith(OF_ONESELF)
        # after which she may not do the rest
        if not action.endswith(("/transfer", "/second-factor"))
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


def test_how_a_member_signs_in_is_the_business_of_their_organizations(app: Flask) -> None:
    client = sign_in(app, "viola@example.org")
    fields = {"password": PASSWORD, "new_password": "another horse battery"}
    press = {"new_password_confirm": fields["new_password"]} | fields

    client.post(
        "/account/password", data={**press, "csrf_token": csrf_of(client, "/account/password")}
    )

    [entry] = entries(app)
    assert (entry.who, entry.action) == ("viola@example.org", "member.password_changed")


def test_who_signs_in_and_out_or_fails_to_is_noted_and_no_whole_address_is_kept(app: Flask) -> None:
    home = {"REMOTE_ADDR": "203.0.113.77"}
    stranger = app.test_client()
    token = csrf_of(stranger, "/sign-in")
    for email in ("viola@example.org", "nobody@example.org"):
        tried = {"email": email, "password": "wrong horse battery", "csrf_token": token}
        stranger.post("/sign-in", data=tried, environ_base=home).close()
    tried |= {"email": "viola@example.org", "password": PASSWORD}
    stranger.post("/sign-in", data=tried, environ_base=home)
    viola = sign_in(app, "viola@example.org")
    [here] = re.findall(r"/account/sign-ins/[^/]+/end\b", viola.get("/account").text)
    token = csrf_of(viola, "/account/password")
    viola.post(here, data={"csrf_token": token})
    viola.post("/sign-out", data={"csrf_token": token})

    noted = all_entries(app)
    assert [(entry.action.removeprefix("sign_in."), entry.details) for entry in noted] == [
        ("failed", {"by": "password"}),
        ("begun", {"by": "password"}),
        ("begun", {"by": "password"}),
        ("ended", {"elsewhere": "one device"}),
        ("ended", {}),
    ]
    assert {(entry.who, entry.subject) for entry in noted} == {("viola@example.org",) * 2}
    assert {entry.network for entry in noted[:2]} == {"203.0.113.0/24"}
    with app.app_context():
        kept = select(User.current_login_ip, User.last_login_ip).distinct()
        assert db.session.execute(kept).all() == [(None, None)]


def test_all_that_is_noted_is_said_in_a_sentence() -> None:
    noted = {f"source.{done}" for done in ("added", "deleted", "read_again", "replaced")}
    noted |= {f"conversation.{change}" for change in set(CHANGES) - {"delete"}} | set(ACTIONS)
    for path in Path(audit.__file__).parents[1].rglob("*.py"):
        noted |= set(
            re.findall(r'"([a-z_]+\.[a-z_]+)"', " ".join(NOTING.findall(path.read_text())))
        )

    assert set(DEEDS) == noted


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


LOG = "/dashboard/organization/audit-log"


def fill(app: Flask, alice: Owner, bob: Owner) -> None:
    """Write down what Alice, and beside her Bob, did over some days."""
    with app.app_context():
        for days, organization, who, action, subject in (
            (3, alice, "alice@example.org", "chatbot.changed", "=HYPERLINK(1)"),
            (2, alice, "viola@example.org", "source.added", "prices, new.pdf"),
            (1, alice, "alice@example.org", "member.invited", "carol@example.org"),
            (1, bob, "bob@example.org", "source.added", "tamarind"),
        ):
            db.session.add(
                AuditEntry(
                    organization_id=organization.organization_id,
                    who=who,
                    action=action,
                    subject=subject,
                    details={"part": "look"},
                    created_at=now() - timedelta(days=days),
                )
            )
            db.session.commit()


def seen(client: FlaskClient, query: str = "") -> list[str]:
    page = LexborHTMLParser(client.get(f"{LOG}{query}").text)
    return [" ".join(node.text().split()) for node in page.css(".log p:has(strong)")]


def test_an_owner_looks_for_who_what_and_when(app: Flask, alice: Owner, bob: Owner) -> None:
    client = sign_in(app, alice.email)
    fill(app, alice, bob)
    day = (now() - timedelta(days=2)).date()
    invited = "alice@example.org invited carol@example.org"
    added = "viola@example.org added the source prices, new.pdf"
    changed = "alice@example.org changed the settings of =HYPERLINK(1)"

    assert seen(client) == [invited, added, changed, "alice@example.org signed in"]
    assert seen(client, "?who=viola") == [added]
    assert seen(client, "?what=chatbots") == [changed]
    assert seen(client, f"?since={day}&until={day}") == [added]
    assert seen(client, "?who=alice&what=team") == [invited]
    assert "Nothing was found" in client.get(f"{LOG}?who=%25").text
    for wrong in ("what=everything", "since=tomorrow", "until=0001-01-01", "after=x"):
        answer = client.get(f"{LOG}?{wrong}", headers={"Accept": "application/json"})
        assert (answer.status_code, answer.json["error"]["field"]) == (422, wrong.split("=")[0])


def test_it_turns_pages(app: Flask, alice: Owner, bob: Owner, monkeypatch: Any) -> None:
    monkeypatch.setattr(import_module("ragwidget.web.dashboard.audit_log"), "ON_A_PAGE", 2)
    client = sign_in(app, alice.email)
    fill(app, alice, bob)
    [older] = re.findall(rf'href="{LOG}(\?after=[^"]+)"', client.get(LOG).text)

    assert [said.split()[1] for said in seen(client)] == ["invited", "added"]
    assert [said.split()[1] for said in seen(client, older)] == ["changed", "signed"]


def test_it_is_handed_out_as_a_file_that_carries_nothing_out(
    app: Flask, alice: Owner, bob: Owner, monkeypatch: Any
) -> None:
    monkeypatch.setattr(export, "AT_ONCE", 2)
    client = sign_in(app, alice.email)
    fill(app, alice, bob)

    table = list(csv.DictReader(client.get(f"{LOG}/audit-log.csv").text[1:].splitlines()))
    lines = client.get(f"{LOG}/audit-log.jsonl?who=viola").text.splitlines()

    assert [row["subject"] for row in table[1:]] == [
        "carol@example.org",
        "prices, new.pdf",
        "'=HYPERLINK(1)",
        "alice@example.org",
    ]
    assert table[0]["action"] == "audit_log.exported"
    assert [json.loads(line)["subject"] for line in lines] == ["prices, new.pdf"]
    assert client.get(f"{LOG}/audit-log.exe").status_code == 404


def test_it_forgets_what_is_too_old(app: Flask, alice: Owner, bob: Owner) -> None:
    fill(app, alice, bob)
    with app.app_context():
        assert audit.expire(0) == 0
        assert audit.expire(2) == 2

    assert [entry.action for entry in entries(app)] == ["member.invited", "source.added"]
