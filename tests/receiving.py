"""Whoever hears from us: a program that webhooks are sent to, and a mail server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_string, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Heard:
    """One request, as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the delivery's id."""
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        """Return what the body says."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def is_signed_with(self, secret: str) -> bool:
        """Tell whether the signature fits, as the specification spells it."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        return self.headers["webhook-signature"] == f"v1,{wanted}"


@dataclass
class Receiver:
    """Answers 200, or what it is told to; `held` lets it be silent until then."""

    port: int = 0
    heard: list[Heard] = field(default_factory=list)
    statuses: deque[int] = field(default_factory=deque)
    says: bytes = b"noted"
    goes_on: bool = False  # saying so, for as long as anybody listens
    held: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the address that a webhook is given."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def kinds(self) -> list[str]:
        """Return what it was told of, in order."""
        return [one.told["type"] for one in self.heard]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen on a port of this machine until the end of the block."""
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append(Heard(self.path, headers, body))
            receiver.arrived.set()
            if receiver.held is not None:
                receiver.held.wait(30)
            status = receiver.statuses.popleft() if receiver.statuses else 200
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.end_headers()
                self.wfile.write(receiver.says)
                while receiver.goes_on:
                    self.wfile.write(receiver.says)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    receiver.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class MailServer:
    """Takes every mail, or refuses those while `away`."""

    port: int = 0
    received: list[str] = field(default_factory=list)
    away: bool = False
    held: threading.Event | None = None
    arrived: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the address for the settings."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def mails(self) -> list[EmailMessage]:
        """Return what was received, as a mail program reads it."""
        whole = (mail.replace("\r\n", "\n") for mail in self.received)
        return [message_from_string(mail, policy=policy.default) for mail in whole]


@contextmanager
def taking_mail() -> Iterator[MailServer]:
    """Take mail in as a mail server does until the end of the block."""
    server = MailServer()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            while line := self.rfile.readline().decode().strip():
                if line.upper().startswith("MAIL") and server.away:
                    self.say("451 not now")
                    continue
                if line.upper() == "DATA":
                    self.say("354 go on")
                    lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    server.received.append("".join(lines))
                    server.arrived.set()
                    if server.held is not None:
                        server.held.wait(30)
                self.say("221 bye" if line.upper() == "QUIT" else "250 fine")

        def say(self, line: str) -> None:
            with suppress(OSError):
                self.wfile.write(f"{line}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as listening:
        listening.daemon_threads = True
        server.port = listening.server_address[1]
        threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        listening.shutdown()
