"""Who appears in the tests: Alice and Bob, who must never meet, and the people around them.

Alice and Bob own organizations with one chatbot each. Viola may only look at Alice's. Victor
visits Alice's website, Mallory attacks it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from ragwidget import chatbots, jobs, library, members
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Membership, Organization, Source, User, now

PASSWORD = "correct horse battery"

ALICE_SITE = "https://alice.example"
BOB_SITE = "https://bob.example"

ALICE_TEXT = """# Opening hours

The bicycle shop opens at nine in the morning on working days. On Saturday it opens at ten.

# Deposit

The deposit for a marzipan bicycle is fifty euros, and you get it back on return.
"""
BOB_TEXT = """# Opening hours

The tamarind bakery opens at four in the night. On Sunday it is closed.
"""


@dataclass(frozen=True, slots=True)
class Owner:
    """A member with what is theirs."""

    email: str
    user_id: UUID
    organization_id: UUID
    chatbot_id: UUID
    source_id: UUID


def victor_at(app: Flask, **who: Any) -> Visitor:
    """Return somebody in front of Alice's chatbot in this app."""
    with app.app_context():
        return Visitor(app, owner("alice@example.org").chatbot_id, **who)


def move_in(app: Flask) -> None:
    """Make the cast, with their chatbots and what these have read."""
    alice = _found("alice@example.org", "Alice's bicycles", ALICE_SITE, ALICE_TEXT)
    _found("bob@example.org", "Bob's bakery", BOB_SITE, BOB_TEXT)
    viola = current_app.extensions["security"].datastore.create_user(
        email="viola@example.org",
        password=db.session.scalar(select(User.password)),
        confirmed_at=now(),
    )
    db.session.flush()
    db.session.add(Membership(organization_id=alice, user_id=viola.id, role="viewer"))
    db.session.commit()
    jobs.work_off()


def owner(email: str) -> Owner:
    """Return one of the cast, as the database knows them."""
    return Owner(
        email,
        *db.session.execute(
            select(User.id, Membership.organization_id, Chatbot.id, Source.id)
            .join(Membership, Membership.user_id == User.id)
            .join(Chatbot, Chatbot.organization_id == Membership.organization_id)
            .join(Source, Source.chatbot_id == Chatbot.id)
            .where(User.email == email)
        ).one(),
    )


def _found(email: str, organization: str, site: str, text: str) -> UUID:
    _, made = members.create_member(email, PASSWORD, organization)
    chatbot = chatbots.create(made.id, organization, origins=[site], mode="balanced")
    library.add_text(chatbot, f"What {organization} does", text, most=10)
    return made.id


@dataclass
class Reply:
    """The events of one streamed answer."""

    status: int
    headers: Any
    text: str
    events: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Return what happened, in order."""
        return [name for _, name, _ in self.events]

    @property
    def answer(self) -> str:
        """Return the words of the answer."""
        return "".join(data["text"] for _, name, data in self.events if name == "delta")

    @property
    def start(self) -> dict[str, Any]:
        """Return the first event's data."""
        return self.events[0][2]

    @property
    def last(self) -> dict[str, Any]:
        """Return the last event's data."""
        return self.events[-1][2]

    @property
    def token(self) -> str:
        """Return the token that the answer came with."""
        return self.start["conversation"]["token"]

    @property
    def message_id(self) -> str:
        """Return the answer's id."""
        return self.start["message_id"]


def parse_events(stream: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Read server-sent events as strictly as we write them."""
    for block in stream.split("\n\n"):
        if not block or block.startswith(":"):
            continue
        match = re.fullmatch(r"id: (\d+)\nevent: ([a-z]+)\ndata: (.*)", block)
        assert match, block
        yield int(match[1]), match[2], json.loads(match[3])


class Visitor:
    """Somebody in front of a widget, who remembers their token."""

    def __init__(
        self,
        app: Flask,
        chatbot_id: UUID,
        *,
        origin: str | None = ALICE_SITE,
        address: str = "203.0.113.7",
        token: str | None = None,
    ) -> None:
        self.chatbot_id = str(chatbot_id)
        self.origin = origin
        self.address = address
        self.token = token
        self.conversation_id: str | None = None
        self._client: FlaskClient = app.test_client(use_cookies=False)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """Call the visitor API."""
        headers = {"Origin": self.origin} if self.origin else {}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        headers.update(options.pop("headers", {}))
        return self._client.open(
            f"/api/v1{path}",
            method=method,
            headers=headers,
            environ_base={"REMOTE_ADDR": self.address},
            **options,
        )

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read something."""
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        """Do something."""
        return self.call("POST", path, **options)

    def send(self, message: str, **fields: Any) -> TestResponse:
        """Send a question and return whatever comes, unread."""
        body = {"chatbot_id": self.chatbot_id, "message": message, **fields}
        return self.post("/chat", json=body)

    def ask(self, message: str, **fields: Any) -> Reply:
        """Ask, hear the whole answer, and keep the token."""
        return self.hear(self.send(message, **fields))

    def ask_whole(self, message: str, **fields: Any) -> dict[str, Any]:
        """Ask for an answer in one piece, and keep the token."""
        response = self.send(message, stream=False, **fields)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.get_json()
        self._keep(body["conversation"])
        return body

    def attach(self, message_id: str, after: int = 0) -> Reply:
        """Listen to an answer again, behind an event."""
        return self.hear(self.get(f"/messages/{message_id}/events?after={after}"))

    def messages(self) -> list[dict[str, Any]]:
        """Return what the conversation holds."""
        response = self.get(f"/conversations/{self.conversation_id}/messages")
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.get_json()["messages"]
        return found

    def hear(self, response: TestResponse) -> Reply:
        """Read a stream to its end."""
        assert response.status_code == 200, response.text
        reply = Reply(response.status_code, response.headers, response.text)
        reply.events = list(parse_events(reply.text))
        for _, name, data in reply.events:
            if name == "start":
                self._keep(data["conversation"])
        return reply

    def _keep(self, conversation: dict[str, Any]) -> None:
        self.token = conversation["token"]
        self.conversation_id = conversation["id"]


def sign_in(app: Flask, email: str, password: str = PASSWORD) -> FlaskClient:
    """Return a browser in which this member has signed in, through the form."""
    client = app.test_client()
    response = client.post(
        "/sign-in",
        data={"email": email, "password": password, "csrf_token": csrf_of(client, "/sign-in")},
    )
    assert response.status_code == 302, response.text
    return client


def csrf_of(client: FlaskClient, path: str) -> str:
    """Return the token of the form on a page."""
    page = client.get(path).text
    match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert match, page
    return match[1]


def organizations() -> list[str]:
    """Return the names of all organizations there are."""
    return list(db.session.scalars(select(Organization.name).order_by(Organization.name)))
