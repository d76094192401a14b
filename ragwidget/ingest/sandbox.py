"""Reading in a process of its own, which may fail, hang or swell without taking ours along."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from .cleaning import clean, squeeze
from .document import Limits, Piece, Progress, Summary, Unreadable

log = logging.getLogger(__name__)

_ROOT = Path(__file__).parents[2]
_TOO_LONG = (
    "timed_out",
    "Reading the file took too long. Split it into smaller files and add those.",
)
_TOO_BIG = (
    "too_large",
    "The file is too large to read. Split it into smaller files and add those.",
)
_BROKE = (
    "damaged",
    "The file can't be read: it is damaged, or not what it seems to be. Open it in the program "
    "that made it, save it again and add the new copy.",
)


def extract(
    file: IO[bytes], name: str, kind: str | None, limits: Limits, on_progress: Progress
) -> tuple[Summary, list[Piece]]:
    """Return what is in an open file, or raise `Unreadable`, within the limits in every case.

    `kind` is given when it is known beforehand, else the content decides.
    """
    pieces: list[Piece] = []
    with _child(file, name, kind, limits) as (process, late):
        for what, value in _messages(process.stdout, limits):
            if summary := _take(what, value, pieces, on_progress):
                return summary, pieces
        raise _reason(process, late)


def _take(
    what: object, value: object, pieces: list[Piece], on_progress: Progress
) -> Summary | None:
    """Act on one message, as far as it makes sense; return the summary when it is the last."""
    match what, value:
        case "progress", [int(done), int() | None as total]:
            on_progress(done, total)
        case "piece", [str(heading), int() | None as page, str(text)]:
            pieces.append(Piece(len(pieces), squeeze(clean(heading)), page, clean(text)))
        case "end", [str(kind), str() | None as title, int() | None as page_count]:
            return Summary(kind, squeeze(clean(title or ""))[:200] or None, page_count)
        case "error", [str(code), str(message), str(detail)]:
            log.info("unreadable file: %s %s", code, detail.partition("(")[0])
            raise Unreadable(code, message)
        case _:
            raise Unreadable(*_BROKE)
    return None


@contextlib.contextmanager
def _child(
    file: IO[bytes], name: str, kind: str | None, limits: Limits
) -> Iterator[tuple[subprocess.Popen[bytes], threading.Event]]:
    """Start the reading process, and leave nothing of it behind."""
    order = json.dumps({"name": name, "kind": kind, "limits": asdict(limits)})
    # The environment is ours to choose: a hostile file that takes the process over finds no secret.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-s", "-P", "-m", "ragwidget.ingest.child", order],
        stdin=file,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(_ROOT), "LANG": "C.UTF-8"},
        start_new_session=True,
    )
    late = threading.Event()

    def stop() -> None:
        late.set()
        _kill(process)

    alarm = threading.Timer(limits.max_seconds, stop)
    alarm.daemon = True
    alarm.start()
    try:
        yield process, late
    finally:
        alarm.cancel()
        _kill(process)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:  # not waited for yet, so the number is still its own
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _messages(lines: IO[bytes] | None, limits: Limits) -> Iterator[tuple[str, Any]]:
    """Yield what the child says, as far as it is credible."""
    assert lines is not None
    # JSON spells a character in at most twelve bytes; headings come again with every piece.
    left = 10_000_000 + 24 * limits.max_chars
    while line := lines.readline(left):
        left -= len(line)
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise Unreadable(*(_BROKE if left else _TOO_BIG)) from None
        if not (isinstance(message, list) and len(message) == 2):
            raise Unreadable(*_BROKE)
        yield message[0], message[1]
        if left <= 0:
            raise Unreadable(*_TOO_BIG)


def _reason(process: subprocess.Popen[bytes], late: threading.Event) -> Unreadable:
    """Say why the child fell silent before the end."""
    code = process.wait()
    log.warning("the reading process ended with %s", code)
    if late.is_set() or code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return Unreadable(*_TOO_LONG)
    return Unreadable(*_BROKE)
