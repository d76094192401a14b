"""The migrations make exactly the tables that the models describe, and can take them back."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cast import Owner, Visitor, organizations
from databases import Databases
from filling import move_in
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, delete, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

from ragwidget.extensions import db
from ragwidget.models import Chatbot, Citation, Conversation, Message, Organization, Passage, Source

BY_HAND = ("passages_fts", "transcripts_fts")


def differences() -> list[object]:
    """Return what alembic would still change."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _thing, name, *_: not str(name).startswith(BY_HAND),
            },
        )
        return compare_metadata(context, db.metadata)


def test_models_and_migrations_agree(databases: Databases, make_app: Callable[..., Flask]) -> None:
    with make_app(databases.empty()).app_context():
        assert differences()
        upgrade()

        assert differences() == []


def test_they_go_up_and_down_and_up_again(
    databases: Databases, make_app: Callable[..., Flask]
) -> None:
    with make_app(databases.empty()).app_context():
        upgrade()
        tables = MetaData()
        tables.reflect(db.engine, only=lambda name, _: not name.startswith(BY_HAND))
        move_in(tables)  # what was written since goes, and keeps nobody from going back
        whole = set(inspect(db.engine).get_table_names())
        downgrade(revision="base")
        left = set(inspect(db.engine).get_table_names())
        upgrade()

        assert left == {"alembic_version"}
        assert set(inspect(db.engine).get_table_names()) == whole


def test_going_up_twice_changes_nothing(app: Flask) -> None:
    with app.app_context():
        upgrade()

        assert organizations() == ["Alice's bicycles", "Bob's bakery"]


def test_foreign_keys_are_enforced(app: Flask) -> None:
    with app.app_context():
        db.session.add(Chatbot(organization_id=uuid4(), name="Nobody's"))

        with pytest.raises(IntegrityError):
            db.session.commit()


@pytest.mark.parametrize(
    "values", [{"role": "system"}, {"status": "lost"}, {"rating": "sideways"}], ids=str
)
def test_states_are_kept_by_the_database_itself(
    app: Flask, alice: Owner, values: dict[str, str]
) -> None:
    with app.app_context():
        conversation = Conversation(
            organization_id=alice.organization_id,
            chatbot_id=alice.chatbot_id,
            visitor_id=uuid4(),
            title="Hello?",
        )
        db.session.add(conversation)
        db.session.flush()
        message = Message(
            organization_id=alice.organization_id,
            chatbot_id=alice.chatbot_id,
            conversation_id=conversation.id,
            position=1,
            role="visitor",
        )
        db.session.add(message)
        db.session.commit()
        (column, value), *_ = values.items()

        with pytest.raises(IntegrityError):
            db.session.execute(text(f"UPDATE messages SET {column} = :value"), {"value": value})


def test_when_to_ask_who_a_visitor_is_is_kept_by_the_database_itself(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE chatbots SET contact = 'sometimes'"))


def test_an_organization_goes_with_everything_that_was_its_own(
    app: Flask, alice: Owner, bob: Owner
) -> None:
    Visitor(app, alice.chatbot_id).ask("When does the bicycle shop open?")
    with app.app_context():
        db.session.execute(delete(Organization).where(Organization.id == alice.organization_id))
        db.session.commit()

        for table in (Conversation, Message, Citation):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0
        for table in (Chatbot, Source, Passage):
            owners = set(db.session.scalars(select(table.organization_id)))
            assert owners == {bob.organization_id}
        index = db.session.scalar(text("SELECT count(*) FROM passages_fts"))
        assert index == db.session.scalar(select(func.count()).select_from(Passage))


def test_the_lists_that_grow_are_read_by_an_index(app: Flask, alice: Owner) -> None:
    from ragwidget import conversations
    from ragwidget.crypto.tokens import Visit

    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SET enable_seqscan = off"))
            db.session.execute(text("SET enable_sort = off"))
        plans = plans_of(
            lambda: conversations.listing(alice.chatbot_id),
            lambda: conversations.of_visitor(Visit(alice.chatbot_id, uuid4(), uuid4())),
            lambda: conversations.messages(uuid4(), before=9),
        )

    for plan in plans:
        assert re.search(r"(?i)using (covering )?index|index scan", plan), plan
        assert "TEMP B-TREE" not in plan, plan
        assert "Sort" not in plan.replace("Incremental Sort", ""), plan


def plans_of(*reads: Callable[[], object]) -> list[str]:
    """Return how the database would carry these reads out."""
    from sqlalchemy import event

    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    seen: list[tuple[str, object]] = []

    def listen(_c: object, _cur: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT") and "LIMIT" in statement:
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", listen)
    for read in reads:
        read()
    event.remove(db.engine, "before_cursor_execute", listen)
    connection = db.session.connection()
    return [
        "\n".join(str(row) for row in connection.exec_driver_sql(explain + statement, parameters))
        for statement, parameters in seen
    ]
