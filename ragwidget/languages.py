"""The widget's words in the languages it speaks, and which of these a page gets."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

LANGUAGES = {  # by the names that their speakers give them
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "nl": "Nederlands",
    "pl": "Polski",
    "tr": "Türkçe",
    "ar": "العربية",
    "he": "עברית",
    "hi": "हिन्दी",
    "ja": "日本語",
    "ko": "한국어",
    "zh": "简体中文",
}
DEFAULT = "en"
_LEFTWARD = {"ar", "he"}
_OLD_NAMES = {"iw": "he", "cmn": "zh"}
_WORDS = Path(__file__).parents[1] / "static" / "widget" / "words"


def choose(*wishes: str | None) -> str:
    """Return the language of the first wish that we speak; a wish is a BCP 47 tag, or anything.

    >>> choose("sv", "zh-Hant-TW", "de"), choose("de_AT"), choose("iw"), choose("", "../de", None)
    ('zh', 'de', 'he', 'en')
    """
    for wish in wishes:
        primary = (wish or "").replace("_", "-").partition("-")[0].lower()
        language = _OLD_NAMES.get(primary, primary)
        if language in LANGUAGES:
            return language
    return DEFAULT


def direction(language: str) -> str:
    """Return the way a language is written, as HTML's `dir` spells it."""
    return "rtl" if language in _LEFTWARD else "ltr"


def words(language: str) -> dict[str, str]:
    """Return the words of every open chat; do not change them."""
    return _read(f"{language}.json")


def more_words(language: str) -> dict[str, str]:
    """Return the words of what is fetched on use; do not change them."""
    return _read(f"more/{language}.json")


def more_words_asset(language: str) -> str:
    """Return the name in `static/` of the file with `more_words`."""
    return f"widget/words/more/{language}.json"


@cache
def _read(name: str) -> dict[str, str]:
    read: dict[str, str] = json.loads((_WORDS / name).read_text(encoding="utf-8"))
    return read
