"""A real S3 server in a process of its own, which checks signatures; and bad lines to it."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
from browsing import free_port

from ragwidget.library.originals import Originals

BUCKET = "originals"
ENDLESS = 1 << 40
GUNICORN = (
    *(sys.executable, "-m", "gunicorn", "--worker-class=gthread", "--threads=16"),
    *("--keep-alive=30", "--log-level=error", "--no-control-socket"),
)
RIGHTS = ("GetObject", "PutObject", "DeleteObject", "ListBucket")
ALICE, BOB, SOURCE = (UUID(int=number) for number in (1, 2, 3))
KEY = f"{ALICE.hex}/{SOURCE.hex}"
TEXT = b"The lighthouse keeper feeds the gulls at dusk."
MOST = 1 << 30
PREPARATIONS = 4  # requests that nobody has to sign: they make the one who signs the others


@dataclass(frozen=True, slots=True)
class Storage:
    """A server with one bucket, and the credentials that it lets in."""

    port: int
    key_id: str
    secret: str

    def url(self, prefix: str = "", *, port: int = 0, bucket: str = BUCKET) -> str:
        """Return the address of what is under a prefix, over a line of one's own if need be."""
        return f"s3://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port or self.port}"

    def originals(self, prefix: str = "", *, secret: str = "", **where: Any) -> Originals:
        """Return the originals under a prefix, for who has the right secret or another."""
        url = self.url(prefix, **where)
        return Originals(Path("nowhere"), url, self.key_id, secret or self.secret)

    def names(self, prefix: str = "") -> set[str]:
        """Name what can be seen under a prefix."""
        found = _client("s3", self.port, self.key_id, self.secret).list_objects_v2(
            Bucket=BUCKET, Prefix=prefix
        )
        return {one["Key"] for one in found.get("Contents", ())}


@dataclass(frozen=True, slots=True)
class Kept:
    """Originals, where they are, and a look at what is really there."""

    originals: Originals
    where: str
    names: Callable[[], set[str]]

    def keep(self, content: bytes = TEXT, organization: UUID = ALICE, most: int = MOST) -> str:
        """Keep some bytes and return their key."""
        return self.originals.keep(organization, SOURCE, io.BytesIO(content), most).key

    def read(self, key: str = KEY) -> bytes:
        """Return the bytes of an original."""
        with self.originals.opened(key) as path:
            return path.read_bytes()


@contextmanager
def storage_server() -> Iterator[Storage]:
    """Run moto, with somebody in it who may do with one bucket what we do.

    gunicorn serves it, because it keeps connections open as real storage does.
    """
    port = free_port()
    process = subprocess.Popen(
        [*GUNICORN, "--bind", f"127.0.0.1:{port}", "storage:serve_moto()"],
        cwd=Path(__file__).parent,
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(PREPARATIONS)},
    )
    try:
        _wait_for(port, process)
        yield _furnish(port)
    finally:
        process.send_signal(signal.SIGQUIT)  # at once
        process.wait(10)


@contextmanager
def bad_line(
    to: int, *, up: int = ENDLESS, down: int = ENDLESS, mends: bool = False
) -> Iterator[int]:
    """Lend a port that leads to another one, until so many bytes went up or came down.

    Then the line is cut in the middle, and nobody answers there any more unless it `mends`.
    """
    with ThreadPoolExecutor() as threads, ExitStack() as line:
        listener = socket.create_server(("127.0.0.1", 0))
        line.callback(hang_up, listener)

        def relay(source: socket.socket, sink: socket.socket, most: int) -> None:
            with suppress(OSError):
                while most > 0 and (block := source.recv(1 << 16)):
                    sink.sendall(block[:most])
                    most -= len(block)
            if most <= 0 and not mends:
                hang_up(listener)
            hang_up(source)
            hang_up(sink)

        def answer(up: int, down: int) -> None:
            with suppress(OSError):
                while True:
                    near, far = listener.accept()[0], socket.create_connection(("127.0.0.1", to))
                    line.callback(hang_up, near)
                    line.callback(hang_up, far)
                    threads.submit(relay, near, far, up)
                    threads.submit(relay, far, near, down)
                    if mends:
                        up = down = ENDLESS

        threads.submit(answer, up, down)
        yield listener.getsockname()[1]


def hang_up(end: socket.socket) -> None:
    """End a connection for everybody who uses it."""
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


def serve_moto() -> Any:
    """Return what answers gunicorn's requests: moto, which alone would keep half a body."""
    from moto.server import DomainDispatcherApplication, create_backend_app

    moto = DomainDispatcherApplication(create_backend_app)

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        announced = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(announced)
        if len(body) < announced:
            start_response("400 Bad Request", [])
            return [b"<Error><Code>IncompleteBody</Code></Error>"]
        environ["wsgi.input"] = io.BytesIO(body)
        return moto(environ, start_response)

    return answer


def _wait_for(port: int, process: subprocess.Popen) -> None:
    patience = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < patience, "the server never came up"
            time.sleep(0.05)


def _furnish(port: int) -> Storage:
    iam = _client("iam", port, "nobody", "nothing")
    resources = [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    may = {"Effect": "Allow", "Action": [f"s3:{right}" for right in RIGHTS], "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.create_user(UserName="ragwidget")
    iam.put_user_policy(UserName="ragwidget", PolicyName="originals", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ragwidget")["AccessKey"]
    _client("s3", port, "nobody", "nothing").create_bucket(Bucket=BUCKET)
    return Storage(port, key["AccessKeyId"], key["SecretAccessKey"])


def _client(service: str, port: int, key_id: str, secret: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )
