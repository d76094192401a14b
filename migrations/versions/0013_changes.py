"""Remember who set what about a chatbot, and on which page its widget was seen.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COLUMNS = {
    "chatbots": ("max_output_tokens", "questions_per_day", "answer_language"),
    "sightings": ("page", "reason"),
}


def upgrade() -> None:
    op.add_column("chatbots", sa.Column("max_output_tokens", sa.Integer()))
    op.add_column("chatbots", sa.Column("questions_per_day", sa.Integer()))
    op.add_column(
        "chatbots",
        sa.Column("answer_language", sa.String(35), nullable=False, server_default=""),
    )
    op.add_column("sightings", sa.Column("page", sa.String(2000)))
    op.add_column("sightings", sa.Column("reason", sa.String(60)))
    op.create_table(
        "changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owner("organization_id", "organizations"),
        _owner("chatbot_id", "chatbots"),
        sa.Column(
            "user_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_changes_user_id", ondelete="SET NULL"),
        ),
        sa.Column("save_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(80), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changes"),
    )
    op.create_index("ix_changes_organization_id", "changes", ["organization_id"])
    op.create_index("ix_changes_user_id", "changes", ["user_id"])
    op.create_index("ix_changes_chatbot_id_save_id", "changes", ["chatbot_id", "save_id"])


def downgrade() -> None:
    op.drop_table("changes")
    for table, columns in COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)


def _owner(name: str, table: str) -> sa.Column:
    tie = sa.ForeignKey(f"{table}.id", name=f"fk_changes_{name}", ondelete="CASCADE")
    return sa.Column(name, sa.Uuid(), tie, nullable=False)
