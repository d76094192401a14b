"""The page of Alice's organization, as members fill it in and read it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from cast import Owner, csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ragwidget import budgets
from ragwidget.engines.protocol import Usage
from ragwidget.extensions import db

__all__ = ["client"]

PAGE = "/dashboard/organization"
KEY = "emulator-key-Tr0ub4dor-and-more"
USAGE = Usage(prompt=1_000_000, completion=100_000)  # $1.125


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Alice's browser."""
    return sign_in(app, "alice@example.org")


def send(client: FlaskClient, what: str = "", **fields: str) -> TestResponse:
    """Send one of the page's forms."""
    return client.post(PAGE + what, data={**fields, "csrf_token": csrf_of(client, PAGE)})


def complaints(page: TestResponse) -> list[str]:
    """Return what is said beside fields."""
    found = re.findall(r'class="field-error"[^>]*>([^<]*)<', page.text)
    return [unescape(words) for words in found]


def words(client: FlaskClient) -> str:
    """Return what the page says, without its markup."""
    page = client.get(PAGE)
    assert page.status_code == 200
    body = page.text.partition('<main id="content"')[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def spend(app: Flask, whose: Owner, model: str = "gemini-3.8-flash", times: int = 1) -> None:
    """Let a day cost something."""
    with app.app_context():
        for _ in range(times):
            budgets.count(whose.organization_id, whose.chatbot_id, model, USAGE)
        db.session.commit()
