"""A chatbot's list of websites: how they are spelled there, and which pages it lets in."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from ragwidget.errors import InvalidInput

MOST_ORIGINS = 100
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# as browsers spell one, and nothing that only comes to the same
_ORIGIN = re.compile(
    r"https?://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[1-9][0-9]{0,4})?", re.IGNORECASE
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class UnusableOrigin(InvalidInput):
    """What an owner wrote is not the address of a website, and why."""

    code = "unusable_origin"


def read_origins(text: str) -> list[str]:
    """Return the websites that an owner listed, one in a line, each once.

    >>> read_origins("HTTPS://Example.org/shop/\\n*.example.org\\n\\nhttps://example.org")
    ['https://example.org', 'https://*.example.org']
    """
    found = list(dict.fromkeys(read_origin(line) for line in text.split() if line.strip(",;")))
    if len(found) > MOST_ORIGINS:
        raise UnusableOrigin(f"Origins: {MOST_ORIGINS} websites are the most a chatbot can have.")
    return found


def read_origin(text: str) -> str:
    """Return a website's address as browsers name it, or say what is wrong with it.

    >>> read_origin("localhost:3000"), read_origin("https://bücher.example:443/")
    ('http://localhost:3000', 'https://xn--bcher-kva.example')
    """
    asked = text.strip().strip(",;")
    if asked in {"*", "http://*", "https://*", "*.*"}:
        raise UnusableOrigin(
            f"“{asked}” would let every website spend your questions. List your own websites, for "
            "example https://example.org or https://*.example.org."
        )
    scheme, host, port = _take_apart(asked)
    subdomains = host.startswith("*.")
    host = _read_host(asked, host.removeprefix("*."))
    if subdomains and "." not in host:
        raise UnusableOrigin(
            f"“{asked}” would let every website under .{host} in. Name your own domain, for "
            "example https://*.example.org."
        )
    suffix = "" if port in {None, _DEFAULT_PORTS[scheme]} else f":{port}"
    return f"{scheme}://{'*.' if subdomains else ''}{host}{suffix}"


def allowed_origin(origins: list[str], origin: str | None, own: str) -> bool:
    """Tell whether a page of this origin may use a chatbot with this list.

    Our own origin may, for the preview; so may a program that is no browser and names none. The
    list fails closed: empty means nowhere else.

    >>> allowed_origin(["https://example.org"], "https://example.org", "https://chat.test")
    True
    >>> allowed_origin(["*.example.org"], "https://shop.example.org", "https://chat.test")
    True
    >>> allowed_origin(["*.example.org"], "https://example.org", "https://chat.test")
    False
    >>> allowed_origin(["https://example.org"], "https://example.org.evil.net", "https://chat.test")
    False
    >>> allowed_origin([], "null", "https://chat.test")
    False
    """
    if origin is None:
        return True
    if origin == own:
        return True
    asked = _spell(origin) if _ORIGIN.fullmatch(origin) else None
    return asked is not None and any(_fits(entry, asked) for entry in origins)


def like(origin: str, listed: list[str]) -> str | None:
    """Return the website in a list that somebody may have taken for this one.

    >>> like("http://www.example.org:8080", ["https://a.example", "https://example.org"])
    'https://example.org'
    """
    return next((each for each in listed if _bare(each) == _bare(origin)), None)


def _fits(entry: str, asked: tuple[str, str, int | None]) -> bool:
    scheme, host, port = asked
    wanted_scheme, _, rest = entry.rpartition("://")
    if wanted_scheme and wanted_scheme != scheme:
        return False
    if rest.startswith("*."):
        spelled = _spell(f"{wanted_scheme or scheme}://{rest[2:]}")
        return spelled is not None and host.endswith("." + spelled[1]) and (spelled[2] == port)
    return _spell(entry) == asked


def _spell(origin: str) -> tuple[str, str, int | None] | None:
    """Take an origin apart, its default port left out; None when it is no web origin."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.username:
        return None
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        return None
    usual = port in {None, _DEFAULT_PORTS[parts.scheme]}
    return parts.scheme, parts.hostname, None if usual else port


def _bare(origin: str) -> str:
    host = urlsplit(origin).hostname or origin
    return host.removeprefix("*.").removeprefix("www.")


def _take_apart(asked: str) -> tuple[str, str, int | None]:
    spelled = asked
    if "://" not in asked:
        local = re.match(r"(localhost|127\.|\[::1\])", asked, re.IGNORECASE)
        spelled = f"{'http' if local else 'https'}://{asked}"
    try:
        parts = urlsplit(spelled)
        scheme, host, port = parts.scheme.lower(), parts.hostname or "", parts.port
    except ValueError:
        raise _not_a_website(asked) from None
    if scheme not in _DEFAULT_PORTS:
        raise UnusableOrigin(
            f"“{asked}” does not begin with https:// or http://, so no website can have it."
        )
    if not host or parts.username or parts.password or len(asked) > 300:
        raise _not_a_website(asked)
    return scheme, host, port


def _read_host(asked: str, host: str) -> str:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])  # a zone would be any text
        return f"[{address}]" if address.version == 6 else str(address)
    except ValueError:
        pass
    if "*" in host:
        raise UnusableOrigin(
            f"“{asked}”: the asterisk can only stand for all subdomains, at the beginning: "
            "https://*.example.org."
        )
    try:
        ascii_host = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        raise _not_a_website(asked) from None
    if len(ascii_host) > 253 or not all(map(_LABEL.fullmatch, ascii_host.split("."))):
        raise _not_a_website(asked)
    return ascii_host


def _not_a_website(asked: str) -> UnusableOrigin:
    shown = asked if len(asked) <= 80 else asked[:79] + "…"
    return UnusableOrigin(
        f"“{shown}” is not the address of a website. Write it like https://example.org."
    )
