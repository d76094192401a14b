"""Measures through the app with few messages and with many, on SQLite and on PostgreSQL."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.crowd.filling import fill
from bench.crowd.furnishing import furnish
from bench.crowd.installation import Installation, let_in
from bench.shelves import postgresql_server
from cast import PASSWORD
from databases import SECRET, let_go, without_care
from flask import Flask
from flask_migrate import upgrade
from scripted import ScriptedEngine
from sqlalchemy import Engine, text

from ragwidget import jobs, logs, members
from ragwidget.app import create_app
from ragwidget.database import patient
from ragwidget.extensions import db

FEW = 10_000
DATABASES = ("sqlite", "postgresql")
OWNER = "olga@example.org"
ROUNDS = 25

COUNTED = "daily_numbers, daily_questions, daily_pages, daily_citations"

Case = Callable[[], object]
Costs = dict[str, float]  # milliseconds, by case


def measure(
    about: str | None,
    cases: Callable[[Flask, Installation], dict[str, Case]],
    report: Callable[[str, Costs, Costs, int], list[str]],
) -> None:
    """Time the cases and report; with --check fail when the report finds something too dear."""
    arguments = argparse.ArgumentParser(description=about)
    arguments.add_argument("--messages", type=int, default=1_000_000)
    arguments.add_argument("--database", choices=DATABASES)
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    logs.configure("ERROR", "json")
    missed = []
    for name in (given.database,) if given.database else DATABASES:
        few, many = (costs(name, count, cases) for count in (FEW, given.messages))
        missed += [f"{name}: {case}" for case in report(name, few, many, given.messages)]
    if given.check and missed:
        sys.exit(f"too dear: {', '.join(missed)}")


def costs(
    name: str, messages: int, cases: Callable[[Flask, Installation], dict[str, Case]]
) -> Costs:
    """Return what each case costs with so many messages in a database."""
    with database(name) as address, house(address) as app:
        with app.app_context(), patient():
            began = time.perf_counter()
            made = fill(db.engine, messages)
            furnish(db.engine, made)
            with db.engine.begin() as connection:
                let_in(connection, made, OWNER)
            filled = time.perf_counter()
            jobs.count_up()
            db.session.remove()
            tidy(db.engine)
        print(
            f"{name}: {messages:,} messages in {filled - began:.0f} s, "
            f"counted ahead in {time.perf_counter() - filled:.0f} s",
            flush=True,
        )
        return {case: timed(run) for case, run in cases(app, made).items()}


def tidy(engine: Engine) -> None:
    """Clear up behind a year that was counted in minutes, as PostgreSQL would have day by day."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"VACUUM (FULL, ANALYZE) {COUNTED}"))


@contextmanager
def database(name: str) -> Iterator[str]:
    """Give the address of an empty database."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    with postgresql_server() as server:
        without_care(server.replace("postgresql+psycopg:", "postgresql:", 1))
        yield server


@contextmanager
def house(address: str) -> Iterator[Flask]:
    """Make the app on a migrated database, with an owner and an engine that costs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            TESTING=True,
            SECRET_KEY=SECRET,
            INSTANCE=folder,
            DATABASE_URL=address,
            VISITOR_QUESTIONS_PER_HOUR=10_000,
            ADDRESS_QUESTIONS_PER_HOUR=10_000,
            ORGANIZATION_QUESTIONS_PER_DAY=10_000,
        )
        app.extensions["engine"] = ScriptedEngine()
        with app.app_context():
            upgrade()
            members.create_member(OWNER, PASSWORD, "Olga's")
        yield app
        let_go(app)


def timed(case: Case) -> float:
    """Return the median time of a case in milliseconds, once it is warm."""
    took = []
    for number in range(ROUNDS + 3):
        began = time.perf_counter()
        case()
        if number >= 3:
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)
