"""Let an answer be given again to the same question, and count how often that is.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME = "ix_messages_chatbot_id_cache_key"
KEYED = "cache_key IS NOT NULL"


def upgrade() -> None:
    for table, column in _columns():
        op.add_column(table, column, **_again())
    columns = ["chatbot_id", "cache_key"]
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(NAME, "messages", columns, sqlite_where=sa.text(KEYED))
        return
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "messages", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "messages",
            columns,
            postgresql_where=sa.text(KEYED),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, "messages")
    for table, column in reversed(_columns()):
        op.drop_column(table, column.name)


def _columns() -> list[tuple[str, sa.Column]]:
    return [
        ("chatbots", sa.Column("repeats_answers", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("messages", sa.Column("cache_key", sa.String(32))),
        ("messages", sa.Column("saved", sa.BigInteger())),
        ("daily_numbers", sa.Column("repeated", sa.Integer(), nullable=False, server_default="0")),
        ("daily_numbers", sa.Column("saved", sa.BigInteger(), nullable=False, server_default="0")),
    ]


def _again() -> dict[str, bool]:
    """Take what is there already, where an earlier try was broken off at the index."""
    return {} if op.get_bind().dialect.name == "sqlite" else {"if_not_exists": True}
