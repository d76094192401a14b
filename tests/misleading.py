"""Requests that say they are for another place, or came by another way, than they did."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

AWAY = "evil.example"
TARGETS = (
    f"//{AWAY}/dashboard",
    f"/{AWAY}//dashboard",
    f"/\\{AWAY}/%2e%2e",
    f"/%2f%2f{AWAY}",
    f"/%5c{AWAY}/..;/dashboard",
    f"http://{AWAY}/dashboard",
    "//dashboard",
    "/dashboard.",
    "/dashboard%2f",
    "/dashboard/..;/metrics",
    "/api/v1/owner/../../../metrics",
    "/api/v1/chat/..%2f..%2fowner/chatbots",
    "/assets/../../../../etc/passwd",
    "/assets/%2e%2e/%2e%2e/names.json",
    "/widget/..%2f..%2fnames.json",
    "/../names.json",
    "/healthz%00.js",
    "/dashboard%0d%0aSet-Cookie:x=y",
    "/%0d%0aSet-Cookie:x=y//dashboard",
)
ASIDES = (
    f"SCRIPT_NAME: //{AWAY}",
    "PATH_INFO: /metrics",
    f"X-Forwarded-Prefix: //{AWAY}",
    f"X-Script-Name: //{AWAY}",
    f"X-Original-URL: //{AWAY}/metrics",
    f"X-Rewrite-URL: //{AWAY}/metrics",
    f"X-Host: {AWAY}\r\nX-HTTP-Host-Override: {AWAY}",
    f"Forwarded: host={AWAY};proto=https",
    "X-Forwarded-Ssl: on\r\nX-Forwarded-Protocol: ssl\r\nX-Forwarded-Scheme: https",
)
HEADS = [(target, "X-Nothing: at all") for target in TARGETS]
HEADS += [(target, aside) for target in ("/dashboard", f"//{AWAY}/dashboard/") for aside in ASIDES]
HOUSE = re.compile(r"(http://localhost(:\d+)?)?/(?![/\\])[^\r\n]*")


def misled(port: int) -> list[str]:
    """Send them all to a port of loopback; return what came of those that led somewhere else."""
    found = []
    for target, aside in HEADS:
        answer = _told(port, target, aside)
        status = answer[9:12]
        leads = re.search(r"^location: ([^\r\n]*)", answer, re.MULTILINE | re.IGNORECASE)
        away = leads is not None and not (HOUSE.fullmatch(leads[1]) and AWAY not in leads[1])
        if away or status not in {"301", "302", "308", "400", "404"} or "\nset-cookie: x" in answer:
            found.append(f"{target} {aside}: {answer[:200]}")
    return found


def _told(port: int, target: str, aside: str) -> str:
    head = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{aside}\r\n\r\n"
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head.encode())
        with suppress(ConnectionError):
            while part := line.recv(65536):
                answer += part
    return answer.decode("latin-1").partition("\r\n\r\n")[0].lower()
