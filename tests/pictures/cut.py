"""Cut the README's pictures out of what the browser tests saw, in few colours."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
SEEN = HERE.parent / "screenshots"
HEIGHT = 860  # of a screen
COLOURS = 200
PICTURES = {
    "widget": "widget-answer",
    "overview": "overview-desktop-light",
    "insights": "insights-desktop-light",
    "conversations": "conversations-ticked-desktop-light",
    "inbox": "inbox-request-desktop-light",
    "sources": "sources-desktop-light",
}


def main() -> None:
    for name, seen in PICTURES.items():
        with Image.open(SEEN / f"{seen}.png") as picture:
            upper = picture.convert("RGB").crop((0, 0, picture.width, min(picture.height, HEIGHT)))
        upper.quantize(COLOURS, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
