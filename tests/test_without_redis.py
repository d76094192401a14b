"""Redis dies, or stands still: questions are answered, limits hold as the setting says."""

import logging
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
import structlog
from cast import Visitor, sign_in, victor_at
from flask import Flask
from test_limits import refused
from wrecking import Valkey

from ragwidget import library
from ragwidget.extensions import db
from ragwidget.limits import counters
from ragwidget.models import Source

House = Callable[..., Flask]


@pytest.fixture(scope="module")
def own_valkey() -> Iterator[Valkey]:
    """A Valkey that nobody else needs."""
    valkey = Valkey()
    yield valkey
    valkey.end()


@pytest.fixture
def valkey(own_valkey: Valkey) -> Valkey:
    """The same, up and running."""
    own_valkey.revive()
    return own_valkey


def die(valkey: Valkey) -> None:
    valkey.kill(random.Random())


@pytest.mark.parametrize(
    ("fallback", "told"),
    [
        ("local", [None, None, "address"]),  # a fourth of eight
        ("open", [None, None, None]),
        ("closed", [503, 503, 503]),
    ],
)
def test_without_redis_what_counts_is_what_the_setting_says(
    make_house: House, valkey: Valkey, fallback: str, told: list[object]
) -> None:
    app = make_house(
        LIMITS_URL=valkey.address, LIMITS_FALLBACK=fallback, ADDRESS_QUESTIONS_PER_HOUR=8
    )
    assert refused(victor_at(app).send("Hello?", stream=False)) is None
    die(valkey)

    with structlog.testing.capture_logs() as logs:
        answers = [victor_at(app).send("Hello?", stream=False) for _ in told]

    assert [503 if one.status_code == 503 else refused(one) for one in answers] == told
    said = [entry for entry in logs if entry["event"] == "limits out of reach"]
    assert [entry["instead"] for entry in said] == [fallback]
    if fallback == "closed":
        refusal = answers[0]
        assert refusal.get_json()["error"]["code"] == "unavailable"
        assert int(refusal.headers["Retry-After"]) > 0
        assert refusal.headers["Access-Control-Allow-Origin"] == "*"
        assert app.extensions["engine"].asked[1:] == []


def test_limits_count_together_again_once_redis_is_back(
    make_house: House, valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "FIRST_PAUSE", 0.05)
    app = make_house(
        LIMITS_URL=valkey.address, LIMITS_FALLBACK="closed", ADDRESS_QUESTIONS_PER_HOUR=2
    )
    victor = victor_at(app)
    die(valkey)
    assert victor.send("Hello?").status_code == 503
    valkey.revive()
    heal(victor)

    assert refused(victor.send("Hello?", stream=False)) is None
    assert refused(victor.send("Hello?", stream=False)) == "address"


def heal(victor: Visitor) -> None:
    """Ask until it is answered."""
    patience = time.monotonic() + 20
    while victor.send("Hello?", stream=False).status_code != 200:
        assert time.monotonic() < patience
        time.sleep(0.05)


def test_a_redis_that_stands_still_makes_nobody_wait_but_the_first(
    make_house: House, valkey: Valkey
) -> None:
    app = make_house(LIMITS_URL=valkey.address, QUEUE_URL=valkey.address)
    victor = victor_at(app)
    valkey.suspend()
    try:
        victor.ask("Hello?")
        waited = []
        for _ in range(8):
            began = time.monotonic()
            victor.ask("Hello?")
            waited.append(time.monotonic() - began)
    finally:
        valkey.resume()

    assert min(waited) < counters.STORE_SECONDS


def test_a_redis_that_is_away_is_tried_by_one_visitor_and_not_by_all(make_house: House) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as hanging_up:
        tried = []

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    hanging_up.accept()[0].close()
                    tried.append(time.monotonic())

        threading.Thread(target=hang_up, daemon=True).start()
        app = make_house(LIMITS_URL=f"redis://127.0.0.1:{hanging_up.getsockname()[1]}/0")
        victor = victor_at(app)
        victor.ask("Hello?")
        at_first = len(tried)
        for _ in range(5):
            victor.ask("And I?")

    assert at_first > 0
    assert len(tried) == at_first


def test_an_upload_is_taken_in_while_the_queue_is_away_and_found_later(
    make_house: House, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    app = make_house(QUEUE_URL=valkey.address)
    victor = victor_at(app)
    alice = sign_in(app, "alice@example.org")
    die(valkey)

    page = f"/dashboard/chatbots/{victor.chatbot_id}/sources"
    token = alice.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = alice.post(
        f"{page}/text", data={"csrf_token": token, "title": "Gulls", "text": "Gulls fly."}
    )

    assert answer.status_code == 303, answer.text
    with app.app_context():
        source = db.session.scalars(db.select(Source).filter_by(title="Gulls")).one()
        assert source.id in library.due()
