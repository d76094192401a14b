"""How much a visitor's browser downloads, in bytes as sent with Brotli."""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ragwidget.web.assets import build  # noqa: E402

BUDGETS = {"widget.js": 1_200, "open chat": 12_000}


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        build(ROOT / "static", Path(folder))
        served = Path(folder) / "served"
        loader = (served / "widget.js.br").stat().st_size
        [panel] = served.glob("assets/widget.*.js.br")
        sizes = {"widget.js": loader, "open chat": loader + panel.stat().st_size}
    for name, budget in BUDGETS.items():
        verdict = "" if sizes[name] <= budget else "  TOO BIG"
        print(f"{name:12} {sizes[name]:>7,} B br   budget {budget:>7,} B{verdict}")
    return int(any(sizes[name] > budget for name, budget in BUDGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
