"""What a million messages cost: `python tests/bench/database.py [--messages 1000000] [--check]`.

The pages of an owner, the requests of a visitor and one whole turn, each timed through the app
with few messages and with many, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crowd.filling import fill
from bench.crowd.installation import COMMON, LOYAL_VISITOR, RARE, SELDOM, Installation, let_in
from bench.shelves import postgresql_server
from cast import PASSWORD, Visitor, sign_in
from databases import SECRET, let_go, without_care
from flask import Flask
from flask_migrate import upgrade
from scripted import ScriptedEngine

from ragwidget import conversations, jobs, logs, members
from ragwidget.app import create_app
from ragwidget.extensions import db
from ragwidget.tokens import Visit

FEW = 10_000
ROUNDS = 25
MOST_TIMES = 2.0  # what many may cost of what few do
OWNER = "olga@example.org"
SEARCHES = {
    "a word of every third": COMMON,
    "a word of three in a thousand": SELDOM,
    "a word that was said three times": RARE,
    "a word that nobody said": "zyzzyva",
    "a word, and how another begins": f"{COMMON} d",
    "one letter": "d",
}
FILTERS = {
    "unread": {"unread": "yes"},
    "not answered and disliked": {"outcome": "unanswered", "rating": "down"},
    "failed, on a page, citing a source": {
        "outcome": "failed",
        "page": "https://shop.example/bikes",
        "source": "{source}",
    },
    "a month, by Gemini": {"from": "2026-03-01", "to": "2026-03-31", "engine": "gemini"},
    "what is true of none": {"language": "fr", "outcome": "answered"},
    "a word, refused, oldest first": {"search": COMMON, "outcome": "refused", "sort": "oldest"},
    "all, longest first": {"sort": "longest"},
}

Case = Callable[[], object]


def main() -> None:
    """Measure, and with --check fail when a target is missed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=1_000_000)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"))
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    logs.configure("ERROR", "json")
    missed = []
    for name in (given.database,) if given.database else ("sqlite", "postgresql"):
        costs = {}
        for count in (FEW, given.messages):
            with database(name) as address, house(address) as app:
                began = time.perf_counter()
                with app.app_context():
                    made = fill(db.engine, count)
                    jobs.count_up()
                    db.session.remove()
                print(f"{name}: {count:,} messages in {time.perf_counter() - began:.0f} s")
                costs[count] = {case: timed(run) for case, run in cases(app, made).items()}
        missed += report(name, costs[FEW], costs[given.messages], given.messages)
    if given.check and missed:
        sys.exit(f"dearer than {MOST_TIMES} times: {', '.join(missed)}")


@contextmanager
def database(name: str) -> Iterator[str]:
    """Give the address of an empty database."""
    if name == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
        return
    with postgresql_server() as server:
        without_care(server.replace("postgresql+psycopg:", "postgresql:", 1))
        yield server


@contextmanager
def house(address: str) -> Iterator[Flask]:
    """Make the app on a migrated database, with an owner and an engine that costs nothing."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            TESTING=True,
            SECRET_KEY=SECRET,
            INSTANCE=folder,
            DATABASE_URL=address,
            VISITOR_QUESTIONS_PER_HOUR=10_000,
            ADDRESS_QUESTIONS_PER_HOUR=10_000,
            ORGANIZATION_QUESTIONS_PER_DAY=10_000,
        )
        app.extensions["engine"] = ScriptedEngine()
        with app.app_context():
            upgrade()
            members.create_member(OWNER, PASSWORD, "Olga's")
        yield app
        let_go(app)


def cases(app: Flask, made: Installation) -> dict[str, Case]:
    """Return what is timed."""
    place = made.places[0]
    with app.app_context():
        with db.engine.begin() as connection:
            let_in(connection, made, OWNER)
        deep = conversations.listing(place.chatbot_id, limit=1000).next
    owner = sign_in(app, OWNER)
    chatbot = f"/dashboard/chatbots/{place.chatbot_id}"
    visit = Visit(place.chatbot_id, LOYAL_VISITOR, made.long_conversation)
    token = app.extensions["tokens"].mint(visit)
    visitor = Visitor(app, place.chatbot_id, origin=None, token=token)
    newcomer = Visitor(app, place.chatbot_id, origin=None)

    def page(path: str, **query: str | None) -> Case:
        def get() -> None:
            assert owner.get(f"{chatbot}{path}", query_string=query).status_code == 200, path

        return get

    def get(path: str) -> Case:
        return lambda: visitor.get(path).get_json()["before" if "messages" in path else "next"]

    def ask() -> None:
        newcomer.token = None
        newcomer.ask("When does the bicycle shop open on Saturday?")

    thread = f"/conversations/{made.long_conversation}"
    return {
        "the list of conversations": page("/conversations"),
        "a page deep in it": page("/conversations", after=deep),
        **{
            f"search: {what}": page("/conversations", search=words)
            for what, words in SEARCHES.items()
        },
        **{
            f"filter: {what}": page(
                "/conversations",
                **{name: value.format(source=place.source_id) for name, value in args.items()},
            )
            for what, args in FILTERS.items()
        },
        "a transcript": page(thread),
        "the owner's overview": page("/"),
        "a visitor's conversations": get("/conversations?limit=30"),
        "a visitor's messages": get(f"{thread}/messages?before=300"),
        "a whole turn": ask,
    }


def timed(case: Case) -> float:
    """Return the median time of a case in milliseconds, once it is warm."""
    took = []
    for number in range(ROUNDS + 3):
        began = time.perf_counter()
        case()
        if number >= 3:
            took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def report(name: str, few: dict[str, float], many: dict[str, float], messages: int) -> list[str]:
    """Print the table; return what costs too much more."""
    print(f"\n{name:<44}{FEW:>14,}{messages:>14,}")
    for case, cost in few.items():
        times = many[case] / cost
        print(f"{case:<44}{cost:>11.1f} ms{many[case]:>11.1f} ms{times:>8.2f} times")
    print()
    return [f"{name}: {case}" for case in few if many[case] > MOST_TIMES * few[case]]


if __name__ == "__main__":
    main()
