"""What an owner's pages cost: `python tests/bench/dashboard.py [--messages 1000000] [--check]`.

Each page is timed through the app with few messages and with many, on SQLite and on PostgreSQL,
beside a page that reads none of them. What is counted ahead is counted first, and timed, too.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crowd.filling import fill
from bench.crowd.installation import COMMON, Installation, let_in
from bench.database import FEW, OWNER, Case, database, house, timed
from cast import sign_in
from flask import Flask

from ragwidget import jobs, logs
from ragwidget.extensions import db

MOST_MS = 100.0
BASELINE = "the account (baseline)"


def main() -> None:
    """Measure, and with --check fail when a page takes too long."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=1_000_000)
    arguments.add_argument("--database", choices=("sqlite", "postgresql"))
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    logs.configure("ERROR", "json")
    slow = []
    for name in (given.database,) if given.database else ("sqlite", "postgresql"):
        costs = {}
        for count in (FEW, given.messages):
            with database(name) as address, house(address) as app:
                with app.app_context():
                    made = fill(db.engine, count)
                    began = time.perf_counter()
                    jobs.count_up()
                    took = time.perf_counter() - began
                    db.session.remove()
                print(f"{name}: {count:,} messages were counted ahead in {took:.1f} s")
                costs[count] = {page: timed(get) for page, get in pages(app, made).items()}
        slow += report(name, costs[FEW], costs[given.messages], given.messages)
    if given.check and slow:
        sys.exit(f"slower than {MOST_MS:.0f} ms: {', '.join(slow)}")


def pages(app: Flask, made: Installation) -> dict[str, Case]:
    """Return what is timed."""
    with app.app_context(), db.engine.begin() as connection:
        let_in(connection, made, OWNER)
    owner = sign_in(app, OWNER)
    chatbot = f"/dashboard/chatbots/{made.places[0].chatbot_id}"

    def page(path: str, **query: str) -> Case:
        def get() -> None:
            assert owner.get(path, query_string=query).status_code == 200, path

        return get

    return {
        BASELINE: page("/account"),
        "all chatbots": page("/dashboard/"),
        "overview": page(f"{chatbot}/"),
        "overview, 12 months": page(f"{chatbot}/", range="12m"),
        "insights": page(f"{chatbot}/insights"),
        "insights, 90 days": page(f"{chatbot}/insights", range="90d"),
        "insights, 12 months": page(f"{chatbot}/insights", range="12m"),
        "insights of all chatbots": page("/dashboard/insights"),
        "insights of all, 12 months": page("/dashboard/insights", range="12m"),
        "organization": page("/dashboard/organization"),
        "conversations": page(f"{chatbot}/conversations"),
        "conversations, searched": page(f"{chatbot}/conversations", search=COMMON),
        "a transcript": page(f"{chatbot}/conversations/{made.long_conversation}"),
        "sources": page(f"{chatbot}/sources"),
    }


def report(name: str, few: dict[str, float], many: dict[str, float], messages: int) -> list[str]:
    """Print the table; return the pages that take too long."""
    print(f"\n{name:<34}{FEW:>14,}{messages:>14,}{'of baseline':>16}")
    for page, cost in few.items():
        times = many[page] / many[BASELINE]
        print(f"{page:<34}{cost:>11.1f} ms{many[page]:>11.1f} ms{times:>10.1f} times")
    print()
    return [f"{name}: {page}" for page, cost in many.items() if cost > MOST_MS]


if __name__ == "__main__":
    main()
