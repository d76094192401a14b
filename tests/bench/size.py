"""How much a visitor's browser downloads, in bytes as sent with Brotli: the gates must hold."""

import sys
import tempfile
from pathlib import Path

import brotli

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from ragwidget.web.assets import build  # noqa: E402

GATES = {"widget.js": 2_000, "open chat": 14_000}
TARGETS = {"widget.js": 1_200, "open chat": 12_000}
# Launcher and chat of others, Brotli 11, measured from their packages in November 2026.
PEERS = {
    "deep-chat 2.4.2 (no launcher)": 91_900,
    "@typebot.io/js 0.10.7": 164_200,
    "anythingllm-embed 72aabbd": 175_800,
    "flowise-embed 3.1.6": 242_000,
    "@n8n/chat 1.37.0": 480_900,
    "chainlit copilot 2.12.0": 1_951_200,
}


def main() -> int:
    words = len(brotli.compress((ROOT / "static/widget/words/en.json").read_bytes()))
    with tempfile.TemporaryDirectory() as folder:
        build(ROOT / "static", Path(folder))
        served = Path(folder) / "served"
        loader = (served / "widget.js.br").stat().st_size
        panel, said, more = (
            next(served.glob(f"assets/{name}.*.js.br")).stat().st_size
            for name in ("widget", "widget-said", "widget-more")
        )
    sizes = {"widget.js": loader, "open chat": loader + panel + words}
    answered = sizes["open chat"] + said
    for name, size in sizes.items():
        verdict = "pass" if size <= GATES[name] else "FAIL"
        print(
            f"{name:29} {size:>9,} B br   gate {GATES[name]:>6,} B  {verdict}"
            f"   target {TARGETS[name]:>6,} B  {size - TARGETS[name]:+,} B"
        )
    print(f"{'of which words, in English':29} {words:>9,} B br   in the answer with the settings")
    print(f"{'with a first answer':29} {answered:>9,} B br   {said:,} B of it come with a question")
    print(f"{'fetched on use, in one piece':29} {more:>9,} B br")
    for name, size in PEERS.items():
        print(f"{name:29} {size:>9,} B br   {size / answered:.0f} times a chat with an answer")
    return int(any(size > GATES[name] for name, size in sizes.items()))


if __name__ == "__main__":
    sys.exit(main())
