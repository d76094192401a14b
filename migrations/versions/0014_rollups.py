"""Keep what was counted of each day, so that what pages count does not grow with the years.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COUNTED = [
    *("conversations", "visitors", "questions", "answered", "refused", "near", "failed"),
    *("stopped", "liked", "disliked", "handed_over"),
]
HISTOGRAMS = ("first_text", "whole", "hours")
ASKED = ["asked", "unanswered", "failed", "disliked"]
CONTACTS = "ix_contact_requests_chatbot_id_created_at"


def upgrade() -> None:
    _index_contacts()
    _make("rollups", [], [sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False)])
    histograms = [sa.Column(name, sa.JSON(), nullable=False) for name in HISTOGRAMS]
    _make("daily_numbers", ["day"], [*_numbers(COUNTED), *histograms])
    for table in ("daily_questions", "daily_pages"):
        _make(
            table,
            ["day", "key"],
            [
                sa.Column("key", sa.String(32), nullable=False),
                _owned(table, "messages", "message_id"),
                *_numbers(ASKED),
            ],
        )
        op.create_index(f"ix_{table}_message_id", table, ["message_id"])
        op.create_index(f"ix_{table}_chatbot_id_key_day", table, ["chatbot_id", "key", "day"])
    _make(
        "daily_citations",
        ["day", "source_id"],
        [_owned("daily_citations", "sources", "source_id"), *_numbers(["answers"])],
    )
    op.create_index("ix_daily_citations_source_id", "daily_citations", ["source_id"])


def downgrade() -> None:
    for table in ("daily_citations", "daily_pages", "daily_questions", "daily_numbers", "rollups"):
        op.drop_table(table)
    op.drop_index(CONTACTS, "contact_requests")


def _make(table: str, keys: list, columns: list) -> None:
    day = [sa.Column("day", sa.Date(), nullable=False)] if "day" in keys else []
    op.create_table(
        table,
        _owned(table, "chatbots", "chatbot_id"),
        *day,
        _owned(table, "organizations", "organization_id"),
        *columns,
        sa.PrimaryKeyConstraint("chatbot_id", *keys, name=f"pk_{table}"),
        sqlite_with_rowid=not keys,
    )
    op.create_index(f"ix_{table}_organization_id", table, ["organization_id"])


def _owned(table: str, owner: str, column: str) -> sa.Column:
    tie = sa.ForeignKey(f"{owner}.id", name=f"fk_{table}_{column}", ondelete="CASCADE")
    return sa.Column(column, sa.Uuid(), tie, nullable=False)


def _numbers(names: list) -> list:
    return [sa.Column(name, sa.Integer(), nullable=False) for name in names]


def _index_contacts() -> None:
    """Find contact requests by when they came, while others write."""
    columns = ["chatbot_id", "created_at"]
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(CONTACTS, "contact_requests", columns)
        return
    with op.get_context().autocommit_block():
        op.drop_index(CONTACTS, "contact_requests", if_exists=True, postgresql_concurrently=True)
        op.create_index(CONTACTS, "contact_requests", columns, postgresql_concurrently=True)
