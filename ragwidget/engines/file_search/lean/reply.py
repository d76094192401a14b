"""One reply of HTTP, taken apart as it comes."""

from __future__ import annotations

import httptools

from ragwidget.engines.file_search import troubles
from ragwidget.engines.file_search.exchange import MOST_MEGABYTES


class Reply:
    """What a reply has told so far."""

    def __init__(self) -> None:
        self._parser: httptools.HttpResponseParser | None = None  # which refers to us, too
        self._left = MOST_MEGABYTES * 1_000_000
        self._body: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._extra = self._stays_open = False
        self.status = 0
        self.begun = False  # its head is here
        self.complete = False

    @property
    def refused(self) -> bool:
        """Tell that this is no answer but the reason why there is none."""
        return self.begun and self.status != 200

    @property
    def reusable(self) -> bool:
        """Tell whether another request may follow on the same connection."""
        return self.complete and self._stays_open and not self._extra

    def feed(self, data: bytes) -> bytes:
        """Take what came over the connection; return what is new of the body."""
        self._left -= len(data)
        if self._left < 0:
            raise troubles.too_much(f"a reply of more than {MOST_MEGABYTES} MB")
        parser = self._parser = self._parser or httptools.HttpResponseParser(self)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as problem:
            raise troubles.cut(f"{type(problem).__name__}: {problem}") from None
        if self.complete:
            self._parser = None  # or both would stay until garbage is collected
        coding = self._headers.get(b"content-encoding", b"").strip().lower().decode("latin-1")
        if coding not in ("", "identity"):  # a few bytes of it could be many; we asked for none
            raise troubles.garbled(f"a reply packed as {coding}")
        body = b"".join(self._body)
        self._body.clear()
        return body

    def end(self) -> None:
        """Take note that the connection has ended; a reply may end so, if it didn't say how."""
        framed = self._headers.keys() & {b"content-length", b"transfer-encoding"}
        if not self.begun or framed:
            raise troubles.cut("the connection was closed in the middle of a reply")
        self.complete = self._extra = True
        self._parser = None

    def on_message_begin(self) -> None:
        """Begin a reply; what follows a whole one was not asked for."""
        self._extra = self.complete
        self._headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """End the head, unless it only says that another one will come."""
        assert self._parser
        self.status = self._parser.get_status_code()
        self.begun = self.begun or self.status >= 200

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """End the reply; only here does the parser know whether the connection stays open."""
        assert self._parser
        self.complete = self.begun
        self._stays_open = self._parser.should_keep_alive()
