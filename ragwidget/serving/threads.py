"""gunicorn's threaded worker, whose threads are for requests that have arrived.

gunicorn gives a thread to whoever has sent a first byte, for as long as the rest takes: as many
strangers as there are threads, with half a request each, would keep everybody else out. And its
loop itself waits up to two seconds for each who does not hang up after an answer. Here the loop
waits for nobody, and for all of them at once: that costs a socket and no thread.
"""

from __future__ import annotations

import errno
import selectors
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn
from gunicorn.workers.gthread import ThreadWorker as GunicornThreadWorker

from ragwidget.serving.arrivals import ARRIVAL_SECONDS, has_arrived
from ragwidget.serving.leaving import Leaving

MOST_HEARD = 1 << 20  # bytes of what nobody will read
REST_SECONDS = 0.1  # for the rest of a body that was not asked for
# Python's own 5 ms, waited out behind each other at every step to the database, would add up
SWITCH_SECONDS = 0.0005


class Connection(TConn):
    """A connection, with how much of its next request is there."""

    seen = 0

    def __init__(self, linger: Callable[[Connection], None], *given: Any) -> None:
        super().__init__(*given)
        self._linger = linger

    def close(self, graceful: bool = False) -> None:
        """Hang up; gracefully, when the other side has heard everything."""
        if graceful:
            self._linger(self)
        else:
            super().close()


class ThreadWorker(Leaving, GunicornThreadWorker):
    """A thread for every answer; the only right way on SQLite."""

    sockets: list[Any]

    def init_process(self) -> None:
        """Serve; no thread keeps the others waiting for long."""
        sys.setswitchinterval(SWITCH_SECONDS)
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Accept a connection; its request may take its time."""
        try:
            client, address = listener.accept()
        except OSError as problem:
            if problem.errno in (errno.EAGAIN, errno.ECONNABORTED):
                return
            raise
        self.nr_conns += 1
        given = (self.cfg, client, address, listener.getsockname())
        self._await_request(Connection(self._linger, *given))

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """Wait for the whole of another request on a connection that was kept."""
        self.poller.unregister(client)
        self.keepalived_conns.remove(conn)
        self._await_request(conn)

    def on_pending_socket_readable(self, conn: Connection, client: Any) -> None:
        """Answer a request that has arrived."""
        arrived, conn.seen = has_arrived(client, conn.seen)
        if arrived:
            super().on_pending_socket_readable(conn, client)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections, or not for now; or, on the way out, those who wait and no more."""
        if not self.alive:
            self._take_in_who_waits()
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()
            self.sockets = []
            self.leave()

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:
        """Keep a connection for another request, if the last is over and no next is begun."""
        over = keepalive and conn.parser.finish_body(deadline=time.monotonic() + REST_SECONDS)
        return bool(over and not conn.parser.unreader.buf.getvalue())

    def _await_request(self, conn: Connection) -> None:
        conn.seen = 0
        self._wait(conn, self.on_pending_socket_readable)

    def _linger(self, conn: Connection) -> None:
        """Hear out who is still sending; they would lose the end of the answer if we hung up."""
        with suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.nr_conns += 1
            conn.seen = 0
            self._wait(conn, self._hear_out)
            return
        conn.close()

    def _hear_out(self, conn: Connection, client: Any) -> None:
        try:
            heard = len(client.recv(MOST_HEARD))
        except BlockingIOError:
            return
        except OSError:
            heard = 0
        conn.seen += heard
        if not heard or conn.seen > MOST_HEARD:
            self.poller.unregister(client)
            self.pending_conns.remove(conn)
            self.nr_conns -= 1
            conn.close()

    def _wait(self, conn: Connection, then: Callable[[Connection, Any], None]) -> None:
        conn.timeout = time.monotonic() + ARRIVAL_SECONDS
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(then, conn))

    def _take_in_who_waits(self) -> None:
        for listener in self.sockets:
            before = -1
            while before < self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
