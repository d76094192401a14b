"""The real product as `make run` serves it, on ports of the test's choice, and in no hurry.

Run as `python tests/story_server.py PORT SITE_PORT INSTANCE PAUSE`: PAUSE is how many seconds the
engine rests between two pieces of an answer, so that a person can act in the middle of one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import Any

from flask_migrate import upgrade

from ragwidget import jobs, library
from ragwidget.app import create_app
from ragwidget.chat.events import Delta
from ragwidget.demo import seed, site
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.protocol import Asked
from ragwidget.serving import serve


class Unhurried(LocalEngine):
    """The embedded engine, which rests between the pieces of an answer."""

    pause = 0.0

    def answer(self, asked: Asked) -> Iterator[Any]:
        for event in super().answer(asked):
            if isinstance(event, Delta):
                time.sleep(self.pause)
            yield event


def main(port: str, site_port: str, instance: str, pause: str) -> None:
    app = create_app(
        SECRET_KEY="story-" * 8,
        INSTANCE=instance,
        LOG_FORMAT="json",
        VISITOR_QUESTIONS_PER_HOUR=1000,
        ADDRESS_QUESTIONS_PER_HOUR=1000,
        SIGN_IN_ATTEMPTS="1000 per minute",
    )
    origin = f"http://127.0.0.1:{site_port}"
    with app.app_context():
        upgrade()
        chatbot_id = seed.once(app, origin)
        jobs.work_off(patience=30)
    if float(pause) and not app.config["GEMINI_API_KEY"]:
        engine = Unhurried(library.Shelf(app.extensions["sessions"], chatbot_id))
        engine.pause = float(pause)
        app.extensions["engine"] = engine
    host_page = site.create_site(chatbot_id, f"http://127.0.0.1:{port}")
    serve(
        app.config,
        lambda: app,
        binds=[f"127.0.0.1:{port}", f"127.0.0.1:{site_port}"],
        wrap=lambda app: site.by_port(app, {site_port: host_page}),
        when_ready=lambda: print("ready", flush=True),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
