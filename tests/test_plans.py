"""No request reads a whole table that grows: the plans of a real PostgreSQL with much in it.

Here it holds 200,000 messages, on which the planner decides as on a million; `tests/bench/` takes
the times at a million.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from bench.crowd.filling import fill
from bench.crowd.furnishing import furnish
from bench.crowd.installation import LOYAL_VISITOR, Installation, let_in
from bench.crowd.strangers import TABLES, surround
from bench.dashboard import NEED_MORE, paths
from cast import Visitor, csrf_of, sign_in
from databases import SECRET, PostgreSQL, let_go
from flask import Flask
from flask.testing import FlaskClient
from scripted import ScriptedEngine
from sharing import instance_in
from sqlalchemy import event, func, select
from sqlalchemy.schema import ForeignKeyConstraint

from ragwidget import chatbots, conversations, identities, jobs, outbox
from ragwidget.app import create_app
from ragwidget.conversations import Filters
from ragwidget.crypto.tokens import Visit
from ragwidget.database import patient
from ragwidget.extensions import Base, db
from ragwidget.models import Chatbot, Conversation, Rollup, now

pytestmark = pytest.mark.postgresql

MESSAGES = 200_000
GROWING = ("conversations", "messages", "citations", "transcripts", "transcripts_fts", *TABLES)


@pytest.fixture(scope="module")
def crowded(
    postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Installation]]:
    """The app on a database in which much was said, most of it to what is Alice's now."""
    app = create_app(
        TESTING=True,
        SECRET_KEY=SECRET,
        INSTANCE=str(instance_in(tmp_path_factory.mktemp("crowded"))),
        DATABASE_URL=postgresql.copy(),
    )
    app.extensions["engine"] = ScriptedEngine()
    with app.app_context(), patient():
        made = fill(db.engine, MESSAGES)
        furnish(db.engine, made)
        with db.engine.begin() as connection:
            let_in(connection, made, "alice@example.org")
        surround(db.engine)
        yesterday = now() - timedelta(days=1)
        for place in made.places:
            owned = {"organization_id": place.organization_id, "chatbot_id": place.chatbot_id}
            db.session.add(Rollup(**owned, counted_until=yesterday))
        db.session.commit()
    yield app, made
    let_go(app)
    postgresql.forget()


@pytest.fixture
def plans(crowded: tuple[Flask, Installation]) -> Iterator[list[str]]:
    """How the database carries out what is asked of it from here on, each with its statement."""
    app, _ = crowded
    seen: list[str] = []

    def explain(
        connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if many or not statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            return
        # on the same line, where whatever was set for this transaction holds
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {statement}", parameters)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        seen.append(f"{plan}\n\n{statement}\n{parameters}")

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", explain)
    yield seen
    event.remove(engine, "before_cursor_execute", explain)


@pytest.fixture
def victor(crowded: tuple[Flask, Installation]) -> Visitor:
    """A visitor of long standing."""
    app, made = crowded
    visit = Visit(made.places[0].chatbot_id, LOYAL_VISITOR, made.long_conversation)
    token = app.extensions["tokens"].mint(visit)
    visitor = Visitor(app, visit.chatbot_id, origin=None, token=token)
    visitor.conversation_id = str(visit.conversation_id)
    return visitor


def whole_tables(plans: list[str]) -> list[str]:
    """Return the plans that read a table that grows from its first row to its last."""
    assert plans, "nothing was asked"
    return [
        plan
        for plan in plans
        if any(f"Seq Scan on {table} " in plan.partition("\n\n")[0] + " " for table in GROWING)
    ]


def test_a_visitor_s_requests_read_no_whole_table(victor: Visitor, plans: list[str]) -> None:
    client_id = str(uuid4())
    answer = victor.ask("When does it open?", message_id=client_id)
    victor.ask("When does it open?", message_id=client_id)
    victor.attach(answer.message_id)
    victor.get(f"/messages/{answer.message_id}")
    victor.call("PUT", f"/messages/{answer.message_id}/feedback", json={"rating": "up"})
    victor.hear(victor.post(f"/messages/{answer.message_id}/retry"))
    victor.messages()
    path = f"/conversations/{victor.conversation_id}"
    assert victor.get(f"{path}/messages?before=90&limit=30").status_code == 200
    first = victor.get("/conversations?limit=10").get_json()
    assert len(first["conversations"]) == 10
    victor.get("/conversations", query_string={"limit": 10, "after": first["next"]})
    victor.call("PATCH", path, json={"title": "A new title", "archived": True})
    contact = {"name": "Victor", "email": "victor@example.org", "message": "Call me."}
    assert victor.post(f"{path}/contact", json=contact).status_code == 201
    victor.token = None
    victor.ask("Quite another question?")
    assert victor.call("DELETE", f"/conversations/{victor.conversation_id}").status_code == 204

    assert whole_tables(plans) == []


def test_an_owner_s_pages_read_no_whole_table(
    crowded: tuple[Flask, Installation], plans: list[str]
) -> None:
    app, made = crowded
    client = sign_in(app, "alice@example.org")
    chatbot = f"/dashboard/chatbots/{made.places[0].chatbot_id}"
    asked = [(path, NEED_MORE.get(endpoint)) for endpoint, path in paths(app, made)]
    asked += [(f"{chatbot}/conversations{query}", None) for query in pages_of(app, made)]
    asked += [(f"{chatbot}/conversations/{made.long_conversation}", None)]
    asked += [(path, {"range": "12m"}) for path in (f"{chatbot}/insights", "/dashboard/insights")]
    asked += [("/dashboard/inbox", {"state": "done"})]
    asked += [(f"{chatbot}/settings/privacy", {"person": "victor@example.org"})]
    for path, query in asked:
        page = client.get(path, query_string=query, follow_redirects=True)
        assert page.status_code == 200, path

    delete_oldest(client, app, made)

    assert whole_tables(plans) == []
    searches = [plan for plan in plans if "@@" in plan]
    assert searches
    assert [plan for plan in searches if "transcripts_fts_lexemes" not in plan] == []


def test_jobs_read_no_whole_table(crowded: tuple[Flask, Installation], plans: list[str]) -> None:
    app, made = crowded
    with app.app_context():
        jobs.sweep()
        jobs.count_up()
        conversations.close_interrupted()
        identities.known(made.places[0].chatbot_id, [LOYAL_VISITOR])
        outbox.due()

    assert whole_tables(plans) == []


def test_a_chatbot_is_erased_in_lots(crowded: tuple[Flask, Installation], plans: list[str]) -> None:
    app, made = crowded
    smallest = made.places[-1].chatbot_id
    with app.app_context():
        chatbots.remove(db.session.get_one(Chatbot, smallest))
        jobs.end_chatbot(str(smallest))
        left = db.session.scalar(
            select(func.count()).select_from(Conversation).filter_by(chatbot_id=smallest)
        )

    assert left == 0
    assert whole_tables(plans) == []
    assert len([plan for plan in plans if "DELETE FROM conversations" in plan]) > 1


def test_what_goes_with_its_owner_is_found_by_an_index() -> None:
    """PostgreSQL looks for the rows of a deleted owner without telling anybody how."""
    missing = [
        f"{table.name}.{constraint.column_keys[0]}"
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
        if isinstance(constraint, ForeignKeyConstraint)
        and constraint.column_keys[0] not in first_columns(table)
    ]

    assert missing == []


def first_columns(table: Any) -> set[str]:
    """Return the columns by which a table's rows are found through some index."""
    whole = [i for i in table.indexes if i.dialect_options["postgresql"]["where"] is None]
    keys = [c for c in table.constraints if hasattr(c, "columns") and not hasattr(c, "elements")]
    return {next(iter(index.columns)).name for index in [*whole, *keys] if len(index.columns)}


def pages_of(app: Flask, made: Installation) -> list[str]:
    """Return the queries of the list's pages: its first, a deep one, and some searches."""
    chatbot_id = made.places[0].chatbot_id
    with app.app_context():
        page = conversations.listing(chatbot_id, limit=1000)
        searched = conversations.listing(chatbot_id, Filters(search="deliv"), limit=50)
    queries = ["", f"?after={page.next}".replace("+", "%2B")]
    queries += [f"?search={words}" for words in ("delivery", "quokka", "nowhere", "warranty+del")]
    queries += [f"?search=delivery&after={searched.next}", "?unread=yes", "?sort=longest"]
    queries += ["?outcome=refused&rating=down", "?from=2026-01-01&to=2026-03-31", "?archived=yes"]
    return [*queries, f"?source={made.places[0].source_id}&language=en&sort=oldest"]


def delete_oldest(client: FlaskClient, app: Flask, made: Installation) -> None:
    """Delete a conversation by its owner's button."""
    with app.app_context():
        found = conversations.listing(made.places[0].chatbot_id, Filters(search="quokka")).rows
    path = f"/dashboard/chatbots/{found[-1].chatbot_id}/conversations/{found[-1].id}"
    answer = client.post(f"{path}/delete", data={"csrf_token": csrf_of(client, path)})
    assert answer.status_code == 303
