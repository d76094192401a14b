"""How often the local engine answers what its sources don't say: `python tests/bench/refusing.py`.

A small shop's pages in fifteen languages are asked what they answer and what they don't, as people
ask it: with slips, with one word, going on from an earlier question. Beside it stands SQLite's FTS5
as it comes (porter, OR-ed terms, small words left out, bm25), which quotes its best page if it
finds any. The engine was tuned on all of these.
"""

import argparse
import re
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from shelves import Bench
from shop import Question, languages, pages, questions

from ragwidget.chat.events import Delta
from ragwidget.engines.languages import small_words
from ragwidget.engines.local import LocalEngine
from ragwidget.engines.protocol import Asked, Finish, Said
from ragwidget.engines.words import language_of
from ragwidget.ingest import reader

Answerer = Callable[[Question], str]  # the answer; nothing when it refuses


def baseline(told: dict[str, str]) -> Answerer:
    """Return an answerer that quotes the best page of FTS5 as it comes."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE docs USING fts5(name, text, tokenize=porter)")
    connection.executemany("INSERT INTO docs VALUES (?, ?)", told.items())

    def answer(asked: Question) -> str:
        words = re.findall(r"\w+", f"{asked.before} {asked.text}".lower())
        small = small_words(language_of(asked.text))
        found = connection.execute(
            "SELECT text FROM docs WHERE docs MATCH ? ORDER BY bm25(docs) LIMIT 1",
            [" OR ".join(f'"{word}"' for word in words if word not in small) or '""'],
        ).fetchone()
        return found[0] if found else ""

    return answer


def ours(bench: Bench, told: dict[str, str]) -> Answerer:
    """Return the local engine over the same pages."""
    chatbot = bench.chatbot()
    _, pieces = reader.read_text("Shop", "\n".join(told.values()), reader.Limits())
    bench.shelve(chatbot, "Shop", pieces, kind="text")
    engine = LocalEngine(bench.shelf(chatbot))

    def answer(asked: Question) -> str:
        history = (Said("visitor", asked.before),) if asked.before else ()
        events = list(engine.answer(Asked(asked.text, history=history)))
        refused = any(isinstance(one, Finish) and one.reason == "refused" for one in events)
        return "" if refused else "".join(one.text for one in events if isinstance(one, Delta))

    return answer


def judge(answer: Answerer, language: str) -> Counter[str]:
    """Count what becomes of the questions that the pages answer, and of the others."""
    seen: Counter[str] = Counter()
    for asked in questions(language):
        said = answer(asked)
        if asked.words:
            seen["right" if asked.words in said else "wrong" if said else "refused"] += 1
        else:
            seen["invented" if said else "rightly refused"] += 1
    return seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when it is not better")
    options = parser.parse_args()
    kinds = ("right", "wrong", "refused", "rightly refused", "invented")
    totals: dict[str, Counter[str]] = {"FTS5": Counter(), "local engine": Counter()}
    print(f"{'':18}" + "".join(f"{kind:>17}" for kind in kinds))
    with tempfile.TemporaryDirectory() as folder, Bench.on_sqlite(Path(folder)) as bench:
        for language in languages():
            told = pages(language)
            for name, answer in (("FTS5", baseline(told)), ("local engine", ours(bench, told))):
                seen = judge(answer, language)
                totals[name] += seen
                print(f"{f'{language}, {name}':18}" + "".join(f"{seen[one]:17}" for one in kinds))
    for name, seen in totals.items():
        precision = seen["rightly refused"] / (seen["rightly refused"] + seen["refused"])
        recall = seen["rightly refused"] / (seen["rightly refused"] + seen["invented"])
        print(f"\n{name}: " + ", ".join(f"{seen[one]} {one}" for one in kinds))
        print(f"refusals: precision {precision:.2f}, recall {recall:.2f}")
    plain, mine = totals.values()
    better = mine["right"] > plain["right"] and mine["invented"] < plain["invented"]
    return 1 if options.check and not better else 0


if __name__ == "__main__":
    sys.exit(main())
