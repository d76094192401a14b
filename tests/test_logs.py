"""What the operator reads: one event a line, with the request's id, and nobody's secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from ragwidget import logs
import structlog

logs.configure("INFO", "{style}")

def sign_in(password):
    raise ValueError("a fault")

try:
    sign_in("hunter" + "2" * 3)
except ValueError:
    structlog.get_logger("ragwidget.test").exception("it broke", path="/sign-in")
"""


def logged(style: str) -> str:
    """Return what a program of ours logs when it breaks."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(style=style)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    ).stderr


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_fault_is_logged_by_its_kind_and_its_place(style: str) -> None:
    log = logged(style)

    assert "it broke" in log
    assert "ValueError" in log
    assert "in sign_in" in log
    assert "a fault" not in log  # it could as well be what somebody typed
    assert "hunter222" not in log


def test_json_logs_are_one_object_a_line() -> None:
    (line,) = logged("json").splitlines()

    event = json.loads(line)
    assert (event["event"], event["level"], event["path"]) == ("it broke", "error", "/sign-in")
