"""What every page of ours tells the browser: strict, whoever asks and however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from cast import Owner, csrf_of, owner, sign_in
from flask import Flask
from werkzeug.test import TestResponse

from ragwidget.web.bodies import FORM_BYTES

CSP = "Content-Security-Policy"
HTTPS = "https://chat.example"
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@pytest.fixture
def alice(make_house: Callable[..., Flask]) -> Owner:
    """As in every copy of the database."""
    with make_house().app_context():
        return owner("alice@example.org")


def policy_of(answer: TestResponse) -> dict[str, str]:
    """Return a page's policy by directive."""
    parts = (part.strip().partition(" ") for part in answer.headers[CSP].split(";"))
    return {name: sources for name, _, sources in parts}


def pages(app: Flask, alice: Owner) -> Iterator[TestResponse]:
    """Return every answer that is a page: all routes, as a member and as nobody, and the errors."""
    ids = {"chatbot_id": alice.chatbot_id, "source_id": alice.source_id}
    member, nobody = sign_in(app, alice.email), app.test_client()
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        path = adapter.build(
            rule.endpoint, {name: ids.get(name, uuid4()) for name in rule.arguments}
        )
        for client in (member, nobody):
            for method in {"GET", "POST"} & (rule.methods or set()):
                if rule.endpoint != "security.logout":
                    yield client.open(path, method=method)
    too_much = {"email": "x" * (FORM_BYTES + 1)}
    yield nobody.post("/sign-in", data=too_much)
    yield nobody.post("/sign-in", json={})
    yield nobody.delete("/sign-in")
    yield nobody.get("/nowhere/<script>")
    member = sign_in(app, alice.email)  # a code without a question signs out
    yield member.post("/dashboard/organization", data={"name": "no token"})
    token = csrf_of(member, "/dashboard/organization")
    yield member.post("/dashboard/organization", data={"name": "", "csrf_token": token})


@pytest.mark.filterwarnings("ignore:Passing SelectField:DeprecationWarning")  # Flask-Security's
def test_every_page_is_strict_also_when_it_refuses(
    make_house: Callable[..., Flask], alice: Owner
) -> None:
    app = make_house(TWO_FACTOR=True, CONFIRM_EMAIL=True)
    statuses, seen = set(), 0
    for page in pages(app, alice):
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        if page.mimetype != "text/html":
            continue
        statuses.add(page.status_code)
        seen += 1
        hosted = page.request.path.startswith("/c/") and page.status_code == 200
        framers = "'self' https://alice.example" if hosted else "'none'"
        assert policy_of(page) == POLICY | {"frame-ancestors": framers}, page.request.path
        assert hosted or page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in page.headers["Permissions-Policy"]
        if page.status_code < 300:
            assert page.headers["Cache-Control"] == "private, no-store", page.request.path
            assert "unsafe" not in page.text.partition("</head>")[0]

    assert statuses >= {200, 302, 400, 404, 405, 413, 422}
    assert seen > 50


def test_only_what_others_may_show_can_be_loaded_by_them(
    make_house: Callable[..., Flask], alice: Owner
) -> None:
    app = make_house()
    client = sign_in(app, alice.email)
    ours = ["/dashboard/", "/account", f"/dashboard/chatbots/{alice.chatbot_id}/sources/state"]
    theirs = [f"/api/v1/chatbots/{alice.chatbot_id}", f"/c/{alice.chatbot_id}"]

    for path in ours:
        assert client.get(path).headers["Cross-Origin-Resource-Policy"] == "same-origin", path
    for path in theirs:
        kept = client.get(path).headers.get("Cross-Origin-Resource-Policy", "cross-origin")
        assert kept == "cross-origin", path


def test_over_https_a_browser_never_comes_back_without(make_house: Callable[..., Flask]) -> None:
    secure = make_house(PUBLIC_URL=HTTPS).test_client()
    plain = make_house().test_client()
    for path in ("/sign-in", "/healthz", "/nowhere"):
        answer = secure.get(path, base_url=HTTPS)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
    assert "Strict-Transport-Security" not in plain.get("/sign-in").headers
