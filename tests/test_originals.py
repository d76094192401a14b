"""What owners hand in: kept whole or not at all, in a folder and in a real S3 server's bucket."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from socket import create_server
from threading import Event

import pytest
from browsing import free_port
from cast import csrf_of, owner, sign_in
from flask import Flask
from keeping import *  # noqa: F403 (fixtures)
from sqlalchemy import func, select
from storage import ALICE, BOB, KEY, MOST, SOURCE, TEXT, Kept, Storage, bad_line

from ragwidget.errors import InvalidInput, Misconfigured, TooMuch
from ragwidget.extensions import db
from ragwidget.library.originals import OriginalMissing, Originals, OriginalsUnreachable
from ragwidget.models import Source

ROOT = Path(__file__).parents[1]


def test_it_lends_what_it_keeps_and_knows_its_size_and_hash(kept: Kept) -> None:
    content = os.urandom(3 << 20)
    original = kept.originals.keep(ALICE, SOURCE, io.BytesIO(content), most=len(content))

    assert (original.key, original.size_bytes) == (KEY, len(content))
    assert original.content_hash == hashlib.sha256(content).hexdigest()
    assert kept.read(original.key) == content
    assert kept.names() == {KEY}


def test_it_keeps_organizations_apart(kept: Kept) -> None:
    alices, bobs = kept.keep(b"bicycles"), kept.keep(b"bread", BOB)

    assert (kept.read(alices), kept.read(bobs)) == (b"bicycles", b"bread")
    kept.originals.forget(alices)
    assert kept.read(bobs) == b"bread"


def test_it_keeps_nothing_of_what_is_empty_too_large_or_breaks_off(kept: Kept) -> None:
    class BreakingOff(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise InvalidInput("file: the rest never came.")
            return super().read(size)

    with pytest.raises(InvalidInput, match="empty"):
        kept.keep(b"")
    with pytest.raises(TooMuch, match="larger than 2 MB"):
        kept.keep(bytes((2 << 20) + 1), most=2 << 20)
    with pytest.raises(InvalidInput, match="never came"):
        kept.originals.keep(ALICE, SOURCE, BreakingOff(bytes(2 << 20)), MOST)

    assert kept.names() == set()


def test_it_shows_nothing_before_it_is_complete(kept: Kept) -> None:
    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            with pytest.raises(OriginalMissing):
                kept.read()
            return super().read(size)

    kept.keep(b"an older file, to be replaced")
    kept.originals.forget(KEY)
    kept.originals.keep(ALICE, SOURCE, Watched(bytes(2 << 20)), MOST)

    assert kept.read() == bytes(2 << 20)


def test_it_replaces_a_file_at_once_for_whoever_reads_it(kept: Kept) -> None:
    old, new = bytes(4 << 20), b"\1" * (5 << 20)
    kept.keep(old)
    over = Event()

    def read_on() -> set[bytes]:
        seen = set()
        while not over.is_set():
            seen.add(kept.read())
        return seen

    with ThreadPoolExecutor() as threads:
        reader = threads.submit(read_on)
        for content in (new, old) * 3:
            kept.keep(content)
        over.set()

    # the bucket of the tests, unlike a real one, may tell of an object that it is just replacing
    torn = {b""} if kept.originals.where.startswith("s3") else set()
    assert reader.result() - torn <= {old, new}
    assert kept.read() == old


def test_it_never_holds_a_large_file_in_memory(kept: Kept) -> None:
    class Large(io.BytesIO):
        left = 24

        def read(self, size: int | None = -1) -> bytes:
            self.left -= 1
            return bytes(1 << 20) if self.left >= 0 else b""

    kept.keep()  # so that what a library loads once is loaded
    tracemalloc.start()
    try:
        kept.originals.keep(ALICE, SOURCE, Large(), MOST)
        with kept.originals.opened(KEY) as path:
            assert path.stat().st_size == 24 << 20
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 6 << 20


def test_it_says_what_is_missing_and_forgets_it_without_a_fault(kept: Kept) -> None:
    kept.keep()
    kept.originals.forget(KEY)
    kept.originals.forget(KEY)

    assert kept.names() == set()
    with pytest.raises(OriginalMissing, match="add the file again"):
        kept.read()


@pytest.mark.parametrize(
    "key",
    ["../x", f"../{KEY}", f"{KEY}/..", f"/{KEY}", KEY.upper().replace("0", "A"), f"{KEY}\n", ""],
)
def test_it_refuses_keys_that_are_not_its_own(kept: Kept, key: str) -> None:
    with pytest.raises(ValueError, match="not the key of an original"):
        kept.read(key)
    with pytest.raises(ValueError, match="not the key of an original"):
        kept.originals.forget(key)


def test_it_checks_itself_and_leaves_no_trace(kept: Kept) -> None:
    kept.originals.check()

    assert kept.names() == set()


def test_it_moves_from_a_folder_to_a_bucket_and_back(
    in_folder: Kept, in_bucket: Kept, tmp_path: Path
) -> None:
    keys = {in_folder.keep(b"bicycles"), in_folder.keep(b"bread", BOB)}
    (tmp_path / "originals" / ALICE.hex / "notes.txt").write_text("the operator's")

    assert in_folder.originals.copy_to(in_bucket.originals) == 2
    assert in_bucket.names() == keys
    back = Originals(tmp_path / "restored")
    assert in_bucket.originals.copy_to(back) == 2
    with back.opened(f"{BOB.hex}/{SOURCE.hex}") as path:
        assert path.read_bytes() == b"bread"


def test_it_lends_from_a_bucket_a_copy_that_goes_when_the_reader_goes(in_bucket: Kept) -> None:
    in_bucket.keep()

    with suppress(ZeroDivisionError), in_bucket.originals.opened(KEY) as path:
        assert path.read_bytes() == TEXT
        raise ZeroDivisionError
    assert not path.exists()
    assert in_bucket.names() == {KEY}


def test_a_process_and_its_children_never_get_each_others_files(
    in_bucket: Kept, storage: Storage
) -> None:
    where = json.dumps([storage.url(in_bucket.where), storage.key_id, storage.secret])

    assert subprocess.run([sys.executable, "-c", FAMILY, where], cwd=ROOT).returncode == 0
    assert in_bucket.names() == set()


FAMILY = """
import io, json, os, sys, uuid
from pathlib import Path
from ragwidget.library.originals import Originals

originals = Originals(Path("nowhere"), *json.loads(sys.argv[1]))

def work():
    me = uuid.uuid4()
    for round in range(5):
        content = me.bytes * 20_000
        key = originals.keep(me, uuid.uuid4(), io.BytesIO(content), 1 << 20).key
        with originals.opened(key) as path:
            assert path.read_bytes() == content
        originals.forget(key)

assert "boto3" not in sys.modules  # most houses have a folder and no use for it
originals.check()  # makes a connection that the children must not use
children = []
for _ in range(2):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    children.append(child)
work()
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.parametrize(
    ("secret", "bucket_name", "why"),
    [("a wrong secret", "originals", "SignatureDoesNotMatch"), ("", "nobodys", "AccessDenied")],
)
def test_it_is_unreachable_where_it_may_not_go(
    storage: Storage, in_bucket: Kept, secret: str, bucket_name: str, why: str
) -> None:
    in_bucket.keep()
    originals = storage.originals(bucket=bucket_name, secret=secret)

    for reason in refused_in_every_way(originals):
        assert why in reason
        assert storage.secret not in reason


@pytest.mark.usefixtures("hasty")
def test_it_is_unreachable_when_the_server_is_down_or_silent(storage: Storage) -> None:
    for reason in refused_in_every_way(storage.originals(port=free_port())):
        assert "Could not connect" in reason

    with create_server(("127.0.0.1", 0)) as silent:
        mute = storage.originals(port=silent.getsockname()[1])
        with pytest.raises(OriginalsUnreachable) as refused:
            mute.forget(KEY)
        assert "timeout" in refused.value.reason


def test_it_is_unreachable_at_an_address_that_is_none(storage: Storage) -> None:
    for reason in refused_in_every_way(storage.originals(bucket="No Bucket")):
        assert "Invalid bucket name" in reason
    underscored = Originals(Path("nowhere"), "s3://originals?endpoint=http://a_b:9000", "k", "s")
    with pytest.raises(OriginalsUnreachable) as refused:
        underscored.check()
    assert "Invalid endpoint" in refused.value.reason


def test_it_is_unreachable_when_the_folder_is_no_folder_or_gone(tmp_path: Path) -> None:
    in_the_way = tmp_path / "in the way"
    in_the_way.write_text("a file")

    assert len(refused_in_every_way(Originals(in_the_way))) == 5
    with pytest.raises(OriginalsUnreachable), Originals(tmp_path / "unmounted").opened(KEY):
        pass


@pytest.mark.usefixtures("hasty")
def test_it_shows_nothing_of_what_broke_on_its_way_there(storage: Storage, in_bucket: Kept) -> None:
    with bad_line(storage.port, up=1 << 20) as port:
        originals = storage.originals(in_bucket.where, port=port)
        with pytest.raises(OriginalsUnreachable):
            originals.keep(ALICE, SOURCE, io.BytesIO(os.urandom(8 << 20)), MOST)

    assert in_bucket.names() == set()


@pytest.mark.usefixtures("hasty")
def test_it_lends_nothing_that_broke_on_its_way_back(storage: Storage, in_bucket: Kept) -> None:
    in_bucket.keep(os.urandom(8 << 20))

    with bad_line(storage.port, down=1 << 20) as port:
        cut = storage.originals(in_bucket.where, port=port)
        with pytest.raises(OriginalsUnreachable), cut.opened(KEY):
            pytest.fail("half a file was lent")

    assert in_bucket.names() == {KEY}


def test_it_sends_a_file_again_when_the_line_broke_once(storage: Storage, in_bucket: Kept) -> None:
    content = os.urandom(8 << 20)

    with bad_line(storage.port, up=1 << 20, mends=True) as port:
        originals = storage.originals(in_bucket.where, port=port)
        originals.keep(ALICE, SOURCE, io.BytesIO(content), MOST)

    assert in_bucket.read() == content


@pytest.mark.usefixtures("hasty")
def test_an_owner_hears_that_the_storage_is_away_and_nothing_half_done_is_left(
    make_house: Callable[..., Flask], storage: Storage
) -> None:
    app = make_house()
    app.extensions["originals"] = storage.originals(port=free_port())
    client = sign_in(app, "alice@example.org")
    with app.app_context():
        sources = f"/dashboard/chatbots/{owner('alice@example.org').chatbot_id}/sources"

    answer = client.post(
        sources,
        data={
            "files": (io.BytesIO(TEXT), "gulls.md"),
            "csrf_token": csrf_of(client, sources),
        },
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == 503
    assert "We can't reach our storage" in answer.text
    with app.app_context():
        files = select(func.count()).select_from(Source).where(Source.kind == "file")
        assert db.session.scalar(files) == 0


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("/srv/originals", "does not begin with s3://"),
        ("https://storage.example.org/originals", "does not begin with s3://"),
        ("s3:///prefix", "name of a bucket"),
        ("s3://[hidden", "no address"),
        ("s3://originals?endpoint=http://[::1", "no address"),
        ("s3://key:hidden@originals", "ORIGINALS_SECRET"),
        ("s3://originals?endpoint=https://key:hidden@storage.example.org", "ORIGINALS_SECRET"),
        ("s3://originals?endpoint=storage.example.org", "its endpoint"),
        ("s3://originals?zone=eu", "only endpoint and region"),
    ],
)
def test_it_says_what_is_wrong_with_an_address_without_its_secret(url: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=why) as refused:
        Originals(Path("nowhere"), url, "key", "hidden")
    assert "hidden" not in str(refused.value)


def test_it_wants_a_key_and_its_secret_together() -> None:
    with pytest.raises(Misconfigured, match="go together"):
        Originals(Path("nowhere"), "s3://originals", "key", "")


def refused_in_every_way(originals: Originals) -> list[str]:
    """Ask for everything there is, and return the reasons why it was refused."""
    reasons = []
    for ask in (
        lambda: originals.keep(ALICE, SOURCE, io.BytesIO(TEXT), MOST),
        lambda: originals.opened(KEY).__enter__(),
        lambda: originals.forget(KEY),
        lambda: originals.copy_to(originals),
        originals.check,
    ):
        with pytest.raises(OriginalsUnreachable, match="can't reach our storage") as refused:
            ask()
        assert refused.value.status == 503
        assert refused.value.reason not in json.dumps(refused.value.body())
        reasons.append(refused.value.reason)
    return reasons
