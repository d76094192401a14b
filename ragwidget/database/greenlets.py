"""Waiting for PostgreSQL in a greenlet: what it says comes before the words that stream beside it.

The driver's own way makes a poll for every statement, and whoever waits in it is called last: a
question would stand behind every visitor's next word, once for each of its statements.
"""

from __future__ import annotations

import sys
from typing import TypeVar

from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout
from psycopg.waiting import Ready

RV = TypeVar("RV")


def in_greenlets() -> bool:
    """Tell whether who waits in this process lets other greenlets go on."""
    if "gevent" not in sys.modules:
        return False
    from gevent.monkey import is_module_patched

    return is_module_patched("select")


def wait(gen: PQGen[RV], fileno: int, seconds: float | None) -> RV:
    """Carry out what talks to a server, for so long at most."""
    from gevent import Timeout, get_hub

    hub = get_hub()
    try:
        wanted = next(gen)
        with Timeout(seconds, _WaitTimeout("wait timeout expired")):
            while True:
                watcher = hub.loop.io(fileno, wanted)  # reading and writing are numbered alike
                watcher.priority = hub.loop.MAXPRI
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                wanted = gen.send(Ready(wanted))
    except StopIteration as end:
        said: RV = end.value
        return said
