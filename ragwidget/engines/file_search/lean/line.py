"""An answer's line: asks over a connection, and reads what has come whenever it is listened to."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from ragwidget.engines.file_search import plain, troubles
from ragwidget.engines.file_search.exchange import Heard
from ragwidget.engines.file_search.lean import events
from ragwidget.engines.file_search.lean.connections import Connections
from ragwidget.engines.file_search.lean.continuing import Continuation
from ragwidget.engines.file_search.lean.reply import Reply
from ragwidget.engines.file_search.troubles import ServiceFailed

_READ_BYTES = 65_536
_SEND_SECONDS = 10.0
_LEAST_SECONDS = 0.001  # with none at all a socket answers in another way


class LeanLine:
    """What a request brings; `spell` makes it, for the service to go on where a token says."""

    def __init__(
        self, connections: Connections, spell: Callable[[str | None], bytes], key: str
    ) -> None:
        self.over = False
        self._connections = connections
        self._spell = spell
        self._key = key
        self._continuation = Continuation()
        self._trouble: ServiceFailed | None = None
        self._reply = Reply()
        self._opening: Future[socket.socket] | None = None
        self._connection: socket.socket | None = None

    def hear(self, seconds: float) -> list[Heard] | None:
        """Return all that has come, waiting so long for the first of it; None is the end."""
        if self._trouble:
            raise self._trouble
        if self.over:
            return None
        news: list[Heard] = []
        try:
            self._listen(time.monotonic() + seconds, news)
        except ServiceFailed as trouble:
            self._let_go(usable=False)
            if self._reply.refused or not self._continuation.goes_on():
                self._trouble, self.over = trouble, True
                if not news:
                    raise
        return None if self.over and not news else news

    def hang_up(self) -> None:
        """Want no more of it; the service learns of it by the end of the connection."""
        self.over = True
        self._let_go(usable=False)

    def _listen(self, until: float, news: list[Heard]) -> None:
        """Add what comes to the news, until there are some and nothing more is there."""
        if self._connection is None and not self._ask(until - time.monotonic()):
            return
        while not self._reply.complete:
            piece = self._receive(until - time.monotonic())
            if piece is None:
                return
            self._take(piece, news)
            if news and 0 < len(piece) < _READ_BYTES:
                break
        if self._reply.complete:
            self._let_go(usable=self._reply.reusable)
            self.over = not self._continuation.goes_on()

    def _ask(self, seconds: float) -> bool:
        """Send the request as soon as there is a connection; return False until then."""
        request = self._spell(self._continuation.token)
        self._opening = self._opening or self._connections.open()
        try:
            self._connection = self._opening.result(max(0.0, seconds))
        except TimeoutError:
            return False
        self._opening = None
        self._reply = Reply()
        self._events = events.Events()
        self._refusal = bytearray()
        try:
            self._connection.settimeout(_SEND_SECONDS)
            self._connection.sendall(request)
        except OSError as problem:
            raise troubles.cut(f"{type(problem).__name__}: {problem}") from None
        return True

    def _receive(self, seconds: float) -> bytes | None:
        """Return what has come, None where nothing did; nothing but bytes at the end."""
        assert self._connection
        try:
            self._connection.settimeout(max(_LEAST_SECONDS, seconds))
            return self._connection.recv(_READ_BYTES)
        except (TimeoutError, ssl.SSLWantReadError):
            return None
        except OSError as problem:
            raise troubles.cut(f"{type(problem).__name__}: {problem}") from None

    def _take(self, piece: bytes, news: list[Heard]) -> None:
        if piece:
            body = self._reply.feed(piece)
        else:
            body = b""
            self._reply.end()
        if self._reply.refused:
            self._refusal += body
            if self._reply.complete:
                raise events.explained(self._reply.status, bytes(self._refusal), self._key)
            return
        found = self._events.feed(body)
        if self._reply.complete:
            found += self._events.end()
        for data in found:
            news.append(self._heard(data))

    def _heard(self, data: bytes) -> Heard:
        event = events.read(data, self._key)
        self._continuation.observe(event)
        heard = plain.heard(event)
        usage = heard.usage and self._continuation.add_up(heard.usage)
        return heard if usage is heard.usage else replace(heard, usage=usage)

    def _let_go(self, *, usable: bool) -> None:
        if self._opening is not None:
            self._opening.add_done_callback(self._turn_away)
            self._opening = None
        if self._connection is not None:
            self._connections.give_back(self._connection, usable=usable)
            self._connection = None

    def _turn_away(self, opened: Future[socket.socket]) -> None:
        if opened.exception() is None:
            self._connections.give_back(opened.result(), usable=True)
