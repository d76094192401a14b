"""How the model speaks: Gemini's rhythm, each piece stamped with the moment it was said."""

from __future__ import annotations

import os
import re
import time

FIRST_SECONDS = 0.05
CHUNK_SECONDS = 0.25
WORDS = "the marzipan bicycle opens at nine "
CHUNKS = int(os.environ.get("BENCH_CHUNKS", "40"))  # ten seconds

STAMP = re.compile(rb"@(\d+\.\d{6})")


def stamped() -> str:
    """Return the next words; the clock is the same in all processes of a machine."""
    return f"@{time.monotonic():.6f} {WORDS}"
