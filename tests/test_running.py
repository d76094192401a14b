"""What the operator types: the demonstration, the server, the doctor."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browsing import free_port
from click.testing import CliRunner
from flask_migrate import upgrade
from sqlalchemy import func, select

from ragwidget import config, demo, doctor, members
from ragwidget.app import create_app
from ragwidget.cli import commands, main
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Source

ROOT = Path(__file__).parents[1]
SECRET = "operator-" * 6


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance folder of the test's own, named by the environment."""
    monkeypatch.setenv("RAGWIDGET_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("RAGWIDGET_SECRET_KEY", raising=False)
    return tmp_path / "instance"


@contextmanager
def started(command: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command of ours in a process of its own; it is over at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ragwidget.cli", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env=os.environ | {f"RAGWIDGET_{name}": value for name, value in settings.items()},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def hear(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what was printed up to the line that matches."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(said)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_demonstration_says_three_lines_and_ctrl_c_ends_all_of_it(instance: Path) -> None:
    port, site_port = free_port(), free_port()
    with started("demo", PORT=str(port), DEMO_PORT=str(site_port)) as process:
        said = hear(process, "Stop")
        assert f"http://127.0.0.1:{port}/dashboard/" in said
        assert "demo@example.org" in said
        assert f"http://127.0.0.1:{site_port}/" in said
        with urllib.request.urlopen(f"http://127.0.0.1:{site_port}/") as page:
            host_page = page.read().decode()
        assert f'src="http://127.0.0.1:{port}/widget.js"' in host_page
        assert listens(port)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not listens(port)
        assert not listens(site_port)

    with started("demo", PORT=str(port), DEMO_PORT=str(site_port)) as process:
        assert "Seeding" not in hear(process, "Stop")
    app = create_app(SECRET_KEY=SECRET, TESTING=True)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Chatbot)) == 1
        states = db.session.scalars(select(Source.state)).all()
        titles = db.session.scalars(select(Source.title)).all()
        db.session.remove()
        db.engine.dispose()
    assert set(states) == {"ready"}
    assert {"README.md", "RagWidget handbook.pdf"} <= set(titles)


@pytest.mark.parametrize("variable", ["PORT", "DEMO_PORT"])
def test_a_taken_port_is_said_in_one_sentence_with_its_setting(
    instance: Path, variable: str
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = {"PORT": str(free_port()), "DEMO_PORT": str(free_port())}
        settings[variable] = str(taken.getsockname()[1])
        with started("demo", **settings) as process:
            assert process.stdout is not None
            said = process.stdout.read()
            assert process.wait(60) == 2

    assert said.count("\n") == 1
    assert f"RAGWIDGET_{variable}" in said


def test_the_server_does_not_start_without_a_secret(
    instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["ragwidget", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    assert "RAGWIDGET_SECRET_KEY is not set." in capsys.readouterr().err
    assert not instance.exists()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"WORKERS": "2"}, "RAGWIDGET_LIMITS_URL"),
        ({"WORKERS": "0"}, "RAGWIDGET_WORKERS"),
        ({"WORKER_CLASS": "gevent"}, "RAGWIDGET_DATABASE_URL"),
        (
            {"WORKER_CLASS": "gevent", "DATABASE_URL": "postgresql+psycopg://u@h/d"},
            "RAGWIDGET_EMBEDDED_WORKER",
        ),
    ],
)
def test_the_server_does_not_start_where_its_promises_would_not_hold(
    settings: dict[str, str],
    named: str,
    instance: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"SECRET_KEY": SECRET, "PORT": str(free_port()), **settings}.items():
        monkeypatch.setenv(f"RAGWIDGET_{name}", value)
    monkeypatch.setattr(sys, "argv", ["ragwidget", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert named in said
    assert said.count("\n") == 1


def test_the_demonstration_keeps_a_secret_of_its_own(instance: Path) -> None:
    first = demo._settings()["SECRET_KEY"]

    assert len(first) > 40
    assert demo._settings()["SECRET_KEY"] == first
    assert (instance / "demo-secret-key").stat().st_mode & 0o077 == 0


def test_the_server_serves(instance: Path) -> None:
    port = free_port()
    settings = {"PORT": str(port), "SECRET_KEY": SECRET}
    with started("migrate", **settings) as process:
        hear(process, "up to date")
    with started("serve", **settings) as process:
        hear(process, "Serving")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_worker_of_its_own_reads(instance: Path) -> None:
    with started("migrate", SECRET_KEY=SECRET) as process:
        hear(process, "up to date")
    with started("worker", SECRET_KEY=SECRET) as process:
        hear(process, "Working")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_the_doctor_finds_a_healthy_house(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGWIDGET_SECRET_KEY", SECRET)
    assert CliRunner().invoke(commands, ["migrate"]).exit_code == 0
    result = CliRunner().invoke(commands, ["doctor"])

    assert result.exit_code == 0, result.output
    for subject in ("settings", "database", "migrations", "limits", "queue", "mail", "engine"):
        assert re.search(rf"[✓·] {subject}", result.output), result.output
    assert SECRET not in result.output


def test_the_doctor_says_what_is_wrong(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(commands, ["doctor"])
    assert result.exit_code == 1
    assert "RAGWIDGET_SECRET_KEY is not set" in result.output

    monkeypatch.setenv("RAGWIDGET_SECRET_KEY", SECRET)
    monkeypatch.setenv("RAGWIDGET_PUBLIC_URL", "http://chat.example.org")
    monkeypatch.setenv("RAGWIDGET_SMTP_URL", "smtp://user:hidden@mail.example.org:587")
    monkeypatch.setenv("RAGWIDGET_LIMITS_URL", f"redis://:hidden@127.0.0.1:{free_port()}")
    findings = {finding.subject: finding for finding in doctor.examine()}
    assert findings["migrations"].state == "bad"
    assert findings["limits"].state == "bad"
    assert findings["address"].state == "note"
    assert findings["mail"].state == "ok"  # addresses are confirmed where mail goes out
    assert not any("hidden" in finding.sentence for finding in findings.values())

    monkeypatch.setenv(
        "RAGWIDGET_DATABASE_URL", f"postgresql+psycopg://u:hidden@127.0.0.1:{free_port()}/x"
    )
    findings = {finding.subject: finding for finding in doctor.examine()}
    assert findings["database"].state == "bad"
    assert "hidden" not in findings["database"].sentence


def test_an_operator_can_add_a_member_and_read_what_waits(
    instance: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAGWIDGET_SECRET_KEY", SECRET)
    runner = CliRunner()
    runner.invoke(commands, ["migrate"])
    monkeypatch.setattr("getpass.getpass", lambda _: "long enough words")
    added = runner.invoke(commands, ["add-member", "alice@example.org", "Alice's"])
    assert added.exit_code == 0, added.output
    again = runner.invoke(commands, ["add-member", "alice@example.org", "Alice's"])
    assert isinstance(again.exception, Misconfigured)
    monkeypatch.setattr("getpass.getpass", lambda _: "short")
    short = runner.invoke(commands, ["add-member", "bob@example.org", "Bob's"])
    assert isinstance(short.exception, Misconfigured)
    assert "0 sources read" in runner.invoke(commands, ["read"]).output


def test_seeding_goes_on_where_it_was_cut_short(instance: Path) -> None:
    app = create_app(SECRET_KEY=SECRET, TESTING=True)
    with app.app_context():
        upgrade()
        members.create_member(demo.seed.EMAIL, demo.seed.PASSWORD, "Demonstration")
        with pytest.raises(SystemExit):
            demo.seed.once(app, "http://127.0.0.1:1")
        db.session.remove()
        db.engine.dispose()


def test_the_settings_know_what_the_environment_says() -> None:
    assert config.is_set("PORT", {"RAGWIDGET_PORT": "1"})
    assert config.is_set("SECRET_KEY", {"RAGWIDGET_SECRET_KEY_FILE": "x"})
    assert not config.is_set("PORT", {})
