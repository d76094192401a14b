"""Keys that organizations bring: sealed, written only, and one client for each in a process."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cast import Owner
from flask import Flask
from gemini_emulator import Emulator
from sqlalchemy import select, update

from ragwidget import clients, doctor, gemini_keys
from ragwidget.clients import Clients
from ragwidget.crypto.sealing import Seals
from ragwidget.extensions import db
from ragwidget.models import Organization

ALICES_KEY = "emulator-key-of-alice-0123456789"
BOBS_KEY = "emulator-key-of-bob-0123456789"
OURS = "emulator-key-of-the-installation"


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(autouse=True)
def closed(app: Flask) -> Iterator[None]:
    yield
    if registry := app.extensions.get("gemini"):
        registry.close()


def bring(app: Flask, owner: Owner, key: str) -> None:
    with app.app_context():
        gemini_keys.keep(owner.organization_id, key)


def sealed(app: Flask, owner: Owner) -> str | None:
    with app.app_context():
        return db.session.scalar(
            select(Organization.gemini_key).filter_by(id=owner.organization_id)
        )


def key_for(app: Flask, owner: Owner) -> str | None:
    service = gemini_keys.gemini_for(app, owner.organization_id)
    return service.options.key if service else None


def test_an_organizations_own_key_goes_before_the_installations(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    assert key_for(app, alice) is None
    app.config["GEMINI_API_KEY"] = OURS
    bring(app, alice, ALICES_KEY)

    assert key_for(app, alice) == ALICES_KEY
    assert key_for(app, bob) == OURS
    with app.app_context():
        gemini_keys.forget(alice.organization_id)
    assert key_for(app, alice) == OURS


def test_the_database_holds_nothing_of_a_key(app: Flask, alice: Owner) -> None:
    bring(app, alice, ALICES_KEY)

    kept = sealed(app, alice)

    assert kept
    assert ALICES_KEY not in kept
    assert ALICES_KEY[:8] not in kept
    bring(app, alice, ALICES_KEY)
    assert sealed(app, alice) != kept  # the same key twice does not look the same


def test_a_sealed_key_opens_for_its_own_organization_only(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    app.config["GEMINI_API_KEY"] = OURS
    bring(app, alice, ALICES_KEY)
    with app.app_context():
        db.session.execute(
            update(Organization)
            .where(Organization.id == bob.organization_id)
            .values(gemini_key=sealed(app, alice))
        )
        db.session.commit()

    assert key_for(app, bob) is None  # and nobody else's steps in
    assert gemini_keys.fingerprint(app, bob.organization_id) is None
    assert not gemini_keys.standing(app, bob.organization_id).readable
    copied = f"{bob.organization_id.hex}.{sealed(app, alice)}"
    assert gemini_keys.gemini_with(app, copied) is None


def test_a_new_secret_still_opens_it_and_a_lost_one_asks_for_it_again(
    app: Flask, alice: Owner
) -> None:
    bring(app, alice, ALICES_KEY)
    before = gemini_keys.fingerprint(app, alice.organization_id)
    app.config["OLD_SECRET_KEYS"] = (app.config["SECRET_KEY"],)
    app.config["SECRET_KEY"] = "a newer secret"

    assert key_for(app, alice) == ALICES_KEY
    assert gemini_keys.fingerprint(app, alice.organization_id) == before
    since = gemini_keys.standing(app, alice.organization_id).since
    assert since
    assert abs(datetime.now(UTC) - since) < timedelta(minutes=1)

    app.config["OLD_SECRET_KEYS"] = ()
    assert key_for(app, alice) is None
    standing = gemini_keys.standing(app, alice.organization_id)
    assert (standing.own, standing.readable, standing.usable) == (True, False, False)
    bring(app, alice, ALICES_KEY)
    assert key_for(app, alice) == ALICES_KEY


def test_what_must_still_be_deleted_keeps_the_key_it_was_made_with(
    app: Flask, alice: Owner
) -> None:
    app.config["GEMINI_API_KEY"] = OURS
    assert gemini_keys.sealed_key(app, alice.organization_id) is None
    bring(app, alice, ALICES_KEY)
    kept = gemini_keys.sealed_key(app, alice.organization_id)
    assert kept
    assert ALICES_KEY not in kept
    with app.app_context():
        gemini_keys.forget(alice.organization_id)

    def opened(sealed_key: str | None) -> str | None:
        service = gemini_keys.gemini_with(app, sealed_key)
        return service.options.key if service else None

    assert opened(kept) == ALICES_KEY
    assert opened(None) == OURS
    for odd in ("", ".", "nobody.nothing", kept[:-4], f"{UUID(int=0).hex}.{kept[33:]}", "é.é"):
        assert opened(odd) is None


def test_a_fingerprint_tells_keys_apart_and_nothing_else(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    app.config["GEMINI_API_KEY"] = OURS
    bring(app, alice, ALICES_KEY)

    hers, ours = (gemini_keys.fingerprint(app, one.organization_id) for one in (alice, bob))

    assert hers
    assert ours
    assert hers != ours
    assert len(hers) <= 32
    assert not any(hers in key or key in hers for key in (ALICES_KEY, OURS))
    bring(app, bob, ALICES_KEY)
    assert gemini_keys.fingerprint(app, bob.organization_id) == hers


@pytest.mark.parametrize(
    ("key", "shaped"),
    [
        ("AIzaSy" + "x" * 33, True),
        ("x" * 20, True),
        ("x" * 200, True),
        ("x" * 19, False),
        ("x" * 201, False),
        ("x" * 20 + " x", False),
        ("x" * 20 + "\n", False),
        ("é" * 30, False),
        ("", False),
    ],
)
def test_it_knows_what_can_not_be_a_key(key: str, shaped: bool) -> None:
    assert gemini_keys.is_shaped(key) == shaped


def test_a_key_is_tried_at_the_real_door(app: Flask) -> None:
    with Emulator() as emulator:
        app.config["GEMINI_BASE_URL"] = emulator.url
        wrong = gemini_keys.trouble_with(app, "some-other-key-0123456789")

        assert gemini_keys.trouble_with(app, ALICES_KEY) is None
        assert wrong
        assert wrong.code == "engine_key"
        emulator.scenario("overloaded")
        busy = gemini_keys.trouble_with(app, ALICES_KEY)
        assert busy
        assert busy.code == "engine_down"
    gone = gemini_keys.trouble_with(app, ALICES_KEY)
    assert gone
    assert gone.code == "engine_unreachable"


def test_doctor_tells_whether_the_installations_key_works(app: Flask) -> None:
    def told() -> list[tuple[str, str, str]]:
        found = list(doctor._engine(app))
        return [(finding.subject, finding.state, finding.sentence) for finding in found]

    assert told() == [
        ("engine", "ok", "Answers come from the embedded engine; no key is needed."),
    ]
    app.config["GEMINI_API_KEY"] = OURS
    with Emulator() as emulator:
        app.config["GEMINI_BASE_URL"] = emulator.url
        assert told() == [
            (
                "engine",
                "ok",
                "Gemini accepts the key; chatbots that choose no model use gemini-3.8-flash.",
            ),
        ]
        emulator.scenario("bad_key")
        [(_, state, sentence)] = told()
        assert state == "bad"
        assert "does not accept the API key" in sentence
        assert OURS not in sentence
        emulator.calm()
        app.config["GEMINI_MODEL"] = "gemini-9-pro"
        assert told()[1] == (
            "prices",
            "note",
            "PRICES has none for gemini-9-pro: its cost is not known.",
        )


def test_one_client_serves_a_key_for_all_threads_and_organizations(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    app.config["GEMINI_API_KEY"] = OURS
    together = threading.Barrier(16)

    def fetch(number: int) -> Any:
        together.wait()
        return gemini_keys.gemini_for(app, (alice, bob)[number % 2].organization_id)

    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(fetch, range(16)))

    assert len(found) == 1
    bring(app, alice, ALICES_KEY)
    assert gemini_keys.gemini_for(app, alice.organization_id) not in found


class Telephone:
    """A client that knows whether somebody hung it up."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_it_hangs_up_what_was_long_unused_and_nothing_else(monkeypatch: Any) -> None:
    moment = 1000.0
    monkeypatch.setattr(clients.time, "monotonic", lambda: moment)
    registry = Clients(Telephone)
    first = [registry.get(number) for number in range(clients.MOST + 10)]
    assert not any(one.closed for one in first)  # too many, and all at work

    moment += clients.IDLE_SECONDS - 1
    assert registry.get(0) is first[0]
    moment += 2
    registry.get(1000)

    assert [one.number for one in first if one.closed] == list(range(1, 12))
    assert registry.get(5) is not first[5]
    registry.close()
    assert all(one.closed for one in first)


def in_child(registry: Clients[int, Telephone], parents: Telephone, told: Any) -> None:
    own = registry.get(1)
    told.send((own is parents, parents.closed, own.closed))


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_process_never_speaks_on_its_parents_line() -> None:
    registry = Clients(Telephone)
    parents = registry.get(1)
    hear, told = multiprocessing.Pipe(duplex=False)
    with registry._lock:  # another thread is at it in the very moment of the fork
        pid = os.fork()
        if pid == 0:
            in_child(registry, parents, told)
            os._exit(0)
    try:
        assert hear.poll(10), "the child waits for a lock that nobody will open"
        assert hear.recv() == (False, False, False)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    assert registry.get(1) is parents


def test_what_is_sealed_is_sealed_for_one_purpose() -> None:
    seals = Seals(("secret",))
    sealed = seals.seal("a text", "one")

    assert seals.unseal(sealed, "one") == "a text"
    assert seals.unseal(sealed, "two") is None
    assert seals.sealed_at(sealed, "two") is None
    assert Seals(("newer", "secret")).unseal(sealed, "one") == "a text"
    assert Seals(("newer",)).unseal(sealed, "one") is None
    for broken in ("", "x", "é", sealed[:-3], sealed.replace("g", "h", 1)):
        assert seals.unseal(broken, "one") is None
