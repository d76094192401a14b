"""Requests made by hand, for what the real client never does."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any, Self

from .driving import Emulator

STORES = "/v1/fileSearchStores"
GENERATE = "/v1/models/gemini-3.8-flash:generateContent"
STREAM = "/v1/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
TEXT = "Grüne bicycles are blue."


class Answer:
    """A response, read to its end."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> tuple[int, str]:
        return self.status, self.json["error"]["status"]


class Line:
    """One connection, over which requests are sent with a key unless they say otherwise."""

    def __init__(self, emulator: Emulator) -> None:
        self._key = emulator.key
        self._connection = http.client.HTTPConnection("127.0.0.1", emulator.port, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        sent = {"x-goog-api-key": self._key, "Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        body = json.dumps(body) if isinstance(body, dict) else body
        present = {name: value for name, value in sent.items() if value is not None}
        self._connection.request(method, path, body, present)
        return Answer(self._connection.getresponse())


def make_store(call: Line, **fields: Any) -> str:
    return call("POST", STORES, fields or None).json["name"]


def begin(call: Line, store: str, size: int, body: Any = None, **headers: str) -> Answer:
    """Begin an upload."""
    usual = {
        "X_Goog_Upload_Protocol": "resumable",
        "X_Goog_Upload_Command": "start",
        "X_Goog_Upload_Header_Content_Length": str(size),
        "X_Goog_Upload_Header_Content_Type": "text/plain",
    }
    path = f"/upload/v1/{store}:uploadToFileSearchStore"
    return call("POST", path, body, **{**usual, **headers})


def send(call: Line, begun: Answer, data: bytes, offset: int = 0, *, last: bool = True) -> Answer:
    """Send a chunk, without a key."""
    command = "upload, finalize" if last else "upload"
    path = begun.headers["X-Goog-Upload-URL"].split("/", 3)[3]
    headers = {"X_Goog_Upload_Command": command, "X_Goog_Upload_Offset": str(offset)}
    return call("POST", f"/{path}", data, **headers, **{"x-goog-api-key": None})


def upload(call: Line, store: str, text: str = TEXT, body: Any = None, **headers: str) -> str:
    """Upload a document, wait until it is found and return its name."""
    data = text.encode()
    answer = send(call, begin(call, store, len(data), body, **headers), data).json
    while not call("GET", f"/v1/{answer['name']}").json.get("done"):
        pass
    return answer["response"]["documentName"]


def raw_stream(emulator: Emulator, body: Any) -> tuple[bytes, list[bytes]]:
    """Return the head of a streamed answer and its HTTP chunks."""
    content = json.dumps(body).encode()
    with socket.create_connection(("127.0.0.1", emulator.port), 20) as line:
        line.sendall(
            f"POST {STREAM} HTTP/1.1\r\nHost: x\r\nx-goog-api-key: {emulator.key}\r\n"
            f"Connection: close\r\nContent-Length: {len(content)}\r\n\r\n".encode()
            + content
        )
        received = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, rest = received.partition(b"\r\n\r\n")
    chunks = []
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        chunks.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]
    assert chunks.pop() == b""
    return head, chunks
