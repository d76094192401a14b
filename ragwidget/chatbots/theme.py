"""How a chatbot's widget looks: what an owner may choose, and what becomes of it in CSS."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

FONTS = {
    "system": "system-ui, sans-serif",
    "serif": "ui-serif, Georgia, serif",
    "mono": "ui-monospace, Menlo, Consolas, monospace",
}
DENSITIES = {"compact": "0.75", "normal": "1", "roomy": "1.25"}
SIZES = {"small": ("340px", "520px"), "normal": ("400px", "640px"), "large": ("480px", "760px")}
SCHEMES = {"auto": "light dark", "light": "light", "dark": "dark"}
ICONS = {
    "bubble": "M12 4c5 0 9 3.2 9 7.5S17 19 12 19c-1 0-2-.1-2.9-.4L4 20.5l1.3-3.7C3.8 15.4 3 13.5 3 "
    "11.5 3 7.2 7 4 12 4z",
    "question": "M8 8.7a4.1 4.1 0 1 1 6.6 3.3c-1.5 1.1-2.6 1.8-2.6 3.5M12 19.5h.01",
    "spark": "M11 3l2 6.5 6.5 2.5-6.5 2.5-2 6.5-2-6.5L2.5 12 9 9.5zM19 3v4M17 5h4",
    "book": "M12 6c-2-1.5-5-2-8.5-1.5v13c3.5-.5 6.5 0 8.5 1.5 2-1.5 5-2 8.5-1.5v-13C17 4 "
    "14 4.5 12 6zv13",
    "headset": "M4 15v-3a8 8 0 0 1 16 0v3M4 14h3v5H6l-2-2zm16 0h-3v5h1l2-2z",
}
LAUNCHER = {"accent", "icon", "layer", "position", "x", "y"}
MOST_LAYER = 2**31 - 1
_FAMILY = re.compile(r"[^\W_][\w '-]{0,59}")


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError("write it like #4f46e5")
    return text.lower()


def _colour_if_any(text: str) -> str:
    return _colour(text) if text else ""


def _font(text: str) -> str:
    if not _FAMILY.fullmatch(text):
        raise ValueError(
            "write system, serif, mono, or the name of a font that your pages have, such as Inter"
        )
    return text


def _sign(text: str) -> str:
    if drawn(text) > 2:
        raise ValueError("two characters or emoji are the most that fit")
    return text


def _icon(text: str) -> str:
    return text if text in ICONS else _sign(text)


def drawn(text: str) -> int:
    """Return how many signs a text is drawn as: emoji are made of several characters.

    >>> drawn("AI"), drawn("👋🏽"), drawn("👩‍🚀"), drawn("é"), drawn("Chat")
    (2, 1, 1, 1, 4)
    """
    bare = re.sub("\u200d.", "", text)
    bare = re.sub("[\U0001f1e6-\U0001f1ff]{2}", "⚑", bare)
    return sum(unicodedata.category(sign) not in {"Mn", "Me", "Cf", "Sk"} for sign in bare)


Colour = Annotated[str, AfterValidator(_colour)]
Pixels = Annotated[int, Field(ge=0, le=200)]


class Theme(BaseModel):
    """What an owner chose; where nothing was chosen, the default."""

    model_config = ConfigDict(frozen=True)

    accent: Colour = "#4f46e5"
    background: Annotated[str, AfterValidator(_colour_if_any)] = ""
    scheme: Literal["auto", "light", "dark"] = "auto"
    position: Literal["right", "left"] = "right"
    radius: Annotated[int, Field(ge=0, le=28)] = 16
    font: Annotated[str, AfterValidator(_font)] = "system"
    density: Literal["compact", "normal", "roomy"] = "normal"
    offset_x: Pixels = 20
    offset_y: Pixels = 20
    layer: Annotated[int, Field(ge=1, le=MOST_LAYER)] = 99_999
    icon: Annotated[str, Field(max_length=16), AfterValidator(_icon)] = "bubble"
    avatar: Annotated[str, Field(max_length=16), AfterValidator(_sign)] = ""
    size: Literal["small", "normal", "large"] = "normal"

    def chosen(self) -> dict[str, Any]:
        """Return what differs from the default: what is kept, so that defaults can get better."""
        return {
            name: value
            for name, value in self.model_dump().items()
            if value != type(self).model_fields[name].default
        }

    def spelled(self) -> dict[str, str]:
        """Return what differs from the default as the widget takes it: named and spelled as CSS.

        >>> Theme(accent="#0A7D55", offset_x=8, size="small").spelled()
        {'accent': '#0a7d55', 'x': '8px', 'width': '340px', 'height': '520px'}
        """
        return {
            name: spelling
            for key in self.chosen()
            for name, spelling in self._spell(key, getattr(self, key)).items()
        }

    def of_launcher(self) -> dict[str, str]:
        """Return what the pasted line has to say: its launcher is drawn before we are asked."""
        return {name: value for name, value in self.spelled().items() if name in LAUNCHER}

    @staticmethod
    def _spell(key: str, value: Any) -> dict[str, str]:
        if key == "size":
            return dict(zip(("width", "height"), SIZES[value], strict=True))
        if key in {"radius", "offset_x", "offset_y"}:
            return {key.removeprefix("offset_"): f"{value}px"}
        if key == "font":
            return {key: FONTS.get(value) or f'"{value}", {FONTS["system"]}'}
        tables = {"density": DENSITIES, "scheme": SCHEMES, "icon": ICONS}
        return {key: tables.get(key, {}).get(value, str(value))}


def theme_of(kept: Mapping[str, Any]) -> Theme:
    """Return the look that is kept with a chatbot."""
    return Theme.model_validate(dict(kept))
