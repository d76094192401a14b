"""Puts a lifelike installation into a migrated database, as fast as each database takes it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

from bench.crowd.installation import Installation, Row, Telling
from sqlalchemy import Engine

COLUMNS = {
    "conversations": "id organization_id chatbot_id visitor_id identified vouched title locale"
    " page_url address message_count unread next_position tags metadata created_at last_message_at",
    "messages": "id organization_id chatbot_id conversation_id question_id client_id position role"
    " text status finish_reason engine model mode grounded prompt_tokens completion_tokens"
    " total_tokens first_text_ms total_ms cuts page_url rating metadata created_at completed_at",
    "citations": "id message_id source_id index title kind snippet score spans",
    "transcripts": "id conversation_id",
    "transcripts_fts": "rowid terms",
}
LATER = ["transcripts_fts_lexemes", "ix_messages_organization_id", "ix_messages_answers"]


def fill(engine: Engine, messages: int, seed: int = 6) -> Installation:
    """Fill a database with so many messages, and let it learn what is in it."""
    telling = Telling(random.Random(seed), messages)
    with engine.begin() as connection:
        telling.settle(connection)
    put = _copy if engine.dialect.name == "postgresql" else _insert
    put(engine, telling)
    return telling.made


def _insert(engine: Engine, telling: Telling) -> None:
    """Put the rows into SQLite, which need not survive a power failure."""
    raw = engine.raw_connection()
    try:
        connection = raw.driver_connection
        assert connection is not None
        for pragma in ("foreign_keys=OFF", "synchronous=OFF", "cache_size=-200000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for lot in telling.rows():
            for name, rows in lot.items():
                marks = ", ".join("?" * len(COLUMNS[name].split()))
                connection.executemany(
                    f"INSERT INTO {name} ({_columns(name)}) VALUES ({marks})", _values(name, rows)
                )
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        raw.invalidate()


def _copy(engine: Engine, telling: Telling) -> None:
    """Put the rows into PostgreSQL, whose indexes are made behind them."""
    raw = engine.raw_connection()
    try:
        connection = raw.driver_connection
        assert connection is not None
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SET session_replication_role = replica")  # no row looks for its owner
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", (LATER,)
        )
        later = cursor.fetchall()
        for name, _ in later:
            cursor.execute(f"DROP INDEX {name}")
        for lot in telling.rows():
            for name, rows in lot.items():
                with cursor.copy(f"COPY {name} ({_columns(name)}) FROM STDIN") as copy:
                    copy.write("".join(map(_line, _values(name, rows))))
        for _, definition in later:
            cursor.execute(definition)
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('transcripts', 'id'), max(id)) FROM transcripts"
        )
        cursor.execute("VACUUM ANALYZE")
    finally:
        raw.invalidate()


def _columns(table: str) -> str:
    return ", ".join(f'"{column}"' for column in COLUMNS[table].split())


def _values(table: str, rows: Iterable[Row]) -> Iterator[list[str | int | None]]:
    columns = COLUMNS[table].split()
    return ([row.get(column) for column in columns] for row in rows)


def _line(values: Iterable[str | int | None]) -> str:
    return "\t".join(["\\N" if value is None else str(value) for value in values]) + "\n"
