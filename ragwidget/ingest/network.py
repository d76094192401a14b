"""A network that reaches public addresses only, and none of them for longer than it may."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2

from ..errors import Refusal
from .addresses import AddressInvalid, AddressNotPublic, is_public

Resolve = Callable[[str, int], list[str]]

_PATIENCE = 10.0  # seconds of silence


class NotReachable(Refusal):
    status = 422
    code = "not_reachable"
    message = (
        "The page could not be reached. Open the address in a browser to see whether it works."
    )


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedNetwork(httpcore2.NetworkBackend):
    """Connects only to addresses it has judged: a name can't change its mind in between."""

    def __init__(
        self,
        deadline: float,
        ports: frozenset[int],
        allow_private: frozenset[str],
        resolve: Resolve,
    ) -> None:
        self._deadline = deadline
        self._ports = ports
        self._allow_private = allow_private
        self._resolve = resolve
        self._network = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        vouched = not self._allow_private.isdisjoint({host.lower(), f"{host.lower()}:{port}"})
        if not vouched and port not in self._ports:
            raise AddressInvalid(f"Pages on port {port} can't be read.")
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NotReachable(f"There is no website called {host}.") from error
        if not vouched and not all(map(is_public, found)):
            raise AddressNotPublic
        return self._connect(found, port, socket_options)

    def _connect(
        self, found: list[str], port: int, options: Iterable[Any] | None
    ) -> httpcore2.NetworkStream:
        for address in found[:4]:
            with contextlib.suppress(httpcore2.ConnectError):
                stream = self._network.connect_tcp(
                    address, port, timeout=_left(self._deadline) / 2, socket_options=options
                )
                return _TimedStream(stream, self._deadline)
        raise NotReachable


class _TimedStream(httpcore2.NetworkStream):
    """A connection that ends at its deadline, however slowly it drips until then."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _TimedStream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return min(left, _PATIENCE)
