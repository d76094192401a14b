"""HTTP/1.1 on asyncio streams: requests read by hand, answers whole or in chunks as they come."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

MOST_HEAD_BYTES = 1 << 16
MOST_BODY_BYTES = 128 << 20
_HANG_UP_CHECK = 0.05


class BadRequest(Exception):
    """What came is not HTTP, or too much of it."""


class HungUp(Exception):
    """The other side went away."""


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def host(self) -> str:
        return self.headers.get("host", "127.0.0.1")


@dataclass(slots=True)
class Response:
    """An answer that is known as a whole."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class Pause:
    """Silence."""

    seconds: float


class Cut:
    """The connection ends here, in the middle of whatever it was doing."""


class Bytewise(bytes):
    """Sent one byte at a time, each in a packet and an HTTP chunk of its own."""


@dataclass(slots=True)
class Streamed:
    """An answer that comes in pieces."""

    steps: list[Step]
    headers: dict[str, str]
    status: int = 200


Step = bytes | Pause | Cut


def json_response(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Make the answer that the service gives to most requests."""
    return Response(
        status,
        {
            "Content-Type": "application/json; charset=UTF-8",
            "Vary": "Origin, X-Origin, Referer",
            "Server-Timing": "gfet4t7; dur=1",
            **(headers or {}),
        },
        json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n",
    )


async def read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """Read the next request, None when there is none."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial.strip():
            raise BadRequest("half a request") from error
        return None
    except asyncio.LimitOverrunError as error:
        raise BadRequest("too long a head") from error
    lines = head[:-4].decode("latin-1").split("\r\n")
    try:
        method, target, _version = lines[0].split(" ")
        headers = {
            name.strip().lower(): value.strip()
            for name, value in (line.split(":", 1) for line in lines[1:])
        }
    except ValueError as error:
        raise BadRequest("not a request line or a header") from error
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    parts = urlsplit(target)
    return Request(
        method,
        unquote(parts.path),
        dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers,
        await _read_body(reader, headers),
    )


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    try:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            length = int(headers.get("content-length", "0"))
            if not 0 <= length <= MOST_BODY_BYTES:
                raise BadRequest("too long a body")
            return await reader.readexactly(length) if length else b""
        body = bytearray()
        while size := int((await reader.readline()).split(b";")[0], 16):
            if len(body) + size > MOST_BODY_BYTES:
                raise BadRequest("too long a body")
            body += await reader.readexactly(size)
            await reader.readline()
        await reader.readline()
        return bytes(body)
    except (ValueError, asyncio.IncompleteReadError) as error:
        raise BadRequest("half a body") from error


async def send(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Response | Streamed | Cut
) -> bool:
    """Send an answer; tell whether the connection can be used again."""
    if isinstance(answer, Cut):
        writer.transport.abort()
        return False
    if isinstance(answer, Response):
        length = {"Content-Length": str(len(answer.body))}
        writer.write(_head(answer.status, {**answer.headers, **length}) + answer.body)
        await writer.drain()
        return True
    # the head comes with the first words, so that a silence before them is one before everything
    head = _head(answer.status, {**answer.headers, "Transfer-Encoding": "chunked"})
    for step in answer.steps:
        if isinstance(step, Pause):
            await _wait(reader, writer, step.seconds)
        elif isinstance(step, Cut):
            await writer.drain()  # what was said so far arrives, the end of the body doesn't
            return False
        elif isinstance(step, Bytewise):
            for byte in step:
                await _flush(writer, b"%b1\r\n%c\r\n" % (head, byte))
                await asyncio.sleep(0)
                head = b""
        elif step:
            await _flush(writer, b"%b%x\r\n%b\r\n" % (head, len(step), step))
            head = b""
    await _flush(writer, head + b"0\r\n\r\n")
    return True


async def _flush(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.transport.is_closing():
        raise HungUp
    writer.write(data)
    await writer.drain()


async def _wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
    """Be silent, but notice when nobody waits any more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while (left := until - loop.time()) > 0:
        if reader.at_eof() or writer.transport.is_closing():
            raise HungUp
        await asyncio.sleep(min(left, _HANG_UP_CHECK))


def _head(status: int, headers: dict[str, str]) -> bytes:
    fields = {"Server": "scaffolding on HTTPServer2", "Date": formatdate(usegmt=True), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode("latin-1")
