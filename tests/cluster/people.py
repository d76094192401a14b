"""People who use the cluster over its network: visitors, and an owner with a browser."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from cast import ALICE_SITE, PASSWORD, parse_events

Event = tuple[int, str, dict[str, Any]]


def request(
    port: int,
    method: str,
    path: str,
    body: bytes | str | None = None,
    headers: dict[str, str] | None = None,
) -> http.client.HTTPResponse:
    """Send a request to a port of loopback and return its response, unread."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    # so that closing the response hangs up
    connection.request(method, path, body, {"Connection": "close", **(headers or {})})
    return connection.getresponse()


@dataclass
class Guest:
    """A visitor of Alice's website; `port` is where they come in."""

    port: int
    chatbot_id: str
    token: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def call(
        self, method: str, path: str, port: int | None = None, **body: Any
    ) -> http.client.HTTPResponse:
        """Call the visitor API, at another port if one is given."""
        headers = {"Origin": ALICE_SITE, "Content-Type": "application/json", **self.headers}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        text = json.dumps(body) if body else None
        return request(port or self.port, method, f"/api/v1{path}", text, headers)

    def ask(self, question: str, **fields: Any) -> http.client.HTTPResponse:
        """Ask a question."""
        return self.call("POST", "/chat", chatbot_id=self.chatbot_id, message=question, **fields)

    def begin(self, question: str, until: int) -> tuple[list[Event], http.client.HTTPResponse]:
        """Ask, hear the first events, and keep the token and the line."""
        response = self.ask(question)
        heard: list[Event] = []
        for _, event in events(response):
            heard.append(event)
            if len(heard) == until:
                break
        self.token = heard[0][2]["conversation"]["token"]
        return heard, response

    def attach(self, message_id: str, after: int = 0, port: int | None = None) -> list[Event]:
        """Hear an answer to its end, from behind an event."""
        return hear(self.call("GET", f"/messages/{message_id}/events?after={after}", port))


def events(response: http.client.HTTPResponse) -> Iterator[tuple[float, Event]]:
    """Yield each event of an answer when it arrives, with the time."""
    assert response.status == 200, response.read()
    block = ""
    for line in response:
        block += line.decode()
        if line == b"\n":
            for event in parse_events(block):
                yield time.monotonic(), event
            block = ""


def hear(response: http.client.HTTPResponse) -> list[Event]:
    """Return all events of an answer."""
    return [event for _, event in events(response)]


def said(heard: list[Event]) -> str:
    """Return the words of an answer."""
    return "".join(data["text"] for _, name, data in heard if name == "delta")


class Browser:
    """Alice's browser, signed in to the dashboard."""

    def __init__(self, port: int, email: str = "alice@example.org") -> None:
        self._cookies: dict[str, str] = {}
        csrf = _csrf(self.get(port, "/sign-in").read().decode())
        form = urlencode({"email": email, "password": PASSWORD, "csrf_token": csrf})
        signed_in = self._send(
            port, "/sign-in", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert signed_in.status == 302, signed_in.read()

    def get(self, port: int, path: str) -> http.client.HTTPResponse:
        """Open a page."""
        return self._keep(request(port, "GET", path, headers=self._headers()))

    def upload(
        self, port: int, chatbot_id: str, name: str, data: bytes
    ) -> http.client.HTTPResponse:
        """Give a chatbot a file to read."""
        path = f"/dashboard/chatbots/{chatbot_id}/sources"
        body, media_type = _multipart(_csrf(self.get(port, path).read().decode()), name, data)
        headers = {"Content-Type": media_type, "Accept": "application/json"}
        return self._send(port, path, body, headers)

    def _send(
        self, port: int, path: str, body: bytes, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        return self._keep(request(port, "POST", path, body, {**self._headers(), **headers}))

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        return {"Cookie": cookies} if cookies else {}

    def _keep(self, response: http.client.HTTPResponse) -> http.client.HTTPResponse:
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return response


def _csrf(page: str) -> str:
    match = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert match, page
    return match[1]


def _multipart(csrf: str, name: str, data: bytes) -> tuple[bytes, str]:
    line = b"--a-line-that-no-file-has"
    fields = (
        b'Content-Disposition: form-data; name="csrf_token"\r\n\r\n' + csrf.encode(),
        f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n'.encode()
        + b"Content-Type: text/plain\r\n\r\n"
        + data,
    )
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in fields) + line + b"--\r\n"
    return body, f"multipart/form-data; boundary={line[2:].decode()}"
