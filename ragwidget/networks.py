"""A visitor's address: what limits count it as, and the little of it that is ever stored."""

from __future__ import annotations

import ipaddress

from flask import request


def counted_address() -> str:
    """Return what a request's limits are counted by: its address, or the network of an IPv6 one.

    Whoever has one IPv6 address has the 2⁶⁴ around it, too.
    """
    address = request.remote_addr or "unknown"
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((int(ip), 64), strict=False))
    return address


def truncated(address: str) -> str | None:
    """Return the network of an address, which is all that is ever stored of it.

    >>> truncated("203.0.113.77"), truncated("2001:db8:1:2::3"), truncated("unknown")
    ('203.0.113.0/24', '2001:db8:1::/48', None)
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    bits = 24 if ip.version == 4 else 48
    return str(ipaddress.ip_network(f"{ip}/{bits}", strict=False))
