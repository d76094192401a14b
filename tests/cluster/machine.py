"""One program of the cluster, in a process group of its own, with its log."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


class Machine:
    """What would be a machine elsewhere; `port` is where it listens, if it does."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        port: int = 0,
    ) -> None:
        self.name = name
        self.port = port
        self.log = log
        self._command = command
        self._environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self) -> None:
        """Start it, also once more."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C is for us to hear
            )

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def wait(self, ready: Callable[[], bool], patience: float = 60.0) -> None:
        """Wait until it is ready."""
        until = time.monotonic() + patience
        while not ready():
            if not self.running or time.monotonic() > until:
                raise RuntimeError(f"{self.name} did not start:\n{self.said()}")
            time.sleep(0.05)

    def said(self, most: int = 3000) -> str:
        """Return the end of its log."""
        return self.log.read_text()[-most:]

    def kill(self) -> None:
        """End it at once, as a machine does that loses power."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        """Ask it to end, and wait until it did."""
        if self.running:
            self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
