"""A web node that counts when it is asked to ("count to 20"): `python tests/cluster/node.py`.

Anything else is answered by the embedded engine, from the first chatbot's sources.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from counting_server import CountingEngine

from ragwidget.config import load
from ragwidget.serving import serve

if TYPE_CHECKING:
    from flask import Flask

    from ragwidget.engines.protocol import Asked, Engine


class Clerk:
    """Counts, or hands the question on."""

    name = "clerk"

    def __init__(self, otherwise: Engine) -> None:
        self._otherwise = otherwise

    def answer(self, asked: Asked) -> Iterator[Any]:
        """Count as far as the question says, or let the other engine answer."""
        counts = asked.question.startswith("count to ")
        return (CountingEngine() if counts else self._otherwise).answer(asked)


def create() -> Flask:
    """Make the app, with the engine that can count."""
    from sqlalchemy import select

    from ragwidget import library
    from ragwidget.app import create_app
    from ragwidget.engines.local import LocalEngine
    from ragwidget.extensions import db
    from ragwidget.models import Chatbot

    app = create_app()
    with app.app_context():
        chatbot_id = db.session.scalars(select(Chatbot.id).order_by(Chatbot.id)).first()
        db.session.remove()
    shelf = library.Shelf(app.extensions["sessions"], chatbot_id)
    app.extensions["engine"] = Clerk(LocalEngine(shelf))
    return app


if __name__ == "__main__":
    serve(load(), create)
