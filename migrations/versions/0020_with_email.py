"""Find a visitor by the e-mail address that they gave, however many gave none.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "ix_conversations_with_email"
COLUMNS = ["chatbot_id", "visitor_email", "visitor_id"]
WHERE = sa.text("visitor_email <> ''")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(NAME, "conversations", COLUMNS, sqlite_where=WHERE)
        return
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "conversations", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            NAME,
            "conversations",
            COLUMNS,
            postgresql_where=WHERE,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index(NAME, "conversations")
        return
    with op.get_context().autocommit_block():
        op.drop_index(NAME, "conversations", if_exists=True, postgresql_concurrently=True)
