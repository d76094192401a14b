"""How much a visitor's browser downloads, in bytes as sent with Brotli: the gates must hold."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ragwidget.web.assets import build  # noqa: E402

GATES = {"widget.js": 2_000, "open chat": 14_000}
TARGETS = {"widget.js": 1_200, "open chat": 12_000}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        build(ROOT / "static", Path(folder))
        served = Path(folder) / "served"
        loader = (served / "widget.js.br").stat().st_size
        [panel] = served.glob("assets/widget.*.js.br")
        sizes = {"widget.js": loader, "open chat": loader + panel.stat().st_size}
    for name, size in sizes.items():
        verdict = "pass" if size <= GATES[name] else "FAIL"
        print(
            f"{name:10} {size:>7,} B br   gate {GATES[name]:>6,} B  {verdict}"
            f"   target {TARGETS[name]:>6,} B  {size - TARGETS[name]:+,} B"
        )
    return int(any(size > GATES[name] for name, size in sizes.items()))


if __name__ == "__main__":
    sys.exit(main())
