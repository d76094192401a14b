"""Every door, tried by everybody who has no key to it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from signing import key_for, token_of
from sqlalchemy import select
from werkzeug.routing import Rule

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Conversation, Identity, Message, Organization, Source

# open to strangers on purpose, each with its reason
PUBLIC = {
    "asset": "the widget and the dashboard's look",
    "health.healthz": "a load balancer asks",
    "health.readyz": "a load balancer asks",
    "dashboard.account.door": "leads to the sign-in",
    "hosted.show": "a chat that has a page to itself",
    "openapi.document": "what can be asked of the API, which is no secret",
    "openapi.docs": "the same for people",
    "visitor.get_chatbot": "public settings, from an allow-list",
    "visitor.get_sources": "titles for @mentions",
    "visitor.chat": "where a visitor begins",
    "visitor.identify": "by a website's signature",
    "security.login": "signing in",
    "security.logout": "ends a session that may not be",
    "security.register": "signing up",
    "security.forgot_password": "for who can't sign in",
    "security.reset_password": "by a signed link",
    "security.change_email_confirm": "by a signed link",
}


@dataclass(frozen=True)
class Door:
    """A route with the ids of somebody's things in it."""

    endpoint: str
    method: str
    path: str

    def open(self, client: FlaskClient, **options: object) -> int:
        return client.open(self.path, method=self.method, **options).status_code


@pytest.fixture
def ids(app: Flask, victor: Visitor, alice: Owner, engine: ScriptedEngine) -> dict[str, object]:
    """Everything of Alice's that has an id."""
    proof = {"token": token_of(key_for(app, alice))}
    victor.token = victor.post(f"/chatbots/{alice.chatbot_id}/identify", json=proof).json["token"]
    reply = victor.ask("Hello?")
    return {
        "chatbot_id": alice.chatbot_id,
        "source_id": alice.source_id,
        "conversation_id": UUID(victor.conversation_id),
        "visitor_id": visitor_of(app, victor),
        "message_id": UUID(reply.message_id),
        "sign_in_id": uuid4(),
    }


def visitor_of(app: Flask, victor: Visitor) -> UUID:
    with app.app_context():
        return db.session.get_one(Conversation, UUID(victor.conversation_id)).visitor_id


def doors(app: Flask, ids: dict[str, object]) -> Iterator[Door]:
    """Return every route of the app, with these ids where it wants some."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield Door(rule.endpoint, method, adapter.build(rule.endpoint, fill(rule, ids), method))


def fill(rule: Rule, ids: dict[str, object]) -> dict[str, object]:
    return {
        name: ids.get(name, uuid4() if name.endswith("_id") else "nothing")
        for name in rule.arguments
    }


def is_known(app: Flask, door: Door, ids: dict[str, object]) -> bool:
    """Tell whether a door leads to something that there is."""
    return ids.keys() >= set(re.findall(r"<(?:\w+:)?(\w+)>", rule_of(app, door.endpoint)))


def everything(app: Flask) -> list[object]:
    """Return what Alice owns, to see that nobody changed it."""
    with app.app_context():
        rows: list[object] = []
        for table in (Organization, Chatbot, Source, Conversation, Message, Identity):
            columns = [c for c in table.__table__.c if c.name not in {"seen_at"}]
            rows += db.session.execute(select(*columns).order_by(columns[0])).all()
        return rows


def test_nobody_gets_in_without_signing_in(app: Flask, ids: dict[str, object]) -> None:
    before = everything(app)
    let_in = {
        door.endpoint
        for door in doors(app, ids)
        if door.open(app.test_client(), json={} if door.method != "GET" else None) not in REFUSED
        and not leads_to_sign_in(app, door)
    }

    assert let_in <= PUBLIC.keys()
    assert everything(app) == before


REFUSED = {400, 401, 403, 404, 415}


def leads_to_sign_in(app: Flask, door: Door) -> bool:
    answer = app.test_client().open(door.path, method=door.method)
    return answer.status_code == 302 and "/sign-in" in answer.location


def test_bob_finds_nothing_of_alices(app: Flask, ids: dict[str, object]) -> None:
    bob = sign_in(app, "bob@example.org")
    token = csrf_of(bob, "/dashboard/chatbots/new")
    before = everything(app)
    someone = {name: uuid4() for name in ids}

    hers = [
        door
        for door in doors(app, ids)
        if "<" in rule_of(app, door.endpoint) and is_known(app, door, ids)
    ]
    nobodys = {
        (door.endpoint, door.method): bob.open(
            door.path, method=door.method, data=form(door, token)
        )
        for door in doors(app, someone)
        if door.endpoint.startswith("dashboard.")
    }

    tried = 0
    for door in hers:
        if not door.endpoint.startswith("dashboard."):
            continue
        answer = bob.open(door.path, method=door.method, data=form(door, token))
        missing = nobodys[door.endpoint, door.method]
        assert answer.status_code == missing.status_code == 404, door
        assert scrubbed(answer.text) == scrubbed(missing.text), door
        tried += 1
    assert tried >= 15
    assert everything(app) == before


# looking at a website changes nothing; a member's account and memberships are theirs
HER_OWN = {
    "dashboard.install.check",
    "dashboard.account.end_sign_in",
    "dashboard.account.end_other_sign_ins",
}
# she would be gone, or somewhere else, before the walk is over
HER_WAYS_OUT = {
    "dashboard.account.delete",
    "dashboard.joining.join",
    "dashboard.joining.sign_up",
    "dashboard.notices.save",
    "dashboard.organizations.make",
    "dashboard.organizations.switch",
    "dashboard.team.leave",
}


def test_viola_may_look_and_change_nothing(app: Flask, ids: dict[str, object]) -> None:
    viola = sign_in(app, "viola@example.org")
    token = csrf_of(viola, "/account/password")
    before = everything(app)

    looked = changed = 0
    for door in doors(app, ids):
        if not door.endpoint.startswith("dashboard.") or door.endpoint in HER_WAYS_OUT:
            continue
        status = door.open(viola, data=form(door, token))
        if door.method == "GET":
            missing = set() if is_known(app, door, ids) else {404}
            assert status in {200, 302, 303, 403} | missing, door
            looked += status == 200
        elif door.endpoint not in HER_OWN:
            assert status == 403, door
            changed += 1

    assert looked >= 8
    assert changed >= 8
    assert everything(app) == before


# a program of another website has no token, no key and no signed link of anybody's
BY_NO_FORM = ("visitor.", "owner.", "unsubscribe.")


def test_a_form_from_another_website_changes_nothing(app: Flask, ids: dict[str, object]) -> None:
    alice = sign_in(app, "alice@example.org")
    foreign = csrf_of(sign_in(app, "bob@example.org"), "/account/password")
    mine = csrf_of(alice, "/account/password")
    before = everything(app)

    tried = 0
    for door in doors(app, ids):
        if door.method == "GET" or door.endpoint.startswith(BY_NO_FORM):
            continue
        for token in ({}, {"csrf_token": foreign}, {"csrf_token": f"{mine}x"}):
            assert door.open(alice, data={"name": "forged", **token}) == 400, door
        in_the_address = {"query_string": {"csrf_token": mine}, "data": {"name": "forged"}}
        assert door.open(alice, **in_the_address) == 400, door
        assert door.open(alice, json={"name": "forged"}) in {400, 415}, door
        tried += 1

    assert tried >= 10
    assert everything(app) == before


def test_a_session_opens_nothing_of_the_visitors_api(app: Flask, ids: dict[str, object]) -> None:
    alice = sign_in(app, "alice@example.org")

    for door in doors(app, ids):
        if door.endpoint.startswith("visitor.") and door.endpoint not in PUBLIC:
            assert door.open(alice, json={} if door.method != "GET" else None) == 401, door


def test_a_token_opens_nothing_of_the_dashboard(
    app: Flask, ids: dict[str, object], victor: Visitor
) -> None:
    bearer = {"Authorization": f"Bearer {victor.token}"}

    for door in doors(app, ids):
        if door.endpoint.startswith("dashboard.") and door.endpoint not in PUBLIC:
            answer = app.test_client().open(door.path, method=door.method, headers=bearer)
            missing = set() if is_known(app, door, ids) else {404}
            assert answer.status_code in {302, 400, 401} | missing, door


def test_public_settings_are_an_allow_list(app: Flask, victor: Visitor, alice: Owner) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        chatbot.instructions = "SECRET instructions"
        chatbot.words = {"refusal": "SECRET refusal"}
        chatbot.theme = {"accent": "#123456", "note": "SECRET note"}
        chatbot.store = "SECRET store"
        chatbot.model = "SECRET model"
        chatbot.identity_key = "SECRET key"
        db.session.commit()

    answer = victor.get(f"/chatbots/{alice.chatbot_id}")

    assert "SECRET" not in answer.text
    assert answer.get_json().keys() == {
        "id",
        "name",
        "welcome",
        "suggested_questions",
        "mode",
        "modes",
        "max_message_chars",
        "follow_ups",
        "theme",
        "contact",
        "consent",
        "keeps_words",
        "locale",
        "dir",
        "strings",
        "words",
    }
    assert answer.get_json()["theme"] == {"accent": "#123456"}
    unchanged = victor.get(
        f"/chatbots/{alice.chatbot_id}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (unchanged.status_code, unchanged.text) == (304, "")


def test_titles_for_mentions_are_the_chatbots_own(app: Flask, victor: Visitor, bob: Owner) -> None:
    path = f"/chatbots/{victor.chatbot_id}/sources"

    assert [source["title"] for source in victor.get(path).get_json()["sources"]] == [
        "What Alice's bicycles does"
    ]
    assert victor.get(f"{path}?search=bicycle").get_json()["sources"]
    assert victor.get(f"{path}?search=bakery").get_json()["sources"] == []
    assert victor.get(f"{path}?search=%25").get_json()["sources"] == []
    assert victor.get(f"{path}?kind=text").get_json()["sources"]
    assert victor.get(f"{path}?kind=qa").get_json()["sources"] == []
    assert victor.get(f"{path}?kind=odd").status_code == 422


def form(door: Door, token: str) -> dict[str, str] | None:
    return None if door.method == "GET" else {"csrf_token": token}


def rule_of(app: Flask, endpoint: str) -> str:
    return next(app.url_map.iter_rules(endpoint)).rule


def scrubbed(page: str) -> str:
    """Take out of a page what differs each time."""
    return re.sub(r'value="[^"]*"', "", page)
