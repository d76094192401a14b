"""Connections to one host over which answers come; those that are whole are used again."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from concurrent.futures import Future
from functools import cached_property
from urllib.parse import urlsplit

from ragwidget.engines.file_search import troubles
from ragwidget.engines.file_search.troubles import ServiceFailed

_PORTS = {"http": 80, "https": 443}


class Connections:
    """So many at most to the host of an address, shared by all threads of a process."""

    def __init__(self, base_url: str, most: int, connect_seconds: float) -> None:
        parts = urlsplit(base_url)
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._connect_seconds = connect_seconds
        self._places = threading.BoundedSemaphore(most)
        self._most_idle = max(1, most // 4)
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()
        self._closed = False
        self.host = parts.netloc.rpartition("@")[2]

    def open(self) -> Future[socket.socket]:
        """Return a connection, or the promise of one.

        A thread of its own makes a new one: names are looked up without any clock of ours, and
        whoever waits has other things to do meanwhile. It raises `ServiceFailed`.
        """
        opened: Future[socket.socket] = Future()
        if self._places.acquire(blocking=False):
            idle = self._take_idle()
            if idle is not None:
                opened.set_result(idle)
                return opened
            self._places.release()
        threading.Thread(target=self._open, args=(opened,), name="gemini", daemon=True).start()
        return opened

    def give_back(self, connection: socket.socket, *, usable: bool) -> None:
        """Let others have the place, and the connection too, if it is usable."""
        with self._lock:
            keep = usable and not self._closed and len(self._idle) < self._most_idle
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()
        self._places.release()

    def close(self) -> None:
        """Let go of those that nobody uses, and keep none from now on."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take_idle(self) -> socket.socket | None:
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if _is_silent(connection):
                return connection
            connection.close()

    def _open(self, opened: Future[socket.socket]) -> None:
        if not self._places.acquire(timeout=self._connect_seconds):
            opened.set_exception(troubles.crowded())
            return
        try:
            opened.set_result(self._take_idle() or self._connect())
        except ServiceFailed as trouble:
            self._places.release()
            opened.set_exception(trouble)

    def _connect(self) -> socket.socket:
        address = self._host, self._port
        try:
            connection = socket.create_connection(address, self._connect_seconds)
        except (OSError, UnicodeError) as problem:
            raise troubles.unreachable(f"{type(problem).__name__}: {problem}") from None
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._secure:
            return connection
        try:
            return self._tls.wrap_socket(connection, server_hostname=self._host)
        except (OSError, ValueError) as problem:
            connection.close()
            raise troubles.unreachable(f"{type(problem).__name__}: {problem}") from None

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        import httpx2

        context = httpx2.create_ssl_context()  # trusts whom the service's own client trusts
        context.set_alpn_protocols(["http/1.1"])
        return context


def _is_silent(connection: socket.socket) -> bool:
    """Tell whether nothing came over a connection that was at rest, as its end would."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return not poll.poll(0)
