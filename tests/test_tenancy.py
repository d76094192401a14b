"""Two organizations never meet, whatever ids are put where: the walk over every route there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from belongings import belongings
from cast import ALICE_SITE, BOB_SITE, Owner, Visitor, csrf_of, sign_in
from flask import Flask
from programs import Program
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import update
from walking import Ids, forms, path_of
from werkzeug.routing import Rule

from ragwidget import conversations, webhooks
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Membership

# who may use a route: a new one stands here before it is served
ROLES = {
    "anyone": {
        "asset",
        "dashboard.account.door",
        "dashboard.joining.join",
        "dashboard.joining.show",
        "dashboard.joining.sign_up",
        "health.get_metrics",  # with the operator's own token, or not at all
        "health.healthz",
        "health.readyz",
        "hosted.show",
        "openapi.docs",
        "openapi.document",
        "security.change_email_confirm",
        "security.forgot_password",
        "security.login",
        "security.logout",
        "security.register",
        "security.reset_password",
        "unsubscribe.leave",  # with the link that stands in a mail
        "unsubscribe.show",
        "visitor.chat",
        "visitor.get_chatbot",
        "visitor.get_sources",
        "visitor.identify",
    },
    "visitor": {
        "visitor.delete_conversation",
        "visitor.get_conversation",
        "visitor.get_conversations",
        "visitor.get_events",
        "visitor.get_message",
        "visitor.get_messages",
        "visitor.patch_conversation",
        "visitor.post_contact",
        "visitor.put_feedback",
        "visitor.retry",
        "visitor.stop",
    },
    "key": {
        "owner.delete_chatbot",
        "owner.delete_conversation",
        "owner.delete_note",
        "owner.delete_source",
        "owner.delete_tag",
        "owner.delete_webhook",
        "owner.get_chatbot",
        "owner.get_chatbots",
        "owner.get_chatbot_insights",
        "owner.get_contact",
        "owner.get_contacts",
        "owner.get_export",
        "owner.get_insights",
        "owner.get_key",
        "owner.get_message",
        "owner.get_messages",
        "owner.get_notes",
        "owner.get_passages",
        "owner.get_source",
        "owner.get_conversation",
        "owner.get_conversations",
        "owner.get_deliveries",
        "owner.get_sources",
        "owner.get_tags",
        "owner.get_webhook",
        "owner.get_webhooks",
        "owner.patch_chatbot",
        "owner.patch_contact",
        "owner.patch_conversation",
        "owner.patch_webhook",
        "owner.post_chatbot",
        "owner.post_file",
        "owner.post_message",
        "owner.post_note",
        "owner.post_qa",
        "owner.post_tag",
        "owner.post_test",
        "owner.post_text",
        "owner.post_webhook",
        "owner.put_file",
        "owner.put_qa",
        "owner.put_tag",
        "owner.put_text",
        "owner.read_again",
        "owner.redeliver",
    },
    "viewer": {
        "dashboard.account.delete",
        "dashboard.account.end_other_sign_ins",
        "dashboard.account.end_sign_in",
        "dashboard.account.show",
        "dashboard.changes.show",
        "dashboard.chatbot.show",
        "dashboard.chatbots.index",
        "dashboard.chatbots.overview",
        "dashboard.contact.show",
        "dashboard.conversations.changes",
        "dashboard.conversations.follow",
        "dashboard.conversations.fresh",
        "dashboard.conversations.index",
        "dashboard.conversations.show",
        "dashboard.inbox.index",
        "dashboard.inbox.of_chatbot",
        "dashboard.inbox.show",
        "dashboard.conversations.show_tags",
        "dashboard.insights.index",
        "dashboard.insights.show",
        "dashboard.install.check",
        "dashboard.install.show",
        "dashboard.limits.show",
        "dashboard.look.show",
        "dashboard.notices.save",
        "dashboard.notices.show",
        "dashboard.organization.show",
        "dashboard.preview.show",
        "dashboard.organizations.index",
        "dashboard.organizations.make",
        "dashboard.organizations.switch",
        "dashboard.privacy.show",
        "dashboard.settings.show",
        "dashboard.settings.show_change",
        "dashboard.sources.index",
        "dashboard.sources.show",
        "dashboard.sources.state",
        "dashboard.welcome.show",
        "dashboard.team.leave",
        "dashboard.team.show",
        "dashboard.words.show",
        "security.change_email",
        "security.change_password",
        "security.verify",
    },
    "editor": {
        "dashboard.changes.go_back",
        "dashboard.changes.undo",
        "dashboard.chatbot.duplicate",
        "dashboard.chatbot.go_on",
        "dashboard.chatbot.pause",
        "dashboard.chatbots.new",
        "dashboard.contact.draft",
        "dashboard.contact.save",
        "dashboard.conversations.add_note",
        "dashboard.conversations.add_tag",
        "dashboard.conversations.answer",
        "dashboard.conversations.change",
        "dashboard.conversations.change_one",
        "dashboard.conversations.delete",
        "dashboard.inbox.assign",
        "dashboard.inbox.finish",
        "dashboard.inbox.reopen",
        "dashboard.conversations.delete_note",
        "dashboard.conversations.delete_tag",
        "dashboard.conversations.export",
        "dashboard.conversations.save_pair",
        "dashboard.conversations.save_tag",
        "dashboard.conversations.set_tags",
        "dashboard.conversations.show_pair",
        "dashboard.install.allow",
        "dashboard.install.make_identity_key",
        "dashboard.install.remove_identity_key",
        "dashboard.install.save_origins",
        "dashboard.limits.draft",
        "dashboard.limits.save",
        "dashboard.look.draft",
        "dashboard.look.reset",
        "dashboard.look.save",
        "dashboard.playground.ask",
        "dashboard.playground.save",
        "dashboard.playground.show",
        "dashboard.privacy.draft",
        "dashboard.privacy.erase",
        "dashboard.privacy.export",
        "dashboard.privacy.save",
        "dashboard.settings.choose_engine",
        "dashboard.settings.draft",
        "dashboard.settings.save",
        "dashboard.sources.add_qa",
        "dashboard.sources.add_text",
        "dashboard.sources.delete",
        "dashboard.sources.read_again",
        "dashboard.sources.replace_file",
        "dashboard.sources.upload",
        "dashboard.welcome.draft",
        "dashboard.welcome.save",
        "dashboard.words.draft",
        "dashboard.words.save",
    },
    "owner": {
        "dashboard.api_keys.make",
        "dashboard.api_keys.revoke",
        "dashboard.api_keys.show",
        "dashboard.chatbot.delete",
        "dashboard.audit_log.export",
        "dashboard.audit_log.show",
        "dashboard.organization.delete",
        "dashboard.organization.remove_key",
        "dashboard.organization.rename",
        "dashboard.organization.save_budget",
        "dashboard.organization.save_key",
        "dashboard.webhooks.add",
        "dashboard.webhooks.delete",
        "dashboard.webhooks.index",
        "dashboard.webhooks.make_secret",
        "dashboard.webhooks.new",
        "dashboard.webhooks.redeliver",
        "dashboard.webhooks.save",
        "dashboard.webhooks.show",
        "dashboard.webhooks.switch",
        "dashboard.webhooks.test",
        "dashboard.team.ask_for_second_factor",
        "dashboard.team.change_role",
        "dashboard.team.invite",
        "dashboard.team.invite_again",
        "dashboard.team.remove",
        "dashboard.team.revoke",
        "dashboard.team.transfer",
    },
}


@pytest.fixture
def hers(app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine) -> Ids:
    """Everything of Alice's that has an id, and is named in paths and bodies."""
    proof = {"token": token_of(key_for(app, alice))}
    victor.token = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).json["token"]
    named = ids_of(alice, victor, victor.ask("Where is the marzipan?").message_id)
    return named | kept(app, alice, named["conversation_id"])


@pytest.fixture
def his(app: Flask, bob: Owner, engine: ScriptedEngine) -> Ids:
    """The same of Bob's."""
    visitor = Visitor(app, bob.chatbot_id, origin=BOB_SITE)
    named = ids_of(bob, visitor, visitor.ask("Where is the tamarind?").message_id)
    return named | kept(app, bob, named["conversation_id"])


def ids_of(who: Owner, visitor: Visitor, message_id: str) -> Ids:
    return {
        "organization_id": str(who.organization_id),
        "chatbot_id": str(who.chatbot_id),
        "source_id": str(who.source_id),
        "conversation_id": str(visitor.conversation_id),
        "message_id": message_id,
        "user_id": str(who.user_id),
    }


def kept(app: Flask, who: Owner, conversation_id: str) -> Ids:
    """Let a team keep something with a conversation."""
    with app.app_context():
        conversation = db.session.get_one(Conversation, UUID(conversation_id))
        note = conversations.notes.add(conversation, who.user_id, who.email, "A marzipan.")
        tag = conversations.tags.create(who.organization_id, f"Tag of {who.email}", "red")
        conversations.triage.set_tags(conversation, [tag.id])
        left = conversations.leave_contact(conversation, "M", "m@example.org", "The marzipan!")
        webhook, _ = webhooks.add(
            who.organization_id, "https://example.org/hook", ["source.failed"]
        )
        delivery = webhooks.put_test(webhook)
        return {
            "note_id": str(note.id),
            "tag_id": str(tag.id),
            "contact_id": str(left),
            "request_id": str(left),
            "webhook_id": str(webhook.id),
            "delivery_id": str(delivery.id),
        }


def routes(app: Flask, role: str) -> Iterator[tuple[Rule, str]]:
    """Return the routes of a role, with their methods."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ROLES[role]:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method


def test_every_route_has_a_role(app: Flask) -> None:
    known = [endpoint for endpoints in ROLES.values() for endpoint in endpoints]

    assert len(known) == len(set(known))
    assert {rule.endpoint for rule in app.url_map.iter_rules()} <= set(known)


@pytest.mark.parametrize(("role", "above"), [("viewer", "editor"), ("editor", "owner")])
def test_who_has_a_role_may_not_do_what_the_one_above_may(
    app: Flask, hers: Ids, alice: Owner, role: str, above: str
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

    for rule, method in routes(app, above):
        path = path_of(app, rule, method, hers)
        sent = {"csrf_token": token, "name": "forged"} if method == "POST" else None
        assert viola.open(path, method=method, data=sent).status_code == 403, path

    assert belongings(app, alice.organization_id) == before


def test_bob_reaches_nothing_of_alices_by_any_path(
    app: Flask, hers: Ids, his: Ids, alice: Owner
) -> None:
    bob = sign_in(app, "bob@example.org")
    token = csrf_of(bob, "/account/password")
    before = belongings(app, alice.organization_id)
    tried = 0

    for role in ("viewer", "editor", "owner"):
        for rule, method in routes(app, role):
            for name in sorted(rule.arguments & hers.keys()):
                path = path_of(app, rule, method, {**his, name: hers[name]})
                sent = {"csrf_token": token} if method == "POST" else None
                answer = bob.open(path, method=method, data=sent)
                missing = bob.open(path.replace(hers[name], nobody()), method=method, data=sent)
                assert answer.status_code == missing.status_code, path
                assert answer.status_code in {303, 404}, path
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
