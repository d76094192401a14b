"""The list of sources, when something is gone or can't be read."""

from uuid import uuid4

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient

from ragwidget.extensions import db
from ragwidget.models import Source


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def sources(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/sources"


def test_it_says_that_a_source_is_deleted_already(
    client: FlaskClient, sources: str, alice: Owner
) -> None:
    token = {"csrf_token": csrf_of(client, sources)}
    first = client.post(f"{sources}/{alice.source_id}/delete", data=token)
    assert "is in no answer any more" in client.get(first.location).text

    for action in ("delete", "again"):
        answer = client.post(f"{sources}/{alice.source_id}/{action}", data=token)
        assert (answer.status_code, answer.location) == (303, sources)
        assert "It is deleted already." in client.get(sources).text


def test_it_says_no_more_of_somebody_elses_source(
    client: FlaskClient, sources: str, bob: Owner, app: Flask
) -> None:
    token = {"csrf_token": csrf_of(client, sources)}

    for source_id in (bob.source_id, uuid4()):
        assert client.post(f"{sources}/{source_id}/delete", data=token).status_code == 303
        assert "It is deleted already." in client.get(sources).text
    with app.app_context():
        assert db.session.get(Source, bob.source_id)


@pytest.mark.parametrize(
    ("code", "offered"),
    [
        ("internal", True),
        ("crashed", True),
        ("timed_out", True),
        ("encrypted", False),
        ("empty", False),
        ("unsupported", False),
        ("too_large", False),
        ("damaged", False),
    ],
)
def test_it_offers_another_try_only_where_one_can_help(
    app: Flask, client: FlaskClient, sources: str, alice: Owner, code: str, offered: bool
) -> None:
    with app.app_context():
        source = db.session.get_one(Source, alice.source_id)
        source.state, source.error_code, source.error = "failed", code, "It was not to be."
        db.session.commit()

    for page in (sources, f"{sources}/{alice.source_id}"):
        shown = client.get(page).text
        assert "It was not to be." in shown
        assert ("Try again" in shown) == offered


def test_it_names_every_limit_of_a_file(client: FlaskClient, sources: str) -> None:
    assert "up to 50 MB, 2,000 pages and 5 million characters each" in client.get(sources).text
