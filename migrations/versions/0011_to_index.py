"""Let a turn end without waiting until its words can be found.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NAME = "ix_messages_to_index"


def upgrade() -> None:
    column = sa.Column("to_index", sa.Boolean(), nullable=False, server_default=sa.false())
    if op.get_bind().dialect.name == "sqlite":
        op.add_column("messages", column)
        op.create_index(NAME, "messages", ["chatbot_id"], sqlite_where=sa.text("to_index = 1"))
        return
    op.add_column("messages", column, if_not_exists=True)  # it may have been broken off below
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "messages", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "messages",
            ["chatbot_id"],
            postgresql_where=sa.text("to_index"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    op.drop_index(NAME, "messages")
    op.drop_column("messages", "to_index")
