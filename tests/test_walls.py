"""Every door, tried by everybody who has no key to it."""

from __future__ import annotations

import pytest
from belongings import belongings
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from owning import *  # noqa: F403 (fixtures)
from roles import ROLES, routes
from walking import Ids, path_of

from ragwidget.extensions import db
from ragwidget.models import Chatbot

MEMBERS = ("viewer", "editor", "owner")


@pytest.fixture
def app(house: Flask) -> Flask:
    """Who may come in is no matter of the database."""
    return house


def open_door(client: FlaskClient, path: str, method: str) -> int:
    """Return how somebody is let in or refused."""
    return client.open(path, method=method, json={} if method != "GET" else None).status_code


def test_nobody_gets_in_without_signing_in(app: Flask, hers: Ids, alice: Owner) -> None:
    before = belongings(app, alice.organization_id)

    let_in = {
        rule.endpoint
        for rule, method in routes(app, *ROLES)
        for path in [path_of(app, rule, method, hers)]
        if open_door(app.test_client(), path, method) not in {400, 401, 403, 404, 415}
        and not leads_to_sign_in(app, path, method)
    }

    assert let_in <= ROLES["anyone"]
    assert belongings(app, alice.organization_id) == before


def leads_to_sign_in(app: Flask, path: str, method: str) -> bool:
    answer = app.test_client().open(path, method=method)
    return answer.status_code == 302 and "/sign-in" in answer.location


def test_a_form_from_another_website_changes_nothing(app: Flask, hers: Ids, alice: Owner) -> None:
    member = sign_in(app, alice.email)
    foreign = csrf_of(sign_in(app, "bob@example.org"), "/account/password")
    mine = csrf_of(member, "/account/password")
    before = belongings(app, alice.organization_id)
    tried = 0

    for rule, method in routes(app, "anyone", "bearer", *MEMBERS):
        # a program has no token of anybody's there, and a signed link is one
        if method == "GET" or rule.endpoint.startswith(("visitor.", "unsubscribe.")):
            continue
        path = path_of(app, rule, method, hers)
        for token in ({}, {"csrf_token": foreign}, {"csrf_token": f"{mine}x"}):
            sent = {"name": "forged", **token}
            assert member.open(path, method=method, data=sent).status_code == 400, path
        in_the_address = {"query_string": {"csrf_token": mine}, "data": {"name": "forged"}}
        assert member.open(path, method=method, **in_the_address).status_code == 400, path
        answer = member.open(path, method=method, json={"name": "forged"})
        assert answer.status_code in {400, 415}, path
        tried += 1

    assert tried >= 80
    assert belongings(app, alice.organization_id) == before


def test_a_session_opens_nothing_of_the_visitors_api(app: Flask, hers: Ids, alice: Owner) -> None:
    member = sign_in(app, alice.email)

    for rule, method in routes(app, "visitor"):
        assert open_door(member, path_of(app, rule, method, hers), method) == 401, rule


def test_a_token_opens_nothing_of_the_dashboard(app: Flask, hers: Ids, victor: Visitor) -> None:
    bearer = {"Authorization": f"Bearer {victor.token}"}

    for rule, method in routes(app, *MEMBERS):
        answer = app.test_client().open(
            path_of(app, rule, method, hers), method=method, headers=bearer
        )
        missing = set() if rule.arguments <= hers.keys() else {404}
        assert answer.status_code in {302, 400, 401} | missing, rule


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
