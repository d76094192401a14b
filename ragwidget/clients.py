"""One long-lived client for each set of options in a process, never shared across a fork."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar
from weakref import WeakSet

MOST = 64
IDLE_SECONDS = 900.0  # longer than any one call takes, so that nobody's is closed under them


class Client(Protocol):
    """What holds connections until it is closed."""

    def close(self) -> None:
        """Let the connections go."""
        ...


Kind = TypeVar("Kind", bound=Client)
Options = TypeVar("Options", bound=Hashable)


class Clients(Generic[Options, Kind]):
    """The clients of this process, by their options; those long unused are closed."""

    def __init__(self, make: Callable[[Options], Kind]) -> None:
        self._make = make
        self._inherited: list[Kind] = []
        self._begin()
        _registries.add(self)

    def get(self, options: Options) -> Kind:
        """Return the client with these options, made now if there is none."""
        with self._lock:
            client, _ = self._clients.get(options) or (self._make(options), 0.0)
            self._clients[options] = client, time.monotonic()
            self._clients.move_to_end(options)
            idle = self._idle()
        for one in idle:
            one.close()
        return client

    def close(self) -> None:
        """Close them all; the next one asked for is made anew."""
        with self._lock:
            clients = [client for client, _ in self._clients.values()]
            self._clients.clear()
        for client in clients:
            client.close()

    def _idle(self) -> list[Kind]:
        """Take out those beyond the most that are kept, unless they may still be at work."""
        idle: list[Kind] = []
        while len(self._clients) > MOST:
            options, (client, used_at) = next(iter(self._clients.items()))
            if time.monotonic() - used_at < IDLE_SECONDS:
                break
            del self._clients[options]
            idle.append(client)
        return idle

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._clients: OrderedDict[Options, tuple[Kind, float]] = OrderedDict()

    def _forked(self) -> None:
        # The connections are the parent's: they are neither used here nor closed, because even a
        # farewell would be heard on the parent's line.
        self._inherited += [client for client, _ in self._clients.values()]
        self._begin()


_registries: WeakSet[Clients] = WeakSet()


def _drop_inherited() -> None:
    for registry in list(_registries):
        registry._forked()


os.register_at_fork(after_in_child=_drop_inherited)
