"""Serve the emulator: `python -m gemini_emulator [--port 8900]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import threading

from . import KEY
from .server import Server


async def _serve(port: int, *, tethered: bool) -> None:
    listening = await Server().listen(port)
    address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    if tethered:
        print(json.dumps({"url": address}), flush=True)
    else:
        print(
            f"The Gemini File Search emulator serves on {address}. Point RagWidget at it with\n\n"
            f"  export RAGWIDGET_GEMINI_BASE_URL={address}\n"
            f"  export RAGWIDGET_GEMINI_API_KEY={KEY}\n"
            "  export NO_PROXY=127.0.0.1\n\n"
            "Stop it with Ctrl-C; it forgets everything.",
            flush=True,
        )
    async with listening:
        await listening.serve_forever()


def _end_with_parent() -> None:
    """Leave when whoever holds the other end of standard input is gone."""
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(prog="gemini_emulator", description=__doc__)
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument(
        "--tethered", action="store_true", help="say the address in JSON, end with standard input"
    )
    arguments = parser.parse_args()
    if arguments.tethered:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        asyncio.run(_serve(arguments.port, tethered=arguments.tethered))
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main()
