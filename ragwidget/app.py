"""create_app(): joins the rooms and returns the house."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.orm import sessionmaker
from werkzeug.middleware.proxy_fix import ProxyFix

from ragwidget import (
    answering,
    budgets,
    config,
    happenings,
    insights,
    jobs,
    limits,
    logs,
    members,
    tracing,
    web,
)
from ragwidget.crypto.signing import Sessions
from ragwidget.crypto.tokens import Tokens
from ragwidget.database import manners
from ragwidget.extensions import csrf, db, migrate
from ragwidget.metrics import requests

ROOT = Path(__file__).parent.parent


class House(Flask):
    """A Flask in which nothing is asynchronous."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is; to ask nineteen of them for each question takes a while."""
        return func


def create_app(**given: Any) -> Flask:
    """Return the app; settings given here go before the environment's.

    Raises `Misconfigured`, naming the setting, when a setting is missing or unreadable.
    """
    settings = config.load(**given)
    app = House(
        "ragwidget",
        root_path=str(ROOT / "ragwidget"),
        instance_path=settings["INSTANCE"],
        static_folder=None,
        template_folder=str(ROOT / "templates"),
    )
    Path(app.instance_path).mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config.from_mapping(settings)
    app.config.from_mapping(_flask_settings(settings))
    app.session_interface = Sessions()
    if not app.testing:
        logs.configure(settings["LOG_LEVEL"], settings["LOG_FORMAT"])
    logs.init_app(app)
    requests.init_app(app)
    tracing.init_app(app)
    web.bodies.init_app(app)  # before anything that asks the database
    web.guessing.init_app(app)
    web.hosts.init_app(app)

    if proxies := settings["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
    _join_database(app)
    csrf.init_app(app)
    members.init_app(app)
    limits.init_app(app)
    budgets.init_app(app)
    happenings.init_app(app)
    insights.init_app(app)
    jobs.init_app(app)
    answering.init_app(app)
    app.extensions["tokens"] = Tokens(
        (settings["SECRET_KEY"], *settings["OLD_SECRET_KEYS"]), settings["TOKEN_LIFETIME"]
    )
    web.init_app(app)
    return app


def _join_database(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        manners.teach(db.engine)
        tracing.watch(db.engine)
        # for short reads in threads that have no app context
        app.extensions["sessions"] = sessionmaker(db.engine)


def _flask_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Translate our settings into those that Flask and its extensions read."""
    public_url = settings["PUBLIC_URL"]
    https = public_url.startswith("https://")
    kept_here = "__Host-" if https else ""  # no neighbouring domain can set such a cookie
    url = settings["DATABASE_URL"] or f"sqlite:///{settings['INSTANCE']}/ragwidget.db"
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            **_pool(url, settings["DATABASE_CONNECTIONS"]),
            "hide_parameters": True,  # an error's message is not the place for anybody's words
        },
        "SECRET_KEY_FALLBACKS": list(settings["OLD_SECRET_KEYS"]),
        "SESSION_COOKIE_NAME": f"{kept_here}ragwidget_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "REMEMBER_COOKIE_NAME": f"{kept_here}ragwidget_member",
        "KNOWN_COOKIE_NAME": f"{kept_here}ragwidget_known",
        "REMEMBER_COOKIE_DURATION": members.sign_ins.LIFETIME,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": https,
        "PREFERRED_URL_SCHEME": "https" if https else "http",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session, so that a page left open works
        "WTF_CSRF_CHECK_DEFAULT": True,
    }


def _pool(url: str, connections: int) -> dict[str, Any]:
    """Return how many connections a process keeps, and how long anybody waits for one.

    A request holds one for milliseconds and an answer that is being written holds none, so a
    thousand open streams do with twenty. Behind twenty that hang, others wait a few seconds and
    hear that the database is away: more of them would only wait in the database instead.
    """
    if make_url(url).get_backend_name() == "sqlite":
        # a file takes any number of readers, and who writes waits for the one who does
        return {"pool_size": 20, "max_overflow": 60, "connect_args": {"timeout": 10}}
    return {
        "pool_size": max(1, connections),
        "max_overflow": 0,
        "pool_timeout": 5,
        "pool_use_lifo": True,
        # a server that fell silent is given up, whatever TCP still hopes for
        "connect_args": {"connect_timeout": 5, "tcp_user_timeout": 20_000},
    }
