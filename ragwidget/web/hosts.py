"""Who speaks to us, and under which name: a forged `Host` must be in no link of our mails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

FOR_PROGRAMS = {"/healthz", "/readyz", "/metrics"}  # asked for by address, and without a link
OURSELVES = {"127.0.0.1", "localhost"}

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]+)?|([0-9.]+):[0-9]+")
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?")

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def init_app(app: Flask) -> None:
    """Refuse strange names, and call ourselves by `PUBLIC_URL` where it is set."""
    public = urlsplit(app.config["PUBLIC_URL"])
    inner: Wsgi = app.wsgi_app

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", environ.get("SERVER_NAME", ""))
        any_name = not public.hostname or environ.get("PATH_INFO") in FOR_PROGRAMS
        if not is_host(host) or not (any_name or _is_ours(host, str(public.hostname))):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This server has another name.\n"]
        if public.hostname:
            environ["HTTP_HOST"] = public.netloc
            environ["wsgi.url_scheme"] = public.scheme
        environ["REMOTE_ADDR"] = without_port(environ.get("REMOTE_ADDR", ""))
        return inner(environ, start_response)

    app.wsgi_app = answer  # type: ignore[method-assign]


def is_host(host: str) -> bool:
    """Tell whether this can be the name of a host, with or without a port.

    >>> is_host("chat.example.org:8443"), is_host("[::1]:80"), is_host("a" * 64), is_host("a b")
    (True, True, False, False)
    """
    return len(host) < 260 and _HOST.fullmatch(host) is not None


def without_port(address: str) -> str:
    """Return an address alone: some proxies name the port, which is another for each connection.

    >>> [without_port(told) for told in ("203.0.113.9:4711", "[2001:db8::9]:80", "2001:db8::9")]
    ['203.0.113.9', '2001:db8::9', '2001:db8::9']
    """
    match = _WITH_PORT.fullmatch(address)
    return match[1] or match[2] if match else address


def _is_ours(host: str, public: str) -> bool:
    name = urlsplit(f"//{host}").hostname
    return name == public or name in OURSELVES
