"""What is for one person is kept by no cache for another, and an ETag opens nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from cast import Visitor, sign_in
from flask import Flask
from owning import *  # noqa: F403 (fixtures)
from programs import Program
from roles import routes
from walking import Ids, path_of
from werkzeug.test import TestResponse

pytestmark = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)

Read = Callable[..., TestResponse]
FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "//evil.example",
    "X-Forwarded-Proto": "javascript",
    "X-Forwarded-Port": "6666",
    "Forwarded": "host=evil.example",
}


def readers(app: Flask, victor: Visitor, email: str) -> Iterator[tuple[tuple[str, ...], Read]]:
    """Return who may read which routes: a member, a program of theirs, and a visitor."""
    program, member = Program(app, email=email), sign_in(app, email)
    yield ("viewer", "editor", "owner"), member.get
    yield ("key",), lambda path, **more: program.get(path.removeprefix("/api/v1/owner"), **more)
    yield ("visitor",), lambda path, **more: victor.get(path.removeprefix("/api/v1"), **more)


def read(
    app: Flask, victor: Visitor, ids: Ids, email: str, **more: object
) -> Iterator[tuple[str, TestResponse]]:
    """Read everything that somebody may, with these ids."""
    for roles, get in readers(app, victor, email):
        for rule, method in routes(app, *roles):
            if method == "GET":
                path = path_of(app, rule, method, ids)
                yield path, get(path, **more)


def test_no_cache_keeps_what_is_for_one_person(app: Flask, hers: Ids, victor: Visitor) -> None:
    kinds, seen = set(), 0
    for path, answer in read(app, victor, hers, "alice@example.org", headers=FORGED):
        kept = answer.headers["Cache-Control"]
        assert "private" in kept or "no-store" in kept, path
        assert "evil.example" not in f"{answer.headers}{answer.get_data(as_text=True)}", path
        kinds.add(answer.mimetype)
        seen += answer.status_code == 200

    assert kinds >= {"text/html", "application/json", "text/event-stream"}
    assert seen > 60


def test_an_etag_of_alices_tells_bob_nothing(
    app: Flask, hers: Ids, victor: Visitor, mallory: Visitor
) -> None:
    mallory.ask("Hello?")
    tags = {
        path: answer.headers["ETag"]
        for path, answer in read(app, victor, hers, "alice@example.org")
        if "ETag" in answer.headers
    }
    known = {"If-None-Match": ", ".join(tags.values())}
    anything = {"If-None-Match": "*"}

    assert len(tags) > 15
    for (_, alice), (_, bob) in zip(
        readers(app, victor, "alice@example.org"),
        readers(app, mallory, "bob@example.org"),
        strict=True,
    ):
        for path in tags:
            if alice(path, headers=known).status_code == 304:
                assert bob(path, headers=known).status_code in {200, 404}, path
                if any(each in path for each in hers.values()):
                    assert bob(path, headers=anything).status_code == 404, path
                tags = {left: tag for left, tag in tags.items() if left != path}
    assert not tags, "each was of somebody"
