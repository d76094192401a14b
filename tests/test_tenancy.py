"""Two organizations never meet, whatever ids are put where: the walk over every route there is."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from belongings import belongings
from cast import ALICE_SITE, BOB_SITE, Owner, Visitor, csrf_of, sign_in
from flask import Flask
from owning import *  # noqa: F403 (fixtures)
from programs import Program
from roles import ROLES, routes
from scripted import ScriptedEngine
from sqlalchemy import update
from walking import Ids, forms, path_of

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Membership


def test_every_route_has_a_role(app: Flask) -> None:
    known = [endpoint for endpoints in ROLES.values() for endpoint in endpoints]

    assert len(known) == len(set(known))
    assert {rule.endpoint for rule in app.url_map.iter_rules()} <= set(known)


@pytest.mark.parametrize(
    ("role", "above"), [("viewer", ("editor", "owner")), ("editor", ("owner",))]
)
def test_who_has_a_role_may_not_do_what_the_one_above_may(
    app: Flask, hers: Ids, alice: Owner, role: str, above: tuple[str, ...]
) -> None:
    with app.app_context():
        db.session.execute(
            update(Membership)
            .where(
                Membership.organization_id == alice.organization_id,
                Membership.user_id != alice.user_id,
            )
            .values(role=role)
        )
        db.session.commit()
    viola = sign_in(app, "viola@example.org")
    token = csrf_of(viola, "/account/password")
    before = belongings(app, alice.organization_id)

    for rule, method in routes(app, *above):
        path = path_of(app, rule, method, hers)
        sent = {"csrf_token": token, "name": "forged"} if method == "POST" else None
        assert viola.open(path, method=method, data=sent).status_code == 403, path

    assert belongings(app, alice.organization_id) == before


def test_who_may_look_is_shown_every_page(app: Flask, hers: Ids) -> None:
    viola = sign_in(app, "viola@example.org")
    shown = 0

    for rule, method in routes(app, "viewer"):
        if method == "GET" and rule.endpoint.startswith("dashboard."):
            missing = set() if rule.arguments <= hers.keys() else {404}
            status = viola.get(path_of(app, rule, method, hers)).status_code
            assert status in {200, 302, 303} | missing, rule
            shown += status == 200

    assert shown >= 20


def test_bob_reaches_nothing_of_alices_by_any_path(
    app: Flask, hers: Ids, his: Ids, alice: Owner
) -> None:
    bob = sign_in(app, "bob@example.org")
    token = csrf_of(bob, "/account/password")
    before = belongings(app, alice.organization_id)
    tried = 0

    for rule, method in routes(app, "viewer", "editor", "owner"):
        for name in sorted(rule.arguments & hers.keys()):
            path = path_of(app, rule, method, {**his, name: hers[name]})
            sent = {"csrf_token": token} if method == "POST" else None
            answer = bob.open(path, method=method, data=sent)
            other = nobody()
            missing = bob.open(path.replace(hers[name], other), method=method, data=sent)
            assert answer.status_code == missing.status_code, path
            # of who was never at his chatbot, Bob is handed out nothing
            assert answer.status_code in {303, 404} or name == "visitor_id", path
            assert scrubbed(answer.text.replace(hers[name], other)) == scrubbed(missing.text), path
            assert "marzipan" not in answer.text.lower()
            tried += 1

    assert tried >= 30
    assert belongings(app, alice.organization_id) == before


def test_alices_ids_in_bobs_own_forms_change_and_show_nothing_of_hers(
    app: Flask, hers: Ids, his: Ids, alice: Owner
) -> None:
    bob = sign_in(app, "bob@example.org")
    swap = {his[name]: hers[name] for name in hers}
    swapped = re.compile("|".join(swap))
    before = belongings(app, alice.organization_id)
    pages = [
        path_of(app, rule, "GET", his) for rule, method in routes(app, "viewer") if method == "GET"
    ]
    found = {
        (action, method): held
        for path in pages
        for action, method, held in forms(bob, path)
        if action != "/sign-out" and not action.endswith("/settings/chatbot/delete")
    }

    for (action, method), held in found.items():
        told = {**hers, **{name: swapped.sub(lambda m: swap[m[0]], held[name]) for name in held}}
        beside = f"{'&' if '?' in action else '?'}{urlencode(hers)}"
        sent: dict[str, Any] = (
            {"data": told} if method == "POST" else {"query_string": {**told, **hers}}
        )
        answer = bob.open(action + (beside if method == "POST" else ""), method=method, **sent)
        assert answer.status_code < 500, action
        assert "marzipan" not in answer.text.lower(), action

    assert len(found) >= 15
    assert belongings(app, alice.organization_id) == before


@pytest.mark.parametrize("whose", ["of another chatbot", "of the same chatbot"])
def test_a_visitor_reaches_nothing_of_anothers(
    app: Flask, hers: Ids, his: Ids, alice: Owner, bob: Owner, mallory: Visitor, whose: str
) -> None:
    other = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    stranger = other if whose == "of another chatbot" else mallory
    stranger.ask("Hello?")
    before = belongings(app, alice.organization_id)
    tried = 0

    for rule, method in routes(app, "visitor"):
        if not rule.arguments:
            continue
        theirs = refused(stranger, path_of(app, rule, method, hers), method)
        nobodys = refused(
            stranger, path_of(app, rule, method, dict.fromkeys(hers, nobody())), method
        )
        assert theirs == nobodys, rule
        assert theirs[0] == 404, rule
        tried += 1

    assert tried >= 9
    assert belongings(app, alice.organization_id) == before


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_nobody_reaches_anything_of_a_chatbot_that_is_being_deleted(
    app: Flask, hers: Ids, victor: Visitor, alice: Owner
) -> None:
    program, member = Program(app), sign_in(app, "alice@example.org")
    token = csrf_of(member, "/account/password")
    assert program.call("DELETE", program.chatbot).status_code == 204

    with app.app_context():
        assert db.session.get(Chatbot, alice.chatbot_id), "no job has done anything yet"
    for role in ("viewer", "editor", "owner"):
        for rule, method in routes(app, role):
            if "chatbot_id" in rule.arguments:
                sent = {"csrf_token": token} if method == "POST" else None
                path = path_of(app, rule, method, hers)
                assert member.open(path, method=method, data=sent).status_code == 404, path
    for rule, method in routes(app, "key"):
        if "chatbot_id" in rule.arguments:
            path = path_of(app, rule, method, hers).removeprefix("/api/v1/owner")
            assert program.call(method, path).status_code in {404, 415, 422}, path
    for rule, method in routes(app, "visitor"):
        answer = victor.call(method, path_of(app, rule, method, hers).removeprefix("/api/v1"))
        assert answer.status_code in {404, 415, 422}, rule
    for path in (
        "/dashboard/",
        "/dashboard/inbox",
        "/dashboard/insights",
        "/dashboard/organization",
    ):
        assert hers["chatbot_id"] not in member.get(path).text
    assert program.get("/chatbots").get_json()["chatbots"] == []
    assert program.get("/contacts").get_json()["contacts"] == []


def test_a_program_of_bobs_reaches_nothing_of_alices(
    app: Flask, hers: Ids, his: Ids, alice: Owner
) -> None:
    program = Program(app, email="bob@example.org")
    before = belongings(app, alice.organization_id)
    tried = 0

    for rule, method in routes(app, "key"):
        for name in sorted(rule.arguments & hers.keys()):
            path = path_of(app, rule, method, {**his, name: hers[name]})
            theirs = tried_by(program, method, path)
            assert theirs == tried_by(program, method, path.replace(hers[name], nobody())), path
            assert theirs[0] == 404, path
            tried += 1

    assert tried >= 15
    assert belongings(app, alice.organization_id) == before


def tried_by(program: Program, method: str, path: str) -> tuple[int, str]:
    """Return what a program hears that sends what would do, in another place."""
    path = path.removeprefix("/api/v1/owner")
    bodies = {
        "text": {"title": "Mine", "text": "Mine now."},
        "qa": {"question": "Mine?", "answer": "Yes."},
        "messages": {"author": "Bob", "text": "Mine now."},
        "notes": {"text": "Mine now."},
    }
    if path.endswith("/file"):
        answer = program.upload(path, b"Mine now.", "mine.txt", method=method)
    elif method in {"GET", "DELETE"}:
        answer = program.call(method, path)
    else:
        changes = {"conversations": {"archived": True}, "contacts": {"done": True}}
        changes |= {"webhooks": {"on": False}}
        usual = [body for subject, body in changes.items() if f"/{subject}/" in path]
        body = bodies.get(path.rpartition("/")[2], [*usual, {"name": "Mine"}][0])
        answer = program.call(method, path, json=body)
    return answer.status_code, answer.get_json()["error"]["code"]


def refused(visitor: Visitor, path: str, method: str) -> tuple[int, dict[str, Any]]:
    """Return a refusal, with the status that it came with."""
    bodies = {
        "contact": {"name": "Mallory", "email": "m@example.org", "message": "Hello."},
        "feedback": {"rating": "up"},
    }
    body = bodies.get(path.rpartition("/")[2], {"title": "Mine now"})
    sent = {} if method in {"GET", "DELETE"} else {"json": body}
    answer = visitor.call(method, path.removeprefix("/api/v1"), **sent)
    return answer.status_code, answer.get_json()


def scrubbed(page: str) -> str:
    """Take out of a page what differs each time."""
    return re.sub(r'value="[^"]*"|\d\d:\d\d:\d\d\.\d+', "", page)


def nobody() -> str:
    return str(uuid4())


def test_a_visitors_question_takes_nobody_elses_ids(
    app: Flask, hers: Ids, alice: Owner, bob: Owner, engine: ScriptedEngine
) -> None:
    at_bobs = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    at_bobs.ask("Hello?")
    before = belongings(app, alice.organization_id)

    sources = at_bobs.send("What is in it?", source_ids=[hers["source_id"]])
    from_his_site = at_bobs.send("Hello?", chatbot_id=hers["chatbot_id"])
    at_bobs.origin = ALICE_SITE
    from_hers = at_bobs.send("Hello?", chatbot_id=hers["chatbot_id"])

    refusals = (sources, from_his_site, from_hers)
    assert [refusal.status_code for refusal in refusals] == [422, 403, 401]
    assert sources.get_json()["error"]["field"] == "source_ids"
    assert belongings(app, alice.organization_id) == before
