"""What an owner sees and sets of the engine that answers."""

import re
from html import unescape

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ragwidget import gemini_keys
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Document, Organization, Source

SETTINGS = {
    "mode": "strict",
    "engine": "local",
    "model": "",
    "temperature": "",
    "top_k": "8",
}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def settings(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/settings"


@pytest.fixture
def key(app: Flask, alice: Owner) -> None:
    """Alice's organization has a Gemini key of its own."""
    with app.app_context():
        gemini_keys.keep(alice.organization_id, "a-key-that-nobody-should-see")


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    page = path.removesuffix("/engine")
    return client.post(path, data={**fields, "csrf_token": csrf_of(client, page)})


def save(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return send(client, path, **{**SETTINGS, **fields})


def seen(page: TestResponse | str) -> str:
    """Return a page's words, without tags and in one line."""
    text = page if isinstance(page, str) else page.text
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def chatbot(app: Flask, alice: Owner, **changes: object) -> Chatbot:
    """Return Alice's chatbot as the database knows it, after some changes by hand."""
    with app.app_context():
        found = db.session.get_one(Chatbot, alice.chatbot_id)
        for name, value in changes.items():
            setattr(found, name, value)
        db.session.commit()
        db.session.refresh(found)
        db.session.expunge(found)
        return found


def copied(app: Flask, alice: Owner, **state: object) -> None:
    """Give Alice's source a copy in the store, in this state."""
    with app.app_context():
        document = Document(
            organization_id=alice.organization_id,
            chatbot_id=alice.chatbot_id,
            source_id=alice.source_id,
            content_hash="0" * 64,
            **state,
        )
        db.session.add(document)
        db.session.commit()


def test_it_says_what_each_engine_does_and_what_leaves_the_house(
    client: FlaskClient, settings: str
) -> None:
    page = seen(client.get(settings))

    assert "quotes them word for word" in page
    assert "nothing leaves this server" in page
    assert "The sources and the visitors’ questions are sent to Google" in page


def test_it_offers_gemini_only_where_there_is_a_key(client: FlaskClient, settings: str) -> None:
    page = client.get(settings)

    assert "It needs a Gemini key, and there is none yet." in seen(page)
    assert '<a href="/dashboard/organization">Set one' in page.text
    assert re.search(r'<input[^>]* disabled [^>]*value="gemini"', page.text)

    answer = save(client, settings, engine="gemini", instructions="Rhyme.")
    shown = seen(client.get(answer.location))
    assert "Gemini needs an API key." in shown
    assert "Moving to" not in shown
    assert "Rhyme.</textarea>" in client.get(settings).text  # the rest is saved


def test_it_sends_who_may_not_set_a_key_to_an_owner(app: Flask, settings: str) -> None:
    page = sign_in(app, "viola@example.org").get(settings)

    assert "An owner of Alice's bicycles can set one." in seen(page)
    assert "/dashboard/organization" not in page.text.partition("<main")[2]


def test_it_says_that_a_key_must_be_entered_again(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    with app.app_context():
        organization = db.session.get_one(Organization, alice.organization_id)
        organization.gemini_key = "sealed with a secret that is lost"
        db.session.commit()

    assert "Gemini key can’t be read any more. Enter it again" in seen(client.get(settings))


def test_it_begins_to_change_the_engine_and_calls_it_off(
    app: Flask, alice: Owner, client: FlaskClient, settings: str, key: None
) -> None:
    answer = save(client, settings, engine="gemini")

    assert (chatbot(app, alice).engine, chatbot(app, alice).next_engine) == ("local", "gemini")
    page = seen(client.get(answer.location))
    assert "Moving to Gemini" in page
    assert "0 of 1 source is ready; the embedded engine answers meanwhile." in page

    save(client, settings, engine="gemini", instructions="Rhyme.")
    assert chatbot(app, alice).next_engine == "gemini"

    answer = send(client, f"{settings}/engine", engine="local", back="overview")
    assert answer.location == f"/dashboard/chatbots/{alice.chatbot_id}/"
    assert chatbot(app, alice).next_engine is None
    assert "Moving to" not in client.get(answer.location).text


def test_it_tells_a_script_how_far_the_change_is(
    app: Flask, alice: Owner, client: FlaskClient, settings: str, key: None
) -> None:
    chatbot(app, alice, next_engine="gemini")
    copied(app, alice, state="indexing")

    def told() -> str:
        html: str = client.get(f"{settings}/engine?to=gemini").get_json()["html"]
        return seen(html)

    assert "0 of 1 source is ready" in told()
    with app.app_context():
        db.session.query(Document).one().state = "failed"
        db.session.commit()
    assert "1 failed. See why" in told()

    chatbot(app, alice, next_engine=None, engine="gemini")
    assert told() == "Gemini answers now."
    chatbot(app, alice, engine="local")
    assert told() == "The embedded engine goes on answering."


def test_it_says_why_an_engine_could_not_take_over_and_what_to_do(
    app: Flask, alice: Owner, client: FlaskClient, settings: str, key: None
) -> None:
    chatbot(app, alice, engine_error="Gemini can read none of the sources. It is full.")

    for path in (settings, f"/dashboard/chatbots/{alice.chatbot_id}/"):
        page = seen(client.get(path))
        assert "Gemini is not answering Gemini can read none of the sources. It is full." in page
        assert "Look at the sources Try again Never mind" in page

    send(client, f"{settings}/engine", engine="local")
    assert chatbot(app, alice).engine_error is None

    chatbot(app, alice, engine_error="It is full.")
    send(client, f"{settings}/engine", engine="gemini")
    assert chatbot(app, alice).next_engine == "gemini"


def test_it_leads_to_the_key_that_is_missing(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    chatbot(app, alice, engine_error="There is no Gemini API key any more.")

    page = seen(client.get(settings))

    assert "There is no Gemini API key any more. The organization’s key Never mind" in page


def test_it_says_why_a_change_does_not_get_on(
    app: Flask, alice: Owner, client: FlaskClient, settings: str, key: None
) -> None:
    chatbot(app, alice, next_engine="gemini", engine_error="Gemini refuses the key.")

    page = seen(client.get(settings))

    assert "Moving to Gemini" in page
    assert "answers meanwhile. Gemini refuses the key. Stop" in page


def test_it_shows_viola_the_change_but_no_button(app: Flask, alice: Owner, settings: str) -> None:
    chatbot(app, alice, next_engine="gemini")
    page = sign_in(app, "viola@example.org").get(settings)

    assert "Moving to Gemini" in page.text
    assert ">Stop<" not in page.text


def test_it_says_what_happens_to_a_chatbot_that_lost_its_key(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    chatbot(app, alice, engine="gemini")
    page = client.get(settings)

    assert "There is no Gemini key any more." in seen(page)
    assert not re.search(r'<input[^>]* disabled [^>]*value="gemini"', page.text)
    assert save(client, settings, engine="gemini").status_code == 303
    assert chatbot(app, alice).engine == "gemini"


def test_it_keeps_how_gemini_answers(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    chosen = {"model": "gemini-3.5-flash", "temperature": "0.35", "top_k": "12"}
    ticked = {"local_fallback": "y", "writes_titles": "y", "suggests_follow_ups": "y"}

    assert save(client, settings, **chosen, **ticked).status_code == 303
    kept = chatbot(app, alice)
    assert (kept.model, kept.temperature, kept.top_k) == ("gemini-3.5-flash", 0.35, 12)
    assert kept.local_fallback
    assert kept.writes_titles
    assert kept.suggests_follow_ups

    assert save(client, settings).status_code == 303
    kept = chatbot(app, alice)
    assert (kept.model, kept.temperature, kept.top_k) == (None, None, 8)
    assert not kept.local_fallback
    assert not kept.writes_titles
    assert not kept.suggests_follow_ups


@pytest.mark.parametrize(
    ("field", "typed", "complaint"),
    [
        ("model", "gemini-9-of-mallory", "Choose one of these."),
        ("temperature", "warm", "Write a number, such as 0.4."),
        ("temperature", "2.1", "A number from 0 to 2, please."),
        ("temperature", "nan", "A number from 0 to 2, please."),
        ("top_k", "0", "A number from 1 to 20, please."),
        ("top_k", "21", "A number from 1 to 20, please."),
        ("top_k", "1.5", "Write a whole number."),
        ("engine", "oracle", "Choose one of these."),
    ],
)
def test_it_refuses_what_no_engine_can_do(
    app: Flask,
    alice: Owner,
    client: FlaskClient,
    settings: str,
    field: str,
    typed: str,
    complaint: str,
) -> None:
    page = save(client, settings, **{field: typed})

    assert page.status_code == 422
    assert re.findall(r'class="field-error"[^>]*>([^<]*)<', page.text) == [complaint]
    assert chatbot(app, alice).name == "Alice's bicycles"


def test_it_keeps_a_model_that_is_no_longer_offered_until_another_is_chosen(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    chatbot(app, alice, model="gemini-1-of-old")

    assert "gemini-1-of-old (not offered)" in client.get(settings).text
    assert save(client, settings, model="gemini-1-of-old").status_code == 303
    assert save(client, settings).status_code == 303
    assert save(client, settings, model="gemini-1-of-old").status_code == 422


def test_it_says_what_a_mode_means_to_the_engine(
    app: Flask, alice: Owner, client: FlaskClient, settings: str
) -> None:
    assert "says that they are only near" in client.get(settings).text
    chatbot(app, alice, engine="gemini")
    assert "is withheld, and it says that it doesn’t know" in client.get(settings).text


def test_it_refuses_to_begin_with_an_engine_that_does_not_exist(
    client: FlaskClient, settings: str
) -> None:
    assert send(client, f"{settings}/engine", engine="oracle").status_code == 422
    assert send(client, f"{settings}/engine").status_code == 422


@pytest.mark.parametrize(
    ("state", "chip"),
    [
        ({"state": "waiting"}, "Waiting"),
        ({"state": "uploading"}, "Uploading to Gemini"),
        ({"state": "indexing"}, "Gemini is indexing it"),
        ({"state": "ready"}, "Ready"),
        ({"state": "failed", "error": "It is full.", "error_code": "storage_full"}, "Failed"),
    ],
)
def test_it_shows_how_far_a_source_is_for_the_chatbots_engine(
    app: Flask, alice: Owner, client: FlaskClient, state: dict[str, str], chip: str
) -> None:
    chatbot(app, alice, engine="gemini")
    copied(app, alice, **state)
    sources = f"/dashboard/chatbots/{alice.chatbot_id}/sources"

    told = client.get(f"{sources}/state?id={alice.source_id}").get_json()

    for page in (client.get(sources).text, client.get(f"{sources}/{alice.source_id}").text):
        assert re.search(rf'<span class="chip \w+">{chip}</span>', page)
        assert ("<progress" in page) == (state["state"] in {"uploading", "indexing"})
        assert ("It is full." in page) == ("Try again" in page) == ("error" in state)
    settled = state["state"] in {"ready", "failed"}
    assert told["unsettled"] == ([] if settled else [str(alice.source_id)])
    assert ("data-unsettled" in told["rows"][str(alice.source_id)]) == (not settled)


def test_it_notes_what_only_gemini_can_read(app: Flask, alice: Owner, client: FlaskClient) -> None:
    chatbot(app, alice, engine="gemini")
    copied(app, alice, state="ready")
    with app.app_context():
        source = db.session.get_one(Source, alice.source_id)
        source.state, source.error_code, source.error = "failed", "empty", "It has no text."
        db.session.commit()

    page = seen(client.get(f"/dashboard/chatbots/{alice.chatbot_id}/sources"))

    assert "The embedded engine can't read it: It has no text. Ready" in page
