"""A changed file takes the place of an earlier one."""

import io
import re
from html import unescape
from uuid import UUID, uuid4

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ragwidget import jobs, library
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Source


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def sources(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/sources"


@pytest.fixture
def prices(app: Flask, alice: Owner) -> UUID:
    """A file that Alice's chatbot has read."""
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        data, originals = io.BytesIO(b"A tandem is ten euros."), app.extensions["originals"]
        made = library.add_file(chatbot, "Prices.txt", data, originals, most_bytes=999, most=9)
        jobs.work_off()
        return made.id


def replace(
    client: FlaskClient, sources: str, source_id: UUID, name: str = "New.txt", data: bytes = b"New."
) -> TestResponse:
    file = (io.BytesIO(data), name)
    form = {"file": file, "csrf_token": csrf_of(client, sources)}
    return client.post(f"{sources}/{source_id}/file", data=form)


def flashes(page: TestResponse) -> list[str]:
    return [unescape(words) for words in re.findall(r'<li class="flash \w+">([^<]*)', page.text)]


def test_it_reads_the_changed_file_in_place_of_the_earlier_one(
    app: Flask, client: FlaskClient, sources: str, prices: UUID
) -> None:
    answer = replace(client, sources, prices, "Prices 2027.txt", b"A tandem is eleven euros.")

    assert (answer.status_code, answer.location) == (303, f"{sources}/{prices}")
    page = client.get(answer.location)
    [said] = flashes(page)
    assert said == "“Prices 2027.txt” takes the earlier one’s place as soon as it is ready."
    assert "ten euros" in page.text  # still what answers quote
    with app.app_context():
        jobs.work_off()
    page = client.get(answer.location).text
    assert "eleven euros" in page
    assert "ten euros" not in page
    assert ">Ready<" in page


def test_it_offers_it_for_files_only(
    client: FlaskClient, sources: str, prices: UUID, alice: Owner
) -> None:
    page = client.get(sources).text

    assert f"{sources}/{prices}/file" in page
    assert f"{sources}/{alice.source_id}/file" not in page
    assert "Replace file…" in client.get(f"{sources}/{prices}").text
    [row] = client.get(f"{sources}/state?whole=1&id={prices}").get_json()["rows"].values()
    assert "</svg> Replace file…</button>" in row  # as on the source's own page


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("", b"", "Choose the file that takes its place first."),
        ("Empty.txt", b"", "empty"),
        ("Other.txt", b"The same words.", "has the same thing already, as “Other.txt”"),
    ],
)
def test_it_says_why_a_file_can_not_take_the_place(
    app: Flask,
    client: FlaskClient,
    sources: str,
    prices: UUID,
    alice: Owner,
    name: str,
    data: bytes,
    words: str,
) -> None:
    with app.app_context():
        chatbot = db.session.get_one(Chatbot, alice.chatbot_id)
        same, originals = io.BytesIO(b"The same words."), app.extensions["originals"]
        library.add_file(chatbot, "Other.txt", same, originals, most_bytes=999, most=9)

    answer = replace(client, sources, prices, name, data)

    assert answer.status_code == 303
    [said] = flashes(client.get(answer.location))
    assert words in said
    with app.app_context():
        assert db.session.get_one(Source, prices).title == "Prices.txt"


def test_it_replaces_nothing_that_is_no_file_or_gone(
    app: Flask, client: FlaskClient, sources: str, prices: UUID, alice: Owner, bob: Owner
) -> None:
    answer = replace(client, sources, alice.source_id)
    assert flashes(client.get(answer.location)) != []

    for source_id in (bob.source_id, uuid4()):
        answer = replace(client, sources, source_id)
        assert answer.location == sources
        assert flashes(client.get(sources)) == ["It is deleted already."]
    with app.app_context():
        assert db.session.get_one(Source, alice.source_id).kind == "text"
        assert db.session.get_one(Source, bob.source_id).kind == "text"
