"""Programs of the cast's organizations, each with an API key of its own."""

from __future__ import annotations

import io
from typing import Any
from uuid import UUID

from cast import Owner, owner
from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from ragwidget import api_keys

ALL = tuple(f"{subject}:write" for subject in api_keys.SUBJECTS)


class Program:
    """A program that calls the owner API."""

    def __init__(
        self,
        app: Flask,
        scopes: tuple[str, ...] = ALL,
        email: str = "alice@example.org",
        chatbot_id: UUID | None = None,
    ) -> None:
        with app.app_context():
            self.owner: Owner = owner(email)
            _, self.key = api_keys.make(
                self.owner.organization_id, "Test", scopes, chatbot_id=chatbot_id
            )
        self.app = app
        self.chatbot = f"/chatbots/{self.owner.chatbot_id}"
        self._client = app.test_client(use_cookies=False)

    def call(self, method: str, path: str, name: str | None = None, **options: Any) -> TestResponse:
        """Call the owner API, under a name if there is one."""
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        if name is not None:
            headers["Idempotency-Key"] = name
        place = f"/api/v1/owner{path}"
        return self._client.open(place, method=method, headers=headers, buffered=True, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """Read something."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Make something."""
        return self.call("POST", path, **({} if body is None else {"json": body}), **options)

    def upload(
        self, path: str, data: bytes, file_name: str, method: str = "POST", **options: Any
    ) -> TestResponse:
        """Send a file."""
        boundary, form = encode_multipart({"file": FileStorage(io.BytesIO(data), file_name)})
        kind = f"multipart/form-data; boundary={boundary}"
        return self.call(method, path, data=form, content_type=kind, **options)


def refused(answer: TestResponse) -> tuple[int, str]:
    """Return how a call was refused."""
    return answer.status_code, answer.get_json()["error"]["code"]
