"""Originals in a bucket of Amazon S3, or of anything that speaks the same language."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from ragwidget.clients import Clients
from ragwidget.errors import Misconfigured

BLOCK = 1 << 20
CONNECT_SECONDS = 3
SILENCE_SECONDS = 30
ATTEMPTS = 3
CONNECTIONS = 64  # as many as requests are served at the same time


class Access(NamedTuple):
    """Whom to speak to, and as whom. Without a key: as the machine, in the way of AWS."""

    endpoint: str | None
    region: str | None
    key_id: str | None
    secret: str | None


def _connect(access: Access) -> Any:
    # here, because it takes 0.2 seconds and 40 MB that a folder has no use for
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        endpoint_url=access.endpoint,
        region_name=access.region,
        aws_access_key_id=access.key_id,
        aws_secret_access_key=access.secret,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=SILENCE_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONNECTIONS,
            s3={"addressing_style": "path" if access.endpoint else "auto"},
            # Amazon's newest checksums are refused by others; the signature covers the content
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


class Bucket:
    """A bucket, or what is under a prefix in it; its client is made when it is first needed."""

    parts = None

    def __init__(self, name: str, prefix: str, access: Access) -> None:
        self._name = name
        self._prefix = f"{prefix}/" if prefix else ""
        self._access = access
        self._clients: Clients[Access, Any] = Clients(_connect)

    @classmethod
    def at(cls, url: str, key_id: str, secret: str) -> Bucket:
        """Read `s3://bucket/prefix?endpoint=https://…&region=…`, or say what is wrong with it."""
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, keep_blank_values=True))
            endpoint, region = options.pop("endpoint", None), options.pop("region", None)
            server = urlsplit(endpoint or "")
        except ValueError as problem:
            raise _misconfigured("its brackets name no address") from problem
        if parts.scheme != "s3" or not parts.netloc:
            raise _misconfigured("it does not begin with s3:// and the name of a bucket")
        if "@" in url:
            raise _misconfigured("the secret has a setting of its own, RAGWIDGET_ORIGINALS_SECRET")
        if options or parts.fragment:
            raise _misconfigured("only endpoint and region can stand behind its question mark")
        if endpoint is not None:
            if server.scheme not in {"https", "http"} or not server.hostname:
                raise _misconfigured("its endpoint does not begin with https:// or http://")
            region = region or "us-east-1"  # what servers with one region expect
        if bool(key_id) != bool(secret):
            raise Misconfigured(
                "RAGWIDGET_ORIGINALS_KEY_ID and RAGWIDGET_ORIGINALS_SECRET go together: "
                "set both, or neither where the machine itself has access."
            )
        access = Access(endpoint, region or None, key_id or None, secret or None)
        return cls(parts.netloc, parts.path.strip("/"), access)

    def __str__(self) -> str:
        at = f" at {self._access.endpoint}" if self._access.endpoint else ""
        return f"s3://{self._name}/{self._prefix}{at}"

    def put(self, key: str, part: Path) -> None:
        """Send a complete file in one request, which either counts as a whole or not at all."""
        with _as_file_trouble(), part.open("rb") as body:
            self._client.put_object(**self._at(key), Body=body)

    @contextmanager
    def lend(self, key: str) -> Iterator[Path]:
        """Lend a copy, and remove it afterwards."""
        with tempfile.TemporaryDirectory(prefix="ragwidget-", ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "original"
            with (
                _as_file_trouble(),
                path.open("wb") as file,
                closing(self._client.get_object(**self._at(key))["Body"]) as body,
            ):
                for block in body.iter_chunks(BLOCK):
                    file.write(block)
            yield path

    def delete(self, key: str) -> None:
        """Delete an object, or find it gone."""
        with _as_file_trouble():
            self._client.delete_object(**self._at(key))

    def keys(self) -> Iterator[str]:
        """Name what is there."""
        with _as_file_trouble():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._name, Prefix=self._prefix):
                for found in page.get("Contents", ()):
                    yield found["Key"].removeprefix(self._prefix)

    def check(self) -> None:
        """Raise what is wrong with writing, reading and deleting here."""
        probe = self._at(f".part-{uuid4().hex}")
        with _as_file_trouble():
            self._client.put_object(**probe, Body=b"probe")
            self._client.get_object(**probe)["Body"].read()
            self._client.delete_object(**probe)

    @property
    def _client(self) -> Any:
        return self._clients.get(self._access)

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._name, "Key": self._prefix + key}


@contextmanager
def _as_file_trouble() -> Iterator[None]:
    """Raise what the library raises, also of what it is told, as what a file would raise."""
    from botocore.exceptions import BotoCoreError, ClientError
    from urllib3.exceptions import HTTPError

    try:
        yield
    except ClientError as problem:
        missing = problem.response["Error"]["Code"] == "NoSuchKey"
        raise (FileNotFoundError if missing else OSError)(str(problem)) from problem
    except (BotoCoreError, HTTPError, ValueError) as problem:
        raise OSError(str(problem)) from problem


def _misconfigured(what: str) -> Misconfigured:
    return Misconfigured(
        f"RAGWIDGET_ORIGINALS_URL can't be used: {what}. "
        "It should look like s3://bucket/prefix?endpoint=https://…&region=…"
    )
