"""An installation goes into one file, whole or not at all, and comes back from it."""

import json
import re
import shutil
import sqlite3
import threading
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cast import BOB_SITE, Visitor, victor_at
from click.testing import CliRunner, Result
from databases import SECRET, Databases, PostgreSQL, SQLite, let_go
from flask import Flask
from sqlalchemy import Select, inspect, select, text
from storage import storage_server

from ragwidget import cli, jobs, library
from ragwidget.app import create_app
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.models import Chatbot

DEPOSIT = "How much is the deposit for a marzipan bicycle?"
HANDBOOK = b"# Lending\n\nA unicycle can be lent for a fortnight.\n" * 40

STORED_AT = ("ORIGINALS_URL", "ORIGINALS_KEY_ID", "ORIGINALS_SECRET")

Operator = Callable[..., Result]


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    """Type a command at an installation, named by its database and its folder."""
    made: list[Flask] = []

    def create_app_and_remember(**settings: object) -> Flask:
        made.append(create_app(**settings))
        return made[-1]

    monkeypatch.setattr("ragwidget.app.create_app", create_app_and_remember)
    monkeypatch.setattr("ragwidget.logs.configure", lambda *_: None)  # the tests' own stay

    def type_in(house: Flask, *arguments: object) -> Result:
        environment = {
            "RAGWIDGET_SECRET_KEY": SECRET,
            "RAGWIDGET_DATABASE_URL": house.config["SQLALCHEMY_DATABASE_URI"],
            "RAGWIDGET_INSTANCE": house.instance_path,
            **{f"RAGWIDGET_{name}": house.config[name] for name in STORED_AT},
        }
        return CliRunner().invoke(cli.commands, list(map(str, arguments)), env=environment)

    yield type_in
    for app in made:
        let_go(app)


@pytest.fixture
def house(databases: Databases, make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    """A house with a file among its sources, on each database in turn."""
    return furnished(make_app(databases.copy(), INSTANCE=str(tmp_path / "here")))


def furnished(app: Flask) -> Flask:
    """Let Bob's chatbot read a file, and Alice's be asked."""
    with app.app_context():
        chatbot = db.session.scalars(bobs()).one()
        library.add_file(
            chatbot,
            "handbook.md",
            BytesIO(HANDBOOK),
            app.extensions["originals"],
            most_bytes=10**6,
            most=10,
        )
        jobs.work_off()
        db.session.remove()
    victor_at(app).ask(DEPOSIT)
    return app


def bobs() -> Select[tuple[Chatbot]]:
    return select(Chatbot).filter_by(name="Bob's bakery")


def at_bobs(app: Flask) -> Visitor:
    with app.app_context():
        return Visitor(app, db.session.scalars(bobs()).one().id, origin=BOB_SITE)


def rows(app: Flask) -> dict[str, list[Any]]:
    """Return everything that is in the database, table by table, as it lies there."""
    with app.app_context(), db.engine.connect() as connection:
        names = [
            name
            for name in inspect(connection).get_table_names()
            if not re.fullmatch(r"\w+_fts_\w+", name)
        ]
        assert len(names) > 15
        return {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"'))))
            for name in names
        }


def originals(app: Flask) -> dict[str, bytes]:
    folder = Path(app.instance_path) / "originals"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def told(path: Path) -> dict[str, list[str]]:
    """Return the rows that a backup tells, table by table."""
    with zipfile.ZipFile(path) as archive:
        return {
            name: sorted(archive.read(name).decode().splitlines())
            for name in archive.namelist()
            if name.startswith("tables/")
        }


def test_it_brings_back_every_row_and_every_original(
    house: Flask,
    databases: Databases,
    make_app: Callable[..., Flask],
    operator: Operator,
    tmp_path: Path,
) -> None:
    backup = tmp_path / "backup.zip"
    assert operator(house, "backup", backup).exit_code == 0
    elsewhere = make_app(databases.empty(), INSTANCE=str(tmp_path / "elsewhere"))

    restored = operator(elsewhere, "restore", backup)

    assert restored.exit_code == 0, restored.exception
    assert rows(elsewhere) == rows(house)
    assert originals(elsewhere) == originals(house)
    assert list(originals(elsewhere).values()) == [HANDBOOK]
    assert "fifty euros" in victor_at(elsewhere).ask(DEPOSIT).answer
    assert "fortnight" in at_bobs(elsewhere).ask("How long can a unicycle be lent?").answer


def test_it_takes_originals_from_a_bucket_and_brings_them_back_into_another(
    sqlite: SQLite, make_app: Callable[..., Flask], operator: Operator, tmp_path: Path
) -> None:
    with storage_server() as bucket:

        def at(place: str) -> dict[str, str]:
            where = (bucket.url(place), bucket.key_id, bucket.secret)
            return {"INSTANCE": str(tmp_path / place), **dict(zip(STORED_AT, where, strict=True))}

        house = furnished(make_app(sqlite.copy(), **at("here")))
        elsewhere = make_app(sqlite.empty(), **at("elsewhere"))
        backup = tmp_path / "backup.zip"
        taken = operator(house, "backup", backup)
        restored = operator(elsewhere, "restore", backup)

        assert taken.exit_code == restored.exit_code == 0, (taken.output, restored.output)
        (here,), (there,) = bucket.names("here/"), bucket.names("elsewhere/")
        assert here.removeprefix("here/") == there.removeprefix("elsewhere/")
        with elsewhere.extensions["originals"].opened(there.removeprefix("elsewhere/")) as path:
            assert path.read_bytes() == HANDBOOK
        assert "fortnight" in at_bobs(elsewhere).ask("How long can a unicycle be lent?").answer


@pytest.mark.postgresql
@pytest.mark.parametrize("way", [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_it_is_of_one_moment_while_questions_are_asked_and_moves_to_another_database(
    way: tuple[str, str],
    sqlite: SQLite,
    postgresql: PostgreSQL,
    make_app: Callable[..., Flask],
    operator: Operator,
    tmp_path: Path,
) -> None:
    kinds: dict[str, Databases] = {"sqlite": sqlite, "postgresql": postgresql}
    here, there = (kinds[kind] for kind in way)
    house = furnished(make_app(here.copy(), INSTANCE=str(tmp_path / "here")))
    over, asked = threading.Event(), threading.Semaphore(0)

    def ask() -> None:
        victor = victor_at(house)
        while not over.is_set():
            victor.ask_whole("When does the bicycle shop open?")
            asked.release()

    visitors = [threading.Thread(target=ask) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    asked.acquire()
    backup = tmp_path / "backup.zip"
    taken = operator(house, "backup", backup)
    asked.acquire()
    over.set()
    for visitor in visitors:
        visitor.join()
    assert taken.exit_code == 0, taken.exception

    elsewhere = make_app(there.empty(), INSTANCE=str(tmp_path / "elsewhere"))
    restored = operator(elsewhere, "restore", backup)
    again = tmp_path / "again.zip"
    operator(elsewhere, "backup", again)

    assert restored.exit_code == 0, restored.exception
    assert told(again) == told(backup)
    messages = [json.loads(line) for line in told(backup)["tables/messages.jsonl"]]
    questions = {message["id"] for message in messages if message["role"] == "visitor"}
    answers = {message["question_id"] for message in messages if message["role"] == "chatbot"}
    assert questions == answers
    assert len(rows(elsewhere)["messages"]) < len(rows(house)["messages"])
    assert "fifty euros" in victor_at(elsewhere).ask(DEPOSIT).answer
    for kind in kinds.values():
        kind.forget()


def test_it_gives_way_only_where_it_is_told_to(
    house: Flask,
    databases: Databases,
    make_app: Callable[..., Flask],
    operator: Operator,
    tmp_path: Path,
) -> None:
    backup = tmp_path / "backup.zip"
    operator(house, "backup", backup)
    other = make_app(databases.copy(), INSTANCE=str(tmp_path / "other"))
    victor_at(other).ask("When does the bicycle shop open?")
    before = rows(other)

    refused = operator(other, "restore", backup)

    assert isinstance(refused.exception, Misconfigured)
    assert "With --replace" in str(refused.exception)
    assert rows(other) == before
    assert operator(other, "restore", backup, "--replace").exit_code == 0
    assert rows(other) == rows(house)


@pytest.fixture
def backup(
    sqlite: SQLite, make_app: Callable[..., Flask], operator: Operator, tmp_path: Path
) -> Iterator[tuple[Flask, Path]]:
    """A house on SQLite, and its backup."""
    house = furnished(make_app(sqlite.copy(), INSTANCE=str(tmp_path / "here")))
    path = tmp_path / "backup.zip"
    assert operator(house, "backup", path).exit_code == 0
    yield house, path
    sqlite.forget()


def test_nobody_else_can_read_it_and_it_overwrites_nothing(
    backup: tuple[Flask, Path], operator: Operator, tmp_path: Path
) -> None:
    house, path = backup
    before = path.read_bytes()

    again = operator(house, "backup", path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert "is there already" in str(again.exception)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["backup.zip", "here"]


def test_a_backup_that_could_not_be_finished_is_not_there(
    backup: tuple[Flask, Path], operator: Operator, tmp_path: Path
) -> None:
    house, _ = backup
    shutil.rmtree(Path(house.instance_path) / "originals")

    failed = operator(house, "backup", tmp_path / "second.zip")

    assert isinstance(failed.exception, Misconfigured)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["backup.zip", "here"]


@pytest.mark.parametrize("harm", ["cut", "changed", "foreign"])
def test_a_backup_that_was_harmed_changes_nothing(
    backup: tuple[Flask, Path], operator: Operator, harm: str
) -> None:
    house, path = backup
    before, data = rows(house), bytearray(path.read_bytes())
    if harm == "cut":
        del data[-len(data) // 3 :]
    elif harm == "changed":
        data[data.index(b"tables/messages.jsonl") + 200] ^= 1
    else:
        data = bytearray(b"PK\x05\x06" + bytes(18))  # a ZIP with nothing in it
    path.write_bytes(data)

    refused = operator(house, "restore", path, "--replace")

    assert "is not a whole backup" in str(refused.exception)
    assert rows(house) == before


def test_a_backup_of_another_version_says_what_to_do(
    backup: tuple[Flask, Path], operator: Operator, tmp_path: Path
) -> None:
    house, path = backup
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(other, "w") as changed:
        contents = json.loads(archive.read("contents.json")) | {"revision": "0001"}
        changed.writestr("contents.json", json.dumps(contents))

    refused = operator(house, "restore", other, "--replace")

    assert "was made at revision 0001" in str(refused.exception)
    assert "then update and run `ragwidget migrate`" in str(refused.exception)


def test_it_wants_the_tables_of_this_version(
    backup: tuple[Flask, Path], operator: Operator, tmp_path: Path
) -> None:
    house, _ = backup
    with sqlite3.connect(house.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")) as old:
        old.execute("UPDATE alembic_version SET version_num = '0001'")
    old.close()

    refused = operator(house, "backup", tmp_path / "late.zip")

    assert "run `ragwidget migrate` first" in str(refused.exception)
