"""The demonstration: the whole product on a bare machine, with a stranger's page beside it."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Any

import click
from flask import Flask

from ragwidget import config
from ragwidget.demo import seed, site
from ragwidget.errors import Misconfigured
from ragwidget.extensions import db
from ragwidget.serving import require_free, serve

LOOPBACK = "127.0.0.1"


def run() -> None:
    """Migrate, seed once, and serve the dashboard and a host page until Ctrl-C.

    Everything listens on loopback only: everybody knows the sign-in of a demonstration.
    """
    began = time.monotonic()
    settings = _settings()
    port, site_port = settings["PORT"], settings["DEMO_PORT"]
    if port == site_port:
        raise Misconfigured(
            f"RAGWIDGET_PORT and RAGWIDGET_DEMO_PORT are both {port}; the host page needs its own."
        )
    if settings["WORKER_CLASS"] != "gthread":
        raise Misconfigured(
            "RAGWIDGET_WORKER_CLASS is gevent: the demonstration is served by threads, "
            "`ragwidget serve` by either."
        )
    require_free(LOOPBACK, port, "RAGWIDGET_PORT")
    require_free(LOOPBACK, site_port, "RAGWIDGET_DEMO_PORT")

    from ragwidget.app import create_app

    app = create_app(**settings)
    origin = f"http://{LOOPBACK}:{site_port}"
    with app.app_context():
        _migrate(app)
        chatbot_id = seed.once(app, origin)
    host_page = site.create_site(chatbot_id, f"http://{LOOPBACK}:{port}")

    def told() -> None:
        seconds = time.monotonic() - began
        click.echo("")
        click.secho("  Dashboard   ", bold=True, nl=False)
        click.echo(
            f"http://{LOOPBACK}:{port}/dashboard/   (sign in: {seed.EMAIL} / {seed.PASSWORD})"
        )
        click.secho("  Host page   ", bold=True, nl=False)
        click.echo(f"{origin}/   (another website, with the widget on it)")
        click.secho("  Stop        ", bold=True, nl=False)
        click.echo(f"Ctrl-C   (ready after {seconds:.1f} s)\n")

    serve(
        settings,
        lambda: app,
        binds=[f"{LOOPBACK}:{port}", f"{LOOPBACK}:{site_port}"],
        wrap=lambda app: site.by_port(app, {str(site_port): host_page}),
        when_ready=told,
    )


def _settings() -> dict[str, Any]:
    """Return the settings, with a secret of the demonstration's own where none is given."""
    instance = Path(config.load(SECRET_KEY="")["INSTANCE"])
    kept = instance / config.DEMO_KEY_FILE
    given: dict[str, Any] = {}
    try:
        config.load()
    except Misconfigured:
        if not kept.exists():
            instance.mkdir(parents=True, exist_ok=True)
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(48))
        given["SECRET_KEY"] = kept.read_text()
    settings = config.load(**given)
    # so that the demonstration's host page can be checked, too
    settings["PRIVATE_HOSTS"] += (f"{LOOPBACK}:{settings['DEMO_PORT']}",)
    if not config.is_set("LOG_LEVEL"):
        settings["LOG_LEVEL"] = "WARNING"
    if not config.is_set("LOG_FORMAT"):
        settings["LOG_FORMAT"] = "console"
    return settings


def _migrate(app: Flask) -> None:
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from flask_migrate import upgrade

    head = ScriptDirectory(app.extensions["migrate"].directory).get_current_head()
    with db.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != head:
        click.echo("Making the tables …")
        upgrade()
