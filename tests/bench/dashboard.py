"""What an owner's pages cost: `python tests/bench/dashboard.py [--messages 1000000] [--check]`.

Every page of the dashboard is timed through the app with few messages and with many, on SQLite
and on PostgreSQL, beside a page that reads none of them.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.crowd.installation import Installation
from bench.crowd.measuring import FEW, OWNER, Case, Costs, measure
from bench.database import lists
from cast import sign_in
from flask import Flask
from sqlalchemy import select
from walking import path_of

from ragwidget import insights
from ragwidget.extensions import db
from ragwidget.models import ContactRequest, Webhook

MOST_MS = 100.0
BASELINE = "/account"  # reads nothing of what was said
OURS = ("/dashboard", BASELINE)
NEED_MORE = {  # what a page asks for
    "dashboard.conversations.fresh": {"since": "2026-11-01T00:00:00+00:00~" + 32 * "0"},
    "dashboard.sources.state": {"id": 32 * "0"},
}
INBOXES: dict[str, dict[str, str]] = {
    "all that is done": {"state": "done"},
    "what nobody looks after": {"state": "open", "assignee": "nobody"},
    "mine, that are done": {"state": "done", "assignee": "me"},
}
LOGS: dict[str, dict[str, str]] = {
    "one member": {"who": "member3"},
    "nobody": {"who": "mallory"},
    "a subject, in a month": {"what": "team", "since": "2026-03-01", "until": "2026-03-31"},
}


def pages(app: Flask, made: Installation) -> dict[str, Case]:
    """Return what is timed: the pages that there are, and those with another query or id."""
    place = made.places[0]
    owner = sign_in(app, OWNER)
    chatbot = f"/dashboard/chatbots/{place.chatbot_id}"
    with app.app_context():
        owned = {"organization_id": place.organization_id}
        letter = db.session.scalars(select(ContactRequest.id).filter_by(**owned)).first()
        webhook = db.session.scalars(select(Webhook.id).filter_by(**owned)).first()

    def page(path: str, **query: str) -> Case:
        def get() -> None:
            assert owner.get(path, query_string=query).status_code == 200, path

        return get

    timed = {
        path.replace(chatbot, "…"): page(path, **NEED_MORE.get(endpoint, {}))
        for endpoint, path in paths(app, made)
    }
    for name in insights.DAYS:
        timed[f"… overview, {name}"] = page(f"{chatbot}/", range=name)
        timed[f"… insights, {name}"] = page(f"{chatbot}/insights", range=name)
        timed[f"insights of all, {name}"] = page("/dashboard/insights", range=name)
    for what, query in lists(place).items():
        timed[f"… conversations, {what}"] = page(f"{chatbot}/conversations", **query)
    for what, query in INBOXES.items():
        timed[f"inbox, {what}"] = page("/dashboard/inbox", **query)
    for what, query in LOGS.items():
        timed[f"audit log, {what}"] = page("/dashboard/organization/audit-log", **query)
    timed["… a transcript"] = page(f"{chatbot}/conversations/{made.long_conversation}")
    timed["… what an open transcript asks"] = page(
        f"{chatbot}/conversations/{made.long_conversation}/turns"
    )
    timed["… a letter"] = page(f"{chatbot}/inbox/{letter}")
    timed["… what an open letter asks"] = page(f"{chatbot}/inbox/{letter}/turns")
    timed["… a source"] = page(f"{chatbot}/sources/{place.source_id}")
    timed["… a person looked for"] = page(f"{chatbot}/settings/privacy", person="vera@example.org")
    timed["a webhook's log"] = page(f"/dashboard/organization/webhooks/{webhook}")
    return timed


def paths(app: Flask, made: Installation) -> list[tuple[str, str]]:
    """Return the endpoints of all pages that need to know of a chatbot at most, and their paths."""
    ids = {"chatbot_id": str(made.places[0].chatbot_id)}
    return [
        (rule.endpoint, path_of(app, rule, "GET", ids))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(OURS)
        and "GET" in (rule.methods or ())
        and rule.arguments <= {"chatbot_id"}
        and rule.endpoint.startswith("dashboard.")
    ]


def report(name: str, few: Costs, many: Costs, messages: int) -> list[str]:
    """Print the table; return the pages that take too long."""
    print(f"\n{name:<52}{FEW:>14,}{messages:>14,}{'of baseline':>16}")
    for page, cost in few.items():
        times = many[page] / many[BASELINE]
        print(f"{page:<52}{cost:>11.1f} ms{many[page]:>11.1f} ms{times:>10.1f} times")
    print()
    return [page for page, cost in many.items() if cost > MOST_MS]


if __name__ == "__main__":
    measure(__doc__, pages, report)
