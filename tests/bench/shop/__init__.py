"""The pages of one small shop in the languages of the widget, and what people ask it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Question:
    """A question, perhaps after another, and words of the right answer if the pages have one."""

    text: str
    before: str
    words: str


def languages() -> list[str]:
    """Return the codes of the languages that the shop speaks."""
    return sorted(file.stem for file in HERE.glob("*.md"))


def pages(language: str) -> dict[str, str]:
    """Return the shop's pages as Markdown by their titles."""
    told = (HERE / f"{language}.md").read_text("utf-8").removeprefix("# ").split("\n# ")
    return {page.partition("\n")[0]: f"# {page}" for page in told}


def questions(of: str) -> Iterator[Question]:
    """Yield what people ask the shop in a language, or the guide of the demonstration ("demo")."""
    for line in (HERE / f"{of}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            asked, _, words = line.rpartition("|")
            before, _, text = asked.rpartition(">")
            yield Question(text.strip(), before.strip(), words.strip())
