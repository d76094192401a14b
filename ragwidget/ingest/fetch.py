"""Opening foreign addresses, in the one place that may."""

from __future__ import annotations

import contextlib
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpcore2

from ..errors import Refusal
from .addresses import PORTS, Address, parse
from .network import GuardedNetwork, NotReachable, Resolve, resolve

USER_AGENT = "RagWidget"
PAGES = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown")
_MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class TooSlow(Refusal):
    status = 422
    code = "too_slow"
    message = "The page took too long to load. Try again later."


class TooLarge(Refusal):
    status = 422
    code = "page_too_large"
    message = "The page is larger than what can be read."


class WrongType(Refusal):
    status = 422
    code = "page_wrong_type"
    message = "The address does not lead to a web page or a text."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address answered, after its redirects."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The type without its parameters, "text/html"."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def fetch(
    url: str,
    *,
    max_bytes: int = 5_000_000,
    max_seconds: float = 20.0,
    types: tuple[str, ...] = PAGES,
    ports: frozenset[int] = PORTS,
    allow_private: frozenset[str] = frozenset(),
    resolve: Resolve = resolve,
) -> Fetched:
    """Return what is at a public web address, or refuse.

    Each redirect is judged like the first address. `allow_private` names hosts that the operator
    vouches for, wherever they are: `host` on whatever port, or `host:port`.
    """
    deadline = time.monotonic() + max_seconds
    backend = GuardedNetwork(deadline, ports, allow_private, resolve)
    address = parse(url)
    for _ in range(_MAX_REDIRECTS + 1):
        with _refusals(address), httpcore2.ConnectionPool(network_backend=backend) as pool:
            fetched = _get(pool, address, max_bytes, types)
        if isinstance(fetched, Fetched):
            return fetched
        address = parse(fetched, base=address)
    raise NotReachable("The address redirects too many times.")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an address said to what was sent there: the status, and how the body begins."""

    status: int
    beginning: bytes


def post(
    url: str,
    body: bytes,
    headers: Mapping[bytes | str, bytes | str],
    *,
    max_seconds: float = 10.0,
    max_reply_bytes: int = 500,
    ports: frozenset[int] = PORTS,
    allow_private: frozenset[str] = frozenset(),
    resolve: Resolve = resolve,
) -> Answered:
    """Send something to a public address and return what it says, or refuse.

    A redirect is an answer like any other: whoever can write one must not choose where it goes.
    """
    address = parse(url)
    backend = GuardedNetwork(time.monotonic() + max_seconds, ports, allow_private, resolve)
    sent: dict[bytes | str, bytes | str] = {
        "Host": _host_of(address),
        "User-Agent": USER_AGENT,
        "Content-Length": str(len(body)),
        **headers,
    }
    with (
        _refusals(address),
        httpcore2.ConnectionPool(network_backend=backend) as pool,
        pool.stream("POST", _place_of(address), headers=sent, content=body) as response,
    ):
        beginning = bytearray()
        for chunk in response.iter_stream():
            beginning += chunk
            if len(beginning) >= max_reply_bytes:
                break
        return Answered(response.status, bytes(beginning[:max_reply_bytes]))


def _get(
    pool: httpcore2.ConnectionPool, address: Address, max_bytes: int, types: tuple[str, ...]
) -> Fetched | str:
    """Return the answer, or the address that it redirects to."""
    sent: dict[bytes | str, bytes | str] = {
        "Host": _host_of(address),
        "User-Agent": USER_AGENT,
        "Accept": ", ".join((*types, "*/*;q=0.1")),
        "Accept-Encoding": "gzip",
    }
    with pool.stream("GET", _place_of(address), headers=sent) as response:
        headers = _headers(response)
        if response.status in _REDIRECTS and "location" in headers:
            return headers["location"]
        fetched = Fetched(str(address), response.status, headers, b"")
        if not 200 <= response.status < 300:
            raise NotReachable(
                f"The page can't be read: {address.host} answered with status {response.status}.",
                answered=response.status,
            )
        if fetched.content_type not in types:
            raise WrongType
        body = _body(response, headers.get("content-encoding", ""), max_bytes)
        return Fetched(str(address), response.status, headers, body)


def _place_of(address: Address) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=address.port,
        target=address.target.encode(),
    )


def _host_of(address: Address) -> str:
    usual = address.port == (443 if address.scheme == "https" else 80)
    host = f"[{address.host}]" if ":" in address.host else address.host
    return host if usual else f"{host}:{address.port}"


def _headers(response: httpcore2.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _body(response: httpcore2.Response, encoding: str, max_bytes: int) -> bytes:
    """Return the body unpacked, or refuse as soon as it is too large."""
    if encoding.strip().lower() not in {"", "identity", "gzip", "x-gzip", "deflate"}:
        raise WrongType("The page is packed in a way that was not asked for.")
    unpack = zlib.decompressobj(47) if encoding.strip().lower() not in {"", "identity"} else None
    body = bytearray()
    for chunk in response.iter_stream():
        # One more byte than allowed is unpacked, to see that there is more; a bomb gets no further.
        body += unpack.decompress(chunk, max_bytes + 1 - len(body)) if unpack else chunk
        if len(body) > max_bytes:
            raise TooLarge(f"The page is larger than the {max_bytes / 1e6:g} MB that can be read.")
    return bytes(body)


@contextlib.contextmanager
def _refusals(address: Address) -> Iterator[None]:
    """Say in the owner's words what went wrong on the way."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise TooSlow from error
    except ssl.SSLError as error:
        raise NotReachable(f"The certificate of {address.host} is not valid.") from error
    except httpcore2.ConnectError as error:
        if isinstance(error.__context__, ssl.SSLError):
            raise NotReachable(f"The certificate of {address.host} is not valid.") from error
        raise NotReachable from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, zlib.error, OSError) as error:
        raise NotReachable("The page broke off while it was loading. Try again later.") from error
