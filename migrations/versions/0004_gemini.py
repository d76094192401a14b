"""Keep what Gemini File Search holds for us, what answers cost, and what must still be deleted.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = ("waiting", "uploading", "indexing", "ready", "failed")
# Columns are added one by one: on SQLite, a table that is made anew takes its children with it.
ADDED = {
    "organizations": [
        sa.Column("gemini_key", sa.Text()),
        sa.Column("tokens_per_day", sa.BigInteger()),
        sa.Column("cost_per_day", sa.BigInteger()),
    ],
    "chatbots": [
        sa.Column("next_engine", sa.String(20)),
        sa.Column("engine_error", sa.Text()),
        sa.Column("store_key", sa.String(32)),
        sa.Column("local_fallback", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("writes_titles", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("suggests_follow_ups", sa.Boolean(), nullable=False, server_default=sa.false()),
    ],
    "messages": [
        sa.Column("withheld", sa.Text()),
        sa.Column("instead_of", sa.Text()),
        sa.Column("thought_tokens", sa.Integer()),
        sa.Column("tool_tokens", sa.Integer()),
        sa.Column("cached_tokens", sa.Integer()),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("held_tokens", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("held_cost", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("follow_ups", sa.JSON(), nullable=False, server_default="[]"),
    ],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("documents", "organization_id", "organizations"),
        _owned_by("documents", "chatbot_id", "chatbots"),
        _owned_by("documents", "source_id", "sources"),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("store", sa.String(200)),
        sa.Column("name", sa.String(300)),
        sa.Column("operation", sa.String(300)),
        sa.Column("state", _one_of("document_state", *STATES), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("error_code", sa.String(60)),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_source_id", "documents", ["source_id"])
    op.create_index("ix_documents_chatbot_id_state", "documents", ["chatbot_id", "state"])
    op.create_index("ix_documents_state_next_at", "documents", ["state", "next_at"])
    op.create_table(
        "deletions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _one_of("deletion_kind", "store", "document", "original"),
            nullable=False,
        ),
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("sealed_key", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deletions"),
    )
    op.create_index("ix_deletions_next_at", "deletions", ["next_at"])
    op.create_table(
        "daily_usage",
        sa.Column("chatbot_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(120), nullable=False),
        _owned_by("daily_usage", "organization_id", "organizations"),
        sa.Column("calls", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in (
                "prompt_tokens",
                "completion_tokens",
                "thought_tokens",
                "tool_tokens",
                "cached_tokens",
                "cost",
            )
        ),
        sa.PrimaryKeyConstraint("chatbot_id", "day", "model", name="pk_daily_usage"),
    )
    op.create_index("ix_daily_usage_organization_id_day", "daily_usage", ["organization_id", "day"])
    op.create_table(
        "daily_budgets",
        _owned_by("daily_budgets", "organization_id", "organizations"),
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("tokens", "cost", "held_tokens", "held_cost")
        ),
        sa.PrimaryKeyConstraint("organization_id", "day", name="pk_daily_budgets"),
    )


def downgrade() -> None:
    for table in ("daily_budgets", "daily_usage", "deletions", "documents"):
        op.drop_table(table)
    for table, columns in reversed(ADDED.items()):
        for column in reversed(columns):
            op.drop_column(table, column.name)


def _owned_by(table: str, column: str, target: str) -> sa.Column:
    return sa.Column(
        column,
        sa.Uuid(),
        sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete="CASCADE"),
        nullable=False,
    )


def _one_of(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)
