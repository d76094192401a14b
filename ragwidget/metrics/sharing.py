"""One folder in which all processes of a machine count, so that each of them can tell for all."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from ragwidget import config

_shared: tuple[Path, int] | None = None


def share(instance: str) -> None:
    """Count together with whoever else serves this instance on this machine, from here on.

    Whoever comes when nobody else is there begins anew. A lock that ends with its holder tells
    who is there, so that no crash leaves a wrong sign.
    """
    global _shared
    if _shared is not None:
        return
    # machines may share the instance; each of them is asked for itself
    folder = Path(instance) / "metrics" / socket.gethostname()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    if _alone(lock):
        for kept in folder.glob("*.db"):
            kept.unlink()
    fcntl.flock(lock, fcntl.LOCK_SH)
    config.tell_library("PROMETHEUS_MULTIPROC_DIR", str(folder))
    values.ValueClass = values.MultiProcessValue()
    _shared = folder, lock


def folder() -> Path | None:
    """Return where processes count together, None where each counts for itself."""
    return _shared[0] if _shared else None


def living() -> list[int]:
    """Return the processes that count here and live; what the others had open is forgotten."""
    if _shared is None:
        return [os.getpid()]
    folder, _ = _shared
    pids = {path.stem.rpartition("_")[2] for path in folder.glob("*.db")}
    lives = {pid: _lives(int(pid)) for pid in pids if pid.isdecimal()}
    for pid, alive in lives.items():
        if not alive:
            mark_process_dead(int(pid), str(folder))
    return sorted(int(pid) for pid, alive in lives.items() if alive)


def _alone(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
