"""A server whose engine counts: `python tests/counting_server.py`, told by the environment.

"count to 20" is answered with the numbers from 1 to 20, a tenth of a second apart, so that there
is time to leave in the middle; "shout 20" with twenty loud pieces and no pause; "repeat …" is
repeated, and "break …" breaks it. The app is imported where it is made, as `ragwidget serve` does.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ragwidget.config import load
from ragwidget.errors import Misconfigured
from ragwidget.serving import arrivals, listeners, serve

if TYPE_CHECKING:
    from flask import Flask

    from ragwidget.chat.events import Delta
    from ragwidget.engines.protocol import Asked, Finish, Usage

PAUSE = 0.1
LITTLE_PATIENCE = 6  # seconds, with strangers; more than the tests that ask for it let pass
LOUD = "A" * 64 * 1024


class CountingEngine:
    """Counts, without haste."""

    name = "counting"

    def answer(self, asked: Asked) -> Iterator[Delta | Usage | Finish]:
        """Count as far as the question says, and tell what that took."""
        from ragwidget.chat.events import Delta
        from ragwidget.engines.protocol import Finish, Usage

        if asked.question.startswith("break"):
            raise ValueError(asked.question)
        if asked.question.startswith("repeat"):
            yield Delta(asked.question)
        match = re.search(r"\d+", asked.question)
        loud = "shout" in asked.question
        for number in range(1, int(match[0]) + 1 if match else 1):
            time.sleep(0 if loud else PAUSE)
            yield Usage(prompt=100, completion=number)
            yield Delta(LOUD if loud else f"{number} ")
        yield Finish("stop", "counting-1")


def create() -> Flask:
    """Make the app, with the engine that counts, unless a test wants it to be broken."""
    from ragwidget.app import create_app

    app = create_app()
    if Path(app.instance_path, "broken").exists():
        raise Misconfigured("It is broken, as the test wants it.")
    app.extensions["engine"] = CountingEngine()
    return app


if __name__ == "__main__":
    if "RAGWIDGET_IMPATIENT" in os.environ:
        arrivals.ARRIVAL_SECONDS = listeners.STALLED_SECONDS = LITTLE_PATIENCE
    serve(load(), create)
