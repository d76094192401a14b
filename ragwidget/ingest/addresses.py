"""Which addresses may be opened for a stranger."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from ..errors import Refusal

PORTS = frozenset({80, 443, 8080, 8443})
_LONGEST = 2_000
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64: an IPv4 address in its last 32 bits
# Python's own table is not the same in every version, so the doors into other networks stand here.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' own networks; also a cloud's metadata service
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "::/96",
        "::ffff:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries any IPv4 address, private ones too
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
    )
)


class AddressInvalid(Refusal):
    status = 422
    code = "address_invalid"
    message = "This is not an address of a web page. Write it as https://www.example.org/page."


class AddressNotPublic(Refusal):
    status = 422
    code = "address_not_public"
    message = "This address leads into a private network. Only pages on the public web can be read."


@dataclass(frozen=True, slots=True)
class Address:
    """A web address taken apart, in the spelling that is sent."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        usual = self.port == (443 if self.scheme == "https" else 80)
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if usual else f':{self.port}'}{self.target}"


def parse(url: str, *, base: Address | None = None) -> Address:
    """Return the address that `url` spells, or refuse it.

    >>> str(parse("HTTPS://Example.org:443/a b?q=ä#part"))
    'https://example.org/a%20b?q=%C3%A4'
    """
    try:
        parts = urlsplit(urljoin(str(base), url.strip()) if base else url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if not host.isascii():
            host = host.encode("idna").decode()
    except ValueError as error:
        raise AddressInvalid from error
    if parts.scheme not in {"http", "https"}:
        raise AddressInvalid("Only addresses that begin with https:// or http:// can be read.")
    if parts.username is not None or parts.password is not None:
        raise AddressInvalid("The address holds a user name or a password. Leave it out.")
    if not host or len(url) > _LONGEST or any(c.isspace() or c in "%\\/@#?" for c in host):
        raise AddressInvalid
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Address(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), target)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one that anybody could reach.

    >>> [is_public(a) for a in ("8.8.8.8", "10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # with a zone, "fe80::1%eth0": never public
    if ip in _TRANSLATED:
        return is_public(str(ipaddress.ip_address(int(ip) & 0xFFFFFFFF)))
    return (
        ip.is_global
        and not ip.is_multicast
        and not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)
    )
