"""What is configured, what is reachable, and what is not, for the operator's eyes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from limits.errors import StorageError
from sqlalchemy.exc import SQLAlchemyError

from ragwidget import config, gemini_keys
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db, limiter
from ragwidget.library import Originals, OriginalsUnreachable
from ragwidget.pricing import Prices

LITTLE_SPACE = 1 << 30
FALLBACKS = {
    "local": "each process allows a fourth by itself",
    "open": "nothing is counted, and every question is let through",
    "closed": "every question is refused",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: about what, `ok`, `note` or `bad`, and a sentence."""

    subject: str
    state: str
    sentence: str


def examine() -> Iterator[Finding]:
    """Yield what there is to say, one subject after the other."""
    from ragwidget.app import create_app

    given = {"LOG_LEVEL": "ERROR"}
    try:
        if not config.is_set("SECRET_KEY"):
            instance = config.load(SECRET_KEY="")["INSTANCE"]
            given["SECRET_KEY"] = (Path(instance) / config.DEMO_KEY_FILE).read_text()
            yield Finding(
                "settings", "note", "RAGWIDGET_SECRET_KEY is not set: only `make run` has its own."
            )
        app = create_app(**given)
    except OSError:
        yield Finding("settings", "bad", "RAGWIDGET_SECRET_KEY is not set.")
        return
    except Misconfigured as problem:
        yield Finding("settings", "bad", str(problem))
        return
    yield Finding("settings", "ok", "Every setting can be read.")
    with app.app_context():
        yield from _database(app)
        yield from _limits(app)
        yield _queue(app)
    yield from _address(app)
    yield _mail(app)
    yield _originals(app)
    yield _folder(app)
    yield _serving(app)
    yield from _seen(app)
    yield from _engine(app)


def _database(app: Flask) -> Iterator[Finding]:
    url = db.engine.url.render_as_string(hide_password=True)
    try:
        with db.engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as problem:
        reason = str(getattr(problem, "orig", problem)).splitlines()[0]
        yield Finding("database", "bad", f"{url} is out of reach: {reason}")
        return
    yield Finding("database", "ok", f"{url} answers.")
    head = ScriptDirectory(app.extensions["migrate"].directory).get_current_head()
    if current == head:
        yield Finding("migrations", "ok", f"The tables are as this version expects ({head}).")
    else:
        yield Finding(
            "migrations", "bad", f"The tables are at {current}, not {head}: ragwidget migrate"
        )


def _limits(app: Flask) -> Iterator[Finding]:
    url = app.config["LIMITS_URL"]
    if url.startswith("memory"):
        yield Finding("limits", "note", "Counted in memory: right for one process, lost with it.")
        return
    try:
        reachable = limiter.storage.check()
    except (StorageError, OSError):
        reachable = False
    where = url.rpartition("@")[2]
    if reachable:
        yield Finding("limits", "ok", f"Counted in {where}, which answers.")
    else:
        fallback = app.config["LIMITS_FALLBACK"]
        meanwhile = f"{FALLBACKS[fallback]} (LIMITS_FALLBACK={fallback})"
        yield Finding("limits", "bad", f"{where} is out of reach; {meanwhile}.")


def _queue(app: Flask) -> Finding:
    name = app.config["QUEUE_URL"].rpartition("@")[2] or "SQLite in the instance folder"
    try:
        waiting = app.extensions["huey"].pending_count()
    except Exception as problem:
        return Finding("queue", "bad", f"{name} is out of reach: {problem}")
    where = "in the web process" if app.config["EMBEDDED_WORKER"] else "by `ragwidget worker`"
    return Finding("queue", "ok", f"{name} answers; {waiting} jobs wait, run {where}.")


def _address(app: Flask) -> Iterator[Finding]:
    public_url = app.config["PUBLIC_URL"]
    if not public_url:
        yield Finding(
            "address", "note", "PUBLIC_URL is not set: links in mails follow the request's host."
        )
    elif not public_url.startswith("https://"):
        yield Finding("address", "note", f"{public_url} is not https: cookies are not protected.")
    else:
        yield Finding("address", "ok", f"Browsers reach us at {public_url}.")


def _mail(app: Flask) -> Finding:
    if not app.config["SMTP_URL"]:
        return Finding("mail", "note", "SMTP_URL is not set: mails are written to the log.")
    where = f"Mails go to {app.config['SMTP_URL'].rpartition('@')[2]}."
    if app.config["SIGN_UP"] and not app.config["CONFIRM_EMAIL"]:
        return Finding(
            "mail", "note", f"{where} Without CONFIRM_EMAIL, signing up tells who is a member."
        )
    return Finding("mail", "ok", where)


def _originals(app: Flask) -> Finding:
    originals: Originals = app.extensions["originals"]
    try:
        originals.check()
    except OriginalsUnreachable as problem:
        return Finding("originals", "bad", f"{originals.where} can't be used: {problem.reason}")
    return Finding("originals", "ok", f"Uploads are kept in {originals.where}, which works.")


def _folder(app: Flask) -> Finding:
    folder = Path(app.instance_path)
    free = shutil.disk_usage(folder).free
    probe = folder / ".doctor"
    try:
        probe.write_text("")
        probe.unlink()
    except OSError as problem:
        return Finding("folder", "bad", f"{folder} can't be written: {problem.strerror}")
    state = "ok" if free > LITTLE_SPACE else "bad"
    return Finding("folder", state, f"{folder} can be written; {free >> 30} GB are free.")


def _serving(app: Flask) -> Finding:
    count, kind = app.config["WORKERS"], app.config["WORKER_CLASS"]
    places = count * app.extensions["stream-count"]
    sentence = f"Web processes: {count} ({kind}); {places} visitors can wait for answers at once."
    return Finding("serving", "ok", sentence)


def _seen(app: Flask) -> Iterator[Finding]:
    host, port = app.config["METRICS_HOST"], app.config["METRICS_PORT"]
    if port and host not in config.LOOPBACK and not app.config["METRICS_TOKEN"]:
        yield Finding(
            "metrics", "bad", f"Anybody who reaches {host}:{port} reads them: set METRICS_TOKEN."
        )
    elif port:
        yield Finding("metrics", "ok", f"Prometheus can read them at {host}:{port}.")
    elif app.config["METRICS_TOKEN"]:
        yield Finding("metrics", "ok", "Prometheus can read them at /metrics, with its token.")
    else:
        yield Finding("metrics", "note", "METRICS_PORT is not set: nobody can see how we do.")
    if traces := app.config["TRACES_URL"]:
        yield Finding("traces", "ok", f"They go to {traces.rpartition('@')[2]}.")


def _engine(app: Flask) -> Iterator[Finding]:
    key, model = app.config["GEMINI_API_KEY"], app.config["GEMINI_MODEL"]
    if not key:
        yield Finding("engine", "ok", "Answers come from the embedded engine; no key is needed.")
        return
    trouble = gemini_keys.trouble_with(app, key)
    if trouble:
        yield Finding("engine", "bad", f"Gemini can't be used: {trouble.hint.replace(key, '…')}")
    else:
        yield Finding(
            "engine", "ok", f"Gemini accepts the key; chatbots that choose no model use {model}."
        )
    prices: Prices = app.extensions["prices"]
    if prices.of(model) is None:
        yield Finding("prices", "note", f"PRICES has none for {model}: its cost is not known.")
