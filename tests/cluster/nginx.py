"""nginx with the configuration of production, from a folder of its own and never as a service."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from .machine import Machine

PRODUCTION = Path(__file__).parents[2] / "ragwidget" / "deploy" / "nginx"
# `make nginx` unpacks one beside our packages where the system has none
UNPACKED = Path(sys.prefix) / "nginx" / "usr" / "sbin"


def nginx(folder: Path, port: int, nodes: Iterable[int]) -> Machine:
    """Start nginx on a port of loopback, before the nodes on these ports."""
    folder.mkdir()
    folder.chmod(0o755)  # started by root, its workers are nobody
    shutil.copy(PRODUCTION / "nginx.conf", folder)
    (folder / "listen.conf").write_text(f"listen 127.0.0.1:{port};\n")
    (folder / "nodes.conf").write_text(
        "".join(f"server 127.0.0.1:{node} fail_timeout=2s;\n" for node in nodes)
    )
    return Machine(
        "nginx",
        [_program(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
        folder / "nginx.log",
        port=port,
    )


def _program() -> str:
    places = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/usr/local/sbin", str(UNPACKED)])
    found = shutil.which("nginx", path=places)
    if found is None:
        raise RuntimeError("There is no nginx here: `make nginx` fetches one.")
    return found
