"""What is put under load: the product, and two relays beside it; under the same gunicorn.

`python -m bench.loading.server product|bare|keeping ENGINE`, with settings in the environment.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

from bench.loading.pace import CHUNK_SECONDS, CHUNKS, FIRST_SECONDS, stamped

from ragwidget.config import load
from ragwidget.serving import Server, check, serve

if TYPE_CHECKING:
    from flask import Flask

    from ragwidget.chat.events import Delta
    from ragwidget.engines.protocol import Asked, Finish

    Keep = Callable[[str], None]

KEPT = "bench_words"


def spoken() -> Iterator[str]:
    """Say what the model says, in this process, for nothing."""
    due = time.monotonic() + FIRST_SECONDS
    for _ in range(CHUNKS):
        time.sleep(max(0.0, due - time.monotonic()))
        due += CHUNK_SECONDS
        yield stamped()


class CostlessEngine:
    """An engine that costs nothing."""

    name = "costless"

    def answer(self, asked: Asked) -> Iterator[Delta | Finish]:
        """Say what the model says."""
        from ragwidget.chat.events import Delta
        from ragwidget.engines.protocol import Finish

        for text in spoken():
            yield Delta(text)
        yield Finish("stop", "costless-1")


def product(engine: str) -> Flask:
    """Make the whole house."""
    from ragwidget.app import create_app

    app = create_app()
    if engine == "costless":
        app.extensions["engine"] = CostlessEngine()
    return app


def bare(engine: str) -> Flask:
    """Make the least that relays: a question in, the words out as events, and nothing else."""
    return relay(engine, lambda _app: lambda _text: None)


def keeping(engine: str) -> Flask:
    """Make the bare stack: the same, and question and answer each kept by a commit of the ORM."""

    def memory(app: Flask) -> Keep:
        from flask_sqlalchemy import SQLAlchemy
        from sqlalchemy import Text, Uuid
        from sqlalchemy.orm import mapped_column

        app.config["SQLALCHEMY_DATABASE_URI"] = load()["DATABASE_URL"]
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "pool_size": 20,
            "max_overflow": 0,
            "pool_pre_ping": True,
        }
        db = SQLAlchemy(app)

        class Word(db.Model):  # type: ignore[name-defined, misc]
            __tablename__ = KEPT
            id = mapped_column(Uuid, primary_key=True)
            text = mapped_column(Text)

        def keep(text: str) -> None:
            with app.app_context():
                db.session.add(Word(id=uuid4(), text=text))
                db.session.commit()

        return keep

    return relay(engine, memory)


def relay(engine: str, memory: Callable[[Flask], Keep]) -> Flask:
    """Make what passes words on, and remembers of them what it is given a memory for."""
    from flask import Flask, Response, request

    app = Flask("relay")
    texts, keep = heard_by(engine), memory(app)

    @app.post("/api/v1/chat")
    def chat() -> Response:
        keep(request.get_json()["message"])

        def frames() -> Iterator[str]:
            said = ""
            for number, text in enumerate(texts(), start=1):
                said += text
                yield f"id: {number}\nevent: delta\ndata: {json.dumps({'text': text})}\n\n"
            keep(said)
            yield "event: done\ndata: {}\n\n"

        return Response(frames(), mimetype="text/event-stream")

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


def heard_by(engine: str):  # type: ignore[no-untyped-def]
    """Return what brings the texts of an answer: from nowhere, or by a reader of Gemini's."""
    if engine == "costless":
        return spoken
    from ragwidget.engines.file_search.exchange import Options, Prompt
    from ragwidget.engines.gemini import Gemini
    from ragwidget.engines.protocol import Said

    settings = load()
    options = Options(
        key="bench",
        base_url=settings["GEMINI_BASE_URL"],
        connections=settings["GEMINI_CONNECTIONS"],
        reader=engine,
    )
    prompt = Prompt("Answer.", (Said("visitor", "When?"),), 0.5)
    made: list[Gemini] = []

    def by_lean() -> Iterator[str]:
        made[:] = made or [Gemini(options)]
        line = made[0].stream(prompt)
        while (news := line.hear(45)) is not None:
            for heard in news:
                yield from heard.parts

    def by_sdk() -> Iterator[str]:
        made[:] = made or [Gemini(options)]
        for event in made[0]._client.models.generate_content_stream(
            model="gemini-3.8-flash", contents="When?"
        ):
            content = event.candidates[0].content if event.candidates else None
            for part in (content.parts if content else None) or ():
                yield part.text or ""

    return by_sdk if engine == "sdk" else by_lean


def _make_table() -> None:
    import psycopg

    with psycopg.connect(load()["DATABASE_URL"].replace("+psycopg", "")) as connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS {KEPT} (id uuid PRIMARY KEY, text text)")


def main() -> None:
    """Serve until told to stop."""
    what, engine = sys.argv[1:]
    if what == "product":
        serve(load(), lambda: product(engine))
        return
    check(load())
    if what == "keeping":
        _make_table()
    make = keeping if what == "keeping" else bare
    nothing = {"post_worker_init": lambda _worker: None}
    Server(lambda: make(engine), lambda app: app, nothing).run()


if __name__ == "__main__":
    main()
