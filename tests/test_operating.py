"""What the operator types, and what the program says about its own health."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket

import pytest
from cast import PASSWORD, Visitor, sign_in, victor_at
from click.testing import CliRunner, Result
from databases import SECRET, Databases, let_go
from flask import Flask
from flask_migrate import downgrade
from scripted import ScriptedEngine
from sharing import instance_in
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from ragwidget import cli
from ragwidget.app import create_app
from ragwidget.chat import turn
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.serving import require_free

BEFORE = "0020"  # tables without something that every page and every question looks at


@pytest.fixture
def operator(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Result]]:
    """Type a command on a machine with a fresh database."""
    environment = {
        "RAGWIDGET_SECRET_KEY": SECRET,
        "RAGWIDGET_DATABASE_URL": databases.empty(),
        "RAGWIDGET_INSTANCE": str(instance_in(tmp_path)),
    }
    made: list[Flask] = []

    def create_app_and_remember(**settings: object) -> Flask:
        made.append(create_app(**settings))
        return made[-1]

    monkeypatch.setattr("ragwidget.app.create_app", create_app_and_remember)
    monkeypatch.setattr("ragwidget.logs.configure", lambda *_: None)  # the tests' own stay

    def type_in(*arguments: str, **settings: str) -> Result:
        return CliRunner().invoke(cli.commands, arguments, env={**environment, **settings})

    yield type_in
    for app in made:
        let_go(app)


def test_doctor_says_what_is_missing_and_what_to_do(operator: Callable[..., Result]) -> None:
    before = operator("doctor")
    operator("migrate")
    after = operator("doctor")

    assert before.exit_code == 1
    assert "ragwidget migrate" in before.output
    assert after.exit_code == 0, after.output
    assert "The tables are as this version expects" in after.output
    assert "mails are written to the log" in after.output
    assert SECRET not in after.output


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("RAGWIDGET_SECRET_KEY", "", "RAGWIDGET_SECRET_KEY is not set"),
        ("RAGWIDGET_DATABASE_URL", "postgresql+psycopg://u:pass@127.0.0.1:1/x", "out of reach"),
        ("RAGWIDGET_LIMITS_URL", "redis://:pass@127.0.0.1:1/0", "LIMITS_FALLBACK=local"),
        ("RAGWIDGET_QUEUE_URL", "redis://:pass@127.0.0.1:1/0", "out of reach"),
    ],
)
def test_doctor_says_what_is_out_of_reach_without_its_password(
    operator: Callable[..., Result], setting: str, value: str, said: str
) -> None:
    found = operator("doctor", **{setting: value})

    assert found.exit_code == 1
    assert said in found.output
    assert ":pass@" not in found.output


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({}, "·", "METRICS_PORT is not set"),
        ({"METRICS_PORT": "9464"}, "✓", "at 127.0.0.1:9464"),
        ({"METRICS_PORT": "9464", "METRICS_HOST": "0.0.0.0"}, "✗", "set METRICS_TOKEN"),
        ({"METRICS_TOKEN": SECRET}, "✓", "with its token"),
    ],
)
def test_doctor_says_who_can_read_our_numbers(
    operator: Callable[..., Result], settings: dict[str, str], state: str, said: str
) -> None:
    found = operator("doctor", **{f"RAGWIDGET_{name}": value for name, value in settings.items()})

    assert re.search(rf"{state} metrics .*{said}", found.output), found.output
    assert re.search(r"✓ serving .*1 \(gthread\)", found.output), found.output
    assert SECRET not in found.output


def test_a_member_can_be_made_where_strangers_may_not_sign_up(
    operator: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _: PASSWORD)
    operator("migrate")

    made = operator("add-member", "carol@example.org", "Carol's coffee")
    again = operator("add-member", "carol@example.org", "Carol's coffee")

    assert "carol@example.org owns Carol's coffee" in made.output, made.exception
    assert isinstance(again.exception, Misconfigured)
    assert "is a member already" in str(again.exception)


def test_a_port_that_is_taken_is_said_with_the_setting_that_changes_it() -> None:
    with socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(Misconfigured, match=rf"Port {port} .* set RAGWIDGET_PORT"):
            require_free("127.0.0.1", port, "RAGWIDGET_PORT")


def test_it_says_that_it_lives_and_whether_it_is_ready(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


@pytest.fixture
def away(app: Flask) -> Callable[[], None]:
    """Take the database away."""

    def refuse(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone away"))

    def take_away() -> None:
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", refuse)

    return take_away


def test_tables_older_than_the_program_are_told_to_who_can_do_something_about_it(
    app: Flask, victor: Visitor
) -> None:
    alice = sign_in(app, "alice@example.org")
    with app.app_context():
        downgrade(revision=BEFORE)

    with capture_logs() as logged:
        told = victor.send("Hello?")
        page = alice.get("/dashboard/", headers={"Accept": "text/html"})

    assert (told.status_code, page.status_code) == (503, 503)
    assert told.get_json()["error"]["message"].startswith("We can't reach our memory")
    assert "type `ragwidget migrate`" in page.text
    events = [entry["event"] for entry in logged if entry["log_level"] == "error"]
    assert events == ["the tables are older than this version: ragwidget migrate"] * 2


def test_without_its_memory_it_refuses_in_words_and_asks_nobody(
    app: Flask, victor: Visitor, engine: ScriptedEngine, away: Callable[[], None]
) -> None:
    away()

    refusal = victor.send("Hello?")

    assert refusal.status_code == 503
    assert refusal.get_json()["error"]["code"] == "unavailable"
    assert int(refusal.headers["Retry-After"]) > 0
    assert refusal.headers["Access-Control-Allow-Origin"] == "*"
    unready = app.test_client().get("/readyz")
    assert unready.status_code == 503
    assert unready.get_json() == {"status": "not ready", "database": "out of reach"}
    assert app.test_client().get("/healthz").status_code == 200
    assert engine.asked == []


def test_a_memory_that_goes_away_for_good_ends_an_answer_in_an_error_event(
    victor: Visitor,
    engine: ScriptedEngine,
    away: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turn, "REMEMBER_SECONDS", 0.0)
    engine.will_say("At ", away, "nine.")

    reply = victor.ask("When do you open?")

    assert reply.names == ["start", "delta", "delta", "error"]
    assert reply.last["retryable"] is True


def test_a_fault_is_told_without_its_details(make_house: Callable[..., Flask]) -> None:
    app = make_house(PROPAGATE_FAULTS=False, PROPAGATE_EXCEPTIONS=False)

    def break_down(*_: object) -> None:
        raise RuntimeError("secret stack")

    app.view_functions["visitor.get_chatbot"] = break_down
    app.view_functions["dashboard.account.show"] = break_down
    app.view_functions["dashboard.joining.show"] = break_down
    victor = victor_at(app)

    spoken = victor.get(f"/chatbots/{victor.chatbot_id}")
    page = sign_in(app, "alice@example.org").get("/account")
    with capture_logs() as logs:
        app.test_client().get("/invitations/a-live-token")

    assert (spoken.status_code, page.status_code) == (500, 500)
    assert [line["event"] for line in logs] == ["a request failed", "request"]
    assert "a-live-token" not in repr(logs)
    assert spoken.get_json()["error"]["code"] == "internal"
    assert "It was written down" in page.text
    assert "secret stack" not in spoken.text + page.text


def test_every_page_has_a_strict_policy_and_every_answer_an_id(app: Flask) -> None:
    client = app.test_client()

    first, second = client.get("/sign-in"), client.get("/sign-in")

    assert "script-src 'self'" in first.headers["Content-Security-Policy"]
    assert "unsafe" not in first.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in first.headers["Content-Security-Policy"]
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_it_is_ready_while_somebody_writes(make_house: Callable[..., Flask]) -> None:
    app = make_house()
    with app.app_context(), db.engine.begin():  # on SQLite there is one writer at a time
        assert app.test_client().get("/readyz").get_json() == {"status": "ready"}


def test_a_forged_host_does_not_get_into_our_mails(make_house: Callable[..., Flask]) -> None:
    client = make_house(PUBLIC_URL="https://chat.example").test_client()

    assert client.get("/sign-in", base_url="https://evil.example").status_code == 400


def test_who_looks_after_us_may_call_us_by_our_address(make_house: Callable[..., Flask]) -> None:
    client = make_house(PUBLIC_URL="https://chat.example").test_client()

    for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 404), ("/sign-in", 400)):
        assert client.get(path, base_url="http://10.0.0.5:8000").status_code == status
