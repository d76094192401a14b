"""The Install page makes the key that a website signs visitors with, and shows how to sign."""

import json
import re
import shutil
import subprocess
from html import unescape
from types import SimpleNamespace

import pytest
from cast import Owner, Visitor, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from signing import key_for, token_of

USER = {"id": 42, "name": 'Zoë "Z" O\'Hara', "email": "zoe@example.org"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def install(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/install"


def make(client: FlaskClient, install: str, **fields: str) -> str:
    """Return the page that a new key is shown on."""
    data = {"csrf_token": csrf_of(client, install), **fields}
    answer = client.post(f"{install}/identity-key", data=data)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.text


def field_of(page: str, name: str) -> str:
    match = re.search(rf'<textarea id="{name}"[^>]*>([^<]*)</textarea>', page)
    assert match, page
    return unescape(match[1])


def knows(victor: Visitor, **proof: str) -> bool:
    answer = victor.post(f"/chatbots/{victor.chatbot_id}/identify", json=proof)
    return answer.status_code == 200


def test_it_shows_a_key_once(client: FlaskClient, install: str, victor: Visitor) -> None:
    assert "Make a key" in client.get(install).text
    key = field_of(make(client, install, kind="jwt"), "identity-key")

    page = client.get(install).text
    assert key not in page
    assert "A key for tokens, made" in page
    assert knows(victor, token=token_of(key))


def test_it_replaces_a_key_by_one_of_its_kind(
    client: FlaskClient, install: str, victor: Visitor
) -> None:
    first = field_of(make(client, install, kind="hmac"), "identity-key")
    second = field_of(make(client, install), "identity-key")

    assert first.startswith("hmac_")
    assert second.startswith("hmac_")
    assert first != second


def test_it_removes_a_key(client: FlaskClient, install: str, victor: Visitor) -> None:
    key = field_of(make(client, install), "identity-key")
    data = {"csrf_token": csrf_of(client, install)}
    assert client.post(f"{install}/identity-key/remove", data=data).status_code == 303

    assert "Make a key" in client.get(install).text
    assert not knows(victor, token=token_of(key))


def test_it_makes_no_key_of_an_odd_kind(client: FlaskClient, install: str) -> None:
    data = {"csrf_token": csrf_of(client, install), "kind": "none"}

    assert client.post(f"{install}/identity-key", data=data).status_code == 422
    assert "Make a key" in client.get(install).text


def test_it_says_so_when_a_key_cannot_be_read(
    app: Flask, client: FlaskClient, install: str, alice: Owner
) -> None:
    key_for(app, alice)
    app.config["SECRET_KEY_FALLBACKS"] = [app.config["SECRET_KEY"]]  # Alice stays signed in
    app.config["SECRET_KEY"] = "a newer secret of this installation"

    page = client.get(install).text

    assert "Can’t be read" in page
    assert "Make a key" in page


def test_its_examples_sign_what_is_taken(
    client: FlaskClient, install: str, victor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, wanted in (("jwt", "token"), ("hmac", "signature")):
        page = make(client, install, kind=kind)
        monkeypatch.setenv("CHAT_KEY", field_of(page, "identity-key"))
        said: dict[str, str] = {} if kind == "jwt" else {"user_id": "42"}

        python: dict[str, str] = {}
        exec(field_of(page, "signing-python"), {"user": SimpleNamespace(**USER)}, python)
        assert knows(victor, **said, **{wanted: python[wanted]})

        node = shutil.which("node")
        if node:
            lines = f"const user = {json.dumps(USER)};\n{field_of(page, 'signing-node')}"
            signed = subprocess.run(
                [node, "--input-type=module", "-e", f"{lines}\nprocess.stdout.write({wanted})"],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            assert knows(victor, **said, **{wanted: signed})


def test_viola_sees_that_there_is_a_key_and_makes_none(
    app: Flask, install: str, alice: Owner
) -> None:
    key_for(app, alice)
    page = sign_in(app, "viola@example.org").get(install).text

    assert "A key for tokens, made" in page
    assert "identity-key/remove" not in page
    assert "Replace the key" not in page
