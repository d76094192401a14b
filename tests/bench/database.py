"""What a million messages cost: `python tests/bench/database.py [--messages 1000000] [--check]`.

The pages of an owner, the requests of a visitor and one whole turn, each timed through the app
with few messages and with many, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crowd.installation import COMMON, LOYAL_VISITOR, RARE, SELDOM, Installation, Place
from bench.crowd.measuring import FEW, OWNER, Case, Costs, measure
from cast import Visitor, sign_in
from flask import Flask

from ragwidget import conversations
from ragwidget.crypto.tokens import Visit

MOST_TIMES = 2.0  # what many may cost of what few do
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


def cases(app: Flask, made: Installation) -> dict[str, Case]:
    """Return what is timed."""
    place = made.places[0]
    with app.app_context():
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
        **{what: page("/conversations", **query) for what, query in lists(place).items()},
        "a transcript": page(thread),
        "the owner's overview": page("/"),
        "a visitor's conversations": get("/conversations?limit=30"),
        "a visitor's messages": get(f"{thread}/messages?before=300"),
        "a whole turn": ask,
    }


def lists(place: Place) -> dict[str, dict[str, str]]:
    """Return the queries of lists of conversations, searched and filtered."""
    searched = {f"search: {what}": {"search": words} for what, words in SEARCHES.items()}
    filtered = {
        f"filter: {what}": {
            name: value.format(source=place.source_id) for name, value in query.items()
        }
        for what, query in FILTERS.items()
    }
    return searched | filtered


def report(name: str, few: Costs, many: Costs, messages: int) -> list[str]:
    """Print the table; return what costs too much more."""
    print(f"\n{name:<44}{FEW:>14,}{messages:>14,}")
    for case, cost in few.items():
        times = many[case] / cost
        print(f"{case:<44}{cost:>11.1f} ms{many[case]:>11.1f} ms{times:>8.2f} times")
    print()
    return [case for case in few if many[case] > MOST_TIMES * few[case]]


if __name__ == "__main__":
    measure(__doc__, cases, report)
