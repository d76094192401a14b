"""What the dashboard's forms say when something is wrong with what was typed."""

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from cast import PASSWORD, Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from owning import *  # noqa: F403 (fixtures)
from roles import routes
from walking import Ids, forms, path_of
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import Chatbot

SETTINGS = {"name": "Bicycles"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return sign_in(app, "alice@example.org")


@pytest.fixture
def answers(alice: Owner) -> str:
    return f"/dashboard/chatbots/{alice.chatbot_id}/settings"


@pytest.fixture
def settings(answers: str) -> str:
    return f"{answers}/welcome"


@pytest.fixture
def limits(answers: str) -> str:
    return f"{answers}/limits"


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    return client.post(path, data={**fields, "csrf_token": csrf_of(client, path)})


def complaints(page: TestResponse) -> list[str]:
    """Return what a page says against what was typed."""
    found = re.findall(r'class="(?:field-error|flash error)"[^>]*>([^<]*)<', page.text)
    return [unescape(words) for words in found]


def test_it_is_honest_about_the_modes_that_visitors_choose(
    client: FlaskClient, answers: str
) -> None:
    assert "None: there is no switch." in client.get(answers).text


def test_it_asks_for_a_whole_number(client: FlaskClient, limits: str) -> None:
    page = send(client, limits, questions_per_hour="many")

    assert page.status_code == 422
    assert complaints(page)[1:] == ["Write a whole number."]
    assert 'value="many"' in page.text


def test_it_says_what_a_narrow_address_limit_means(client: FlaskClient, limits: str) -> None:
    typed = {"questions_per_hour": "50", "address_questions_per_hour": "20"}

    assert send(client, limits, **typed).status_code == 303
    assert "after 20 questions in an hour" in client.get(limits).text

    typed["address_questions_per_hour"] = "200"
    send(client, limits, **typed)
    assert "questions in an hour" not in client.get(limits).text


def test_it_compares_a_limit_with_the_installations_own(client: FlaskClient, limits: str) -> None:
    send(client, limits, address_questions_per_hour="49")

    assert "never gets to 50" in client.get(limits).text


def test_it_refuses_an_organization_name_that_is_too_long(client: FlaskClient) -> None:
    page = send(client, "/dashboard/organization", name="x" * 121)

    assert page.status_code == 422
    assert complaints(page) == ["It can have 120 characters at most."]
    assert 'maxlength="120"' not in page.text  # a name that is pasted must not lose its end unseen
    assert send(client, "/dashboard/organization", name="x" * 120).status_code == 303


def test_it_refuses_to_sign_up_an_organization_whose_name_is_too_long(app: Flask) -> None:
    page = send(
        app.test_client(),
        "/sign-up",
        organization="x" * 121,
        email="carol@example.org",
        password=PASSWORD,
        password_confirm=PASSWORD,
    )

    assert complaints(page) == ["A name can have 120 characters at most."]


def test_it_says_that_a_present_password_is_wrong(client: FlaskClient) -> None:
    fields = {"new_password": "another long one", "new_password_confirm": "another long one"}

    page = send(client, "/account/password", password="not this one", **fields)

    assert complaints(page) == ["That is not your present password."]


@pytest.mark.parametrize("typed", ["nope", "", "a@", "@b.example"])
def test_it_sends_no_link_to_what_is_no_address(app: Flask, typed: str) -> None:
    page = send(app.test_client(), "/forgotten-password", email=typed)

    assert complaints(page) == ["That is no e-mail address. Write it like name@example.org."]
    assert "on its way" not in page.text


def test_it_says_the_same_of_known_and_unknown_addresses(app: Flask) -> None:
    for email in ("alice@example.org", "nobody@example.org"):
        page = send(app.test_client(), "/forgotten-password", email=email)

        assert f"If {email} has an account here" in page.text
        assert complaints(page) == []


def test_it_says_once_that_signing_in_failed(app: Flask) -> None:
    page = send(app.test_client(), "/sign-in", email="", password="")

    assert complaints(page) == ["That e-mail address and password don't go together."]


class TwoTabs:
    """A browser in which one tab holds Alice's settings while another one signs her out."""

    def __init__(self, app: Flask, settings: str, **headers: str) -> None:
        self.app = app
        self.path = settings
        self.client = sign_in(app, "alice@example.org")
        self.headers = headers or {"Origin": "http://localhost"}
        self.typed = {
            **SETTINGS,
            "name": "Tandems & more",
            "welcome": 'Two lines,\nand a "quote".',
            "csrf_token": csrf_of(self.client, settings),
        }
        self.client.post("/sign-out", data={"csrf_token": self.typed["csrf_token"]})

    def save(self) -> TestResponse:
        return self.client.post(self.path, data=self.typed, headers=self.headers)

    def sign_in(self) -> None:
        token = csrf_of(self.client, "/sign-in")
        fields = {"email": "alice@example.org", "password": PASSWORD, "csrf_token": token}
        assert self.client.post("/sign-in", data=fields).status_code == 302

    def send_again(self, page: TestResponse) -> TestResponse:
        """Press the button of a page that kept what was typed."""
        kept = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
        assert kept, page.text
        data = {name: unescape(value) for name, value in kept}
        return self.client.post(self.path, data=data, headers=self.headers)

    def name(self) -> str:
        with self.app.app_context():
            chatbot_id = self.path.split("/")[3]
            return next(c.name for c in db.session.query(Chatbot) if str(c.id) == chatbot_id)


def test_it_keeps_what_was_typed_by_who_was_signed_out(app: Flask, settings: str) -> None:
    tabs = TwoTabs(app, settings)

    page = tabs.save()
    assert page.status_code == 401
    assert "You were signed out" in page.text
    assert 'href="/sign-in" target="_blank"' in page.text
    assert "Tandems &amp; more" in page.text
    assert tabs.send_again(page).status_code == 401  # too early, and still nothing is lost

    tabs.sign_in()
    page = tabs.send_again(page)
    assert page.status_code == 400  # what a form carries from before a sign-in is void
    assert tabs.send_again(page).status_code == 303
    assert tabs.name() == "Tandems & more"
    assert "Two lines,\nand a &#34;quote&#34;." in tabs.client.get(settings).text


def test_it_asks_again_who_signed_in_anew_since(app: Flask, settings: str) -> None:
    tabs = TwoTabs(app, settings)
    tabs.sign_in()

    page = tabs.save()
    assert page.status_code == 400
    assert "You are alice@example.org now" in page.text
    assert tabs.name() == "Alice's bicycles"

    assert tabs.send_again(page).status_code == 303
    assert tabs.name() == "Tandems & more"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_it_keeps_nothing_that_another_website_typed(
    app: Flask, settings: str, headers: dict[str, str]
) -> None:
    tabs = TwoTabs(app, settings, **headers)

    assert "Tandems" not in tabs.save().text
    tabs.sign_in()
    assert "Tandems" not in tabs.save().text
    assert tabs.save().status_code == 400


def test_it_tells_a_script_that_its_member_was_signed_out(app: Flask, alice: Owner) -> None:
    answer = app.test_client().post(
        f"/dashboard/chatbots/{alice.chatbot_id}/sources",
        headers={"Accept": "application/json", "Origin": "http://localhost"},
    )

    assert answer.status_code == 401
    assert "You were signed out" in answer.get_json()["error"]["message"]


def test_it_signs_out_who_is_signed_out_already(make_house: Callable[..., Flask]) -> None:
    answer = make_house().test_client().post("/sign-out", data={"csrf_token": "old"})

    assert (answer.status_code, answer.location) == (302, "/sign-in")


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_file_where_words_belong_is_refused_in_words(app: Flask, hers: Ids) -> None:
    alice, tried = sign_in(app, "alice@example.org"), set()
    pages = {
        path_of(app, rule, method, hers)
        for rule, method in routes(app, "viewer", "editor", "owner")
        if method == "GET"
    }
    for path in sorted(pages):
        for action, method, held in forms(alice, path):
            fields = held.keys() - {"csrf_token", "files", "file"}
            if method == "POST" and fields and action not in tried:
                tried.add(action)
                files = {name: (io.BytesIO(b"words"), "words.txt") for name in fields}
                sent = {**files, "csrf_token": held.get("csrf_token", "")}
                answer = alice.post(action, data=sent, content_type="multipart/form-data")
                assert answer.status_code == 422, action
                assert "no place for a file" in answer.text

    assert len(tried) >= 20
