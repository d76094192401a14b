"""Alice's team, from its page and by its links."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from cast import csrf_of, sign_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ragwidget.extensions import db
from ragwidget.models import Membership, User

__all__ = ["owner"]

TEAM = "/dashboard/organization/team"
CAROL = "carol@example.org"
VIOLA = "viola@example.org"


@pytest.fixture
def owner(house: Flask) -> FlaskClient:
    """The browser of Alice, who owns the bicycle shop."""
    return sign_in(house, "alice@example.org")


def press(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    """Send a form of the dashboard."""
    token = csrf_of(client, "/account/password")
    return client.post(path, data={**fields, "csrf_token": token})


def link_for(client: FlaskClient, email: str = CAROL, role: str = "editor") -> str:
    """Invite somebody, and return the link that an owner hands over without a mail server."""
    answer = press(client, f"{TEAM}/invitations", email=email, role=role)
    assert answer.status_code == 303, answer.text
    return link_on(client)


def link_on(client: FlaskClient) -> str:
    found = re.search(r"http://localhost(/invitations/[^<\s]+)", client.get(TEAM).text)
    assert found
    return found[1]


def sign_up(client: FlaskClient, link: str, password: str = "a long enough one") -> TestResponse:
    token = csrf_of(client, link)
    fields = {"password": password, "again": password, "csrf_token": token}
    return client.post(f"{link}/account", data=fields)


def roles(app: Flask) -> dict[str, str]:
    """Return who has which role at Alice's."""
    with app.app_context():
        owned = select(Membership.organization_id).join(User, User.id == Membership.user_id)
        hers = owned.where(User.email == "viola@example.org").scalar_subquery()
        rows = db.session.execute(
            select(User.email, Membership.role)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.organization_id == hers)
        )
        return dict(rows.all())


def id_of(app: Flask, email: str) -> UUID:
    with app.app_context():
        return db.session.scalars(select(User.id).filter_by(email=email)).one()
