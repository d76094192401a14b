"""Asking for answers over connections of our own."""

from __future__ import annotations

import json
import math
from functools import partial
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ragwidget.engines.file_search import asking, names, statuses
from ragwidget.engines.file_search.exchange import Options, Prompt
from ragwidget.engines.file_search.lean.connections import Connections
from ragwidget.engines.file_search.lean.line import LeanLine


def reaches(base_url: str) -> bool:
    """Tell whether an address can be asked by it: there must be no proxy in between."""
    parts = urlsplit(base_url)
    proxies = getproxies()
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    return bool(proxy_bypass(parts.netloc) or not (proxies.get(parts.scheme) or proxies.get("all")))


class LeanReader:
    """Hears answers with one key, in any number of threads."""

    def __init__(self, options: Options, base_url: str) -> None:
        self._options = options
        self._path = urlsplit(base_url).path.rstrip("/")
        self._connections = Connections(base_url, options.connections, options.connect_seconds)

    def stream(self, prompt: Prompt) -> LeanLine:
        """Ask for an answer that is heard while it is written; nothing is sent before."""
        return LeanLine(self._connections, partial(self._request, prompt), self._options.key)

    def warm_up(self) -> None:
        """Have a connection ready before anybody asks."""
        self._connections.give_back(self._connections.open().result(), usable=True)

    def close(self) -> None:
        """Let go of all connections at rest."""
        self._connections.close()

    def _request(self, prompt: Prompt, token: str | None) -> bytes:
        options = self._options
        if not names.KEY.fullmatch(options.key):
            raise statuses.refused(401, "", None)
        model, told = asking.posted(prompt, options)
        body = json.dumps(told | ({"continuationToken": token} if token else {})).encode()
        head = (
            f"POST {self._path}/{options.api_version}/{model}:streamGenerateContent?alt=sse "
            "HTTP/1.1",
            f"Host: {self._connections.host}",
            f"Content-Length: {len(body)}",
            "Content-Type: application/json",
            "Accept: */*",
            "Accept-Encoding: identity",  # so that what comes is as long as it says
            "User-Agent: RagWidget",
            f"X-Server-Timeout: {math.ceil(options.answer_seconds)}",
            f"x-goog-api-key: {options.key}",
        )
        return "\r\n".join((*head, "", "")).encode("latin-1") + body
