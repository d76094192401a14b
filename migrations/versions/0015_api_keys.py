"""Keep the keys of the owner API, hashed, what was asked for only once, and who wrote a message.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def owned_by(column: str, target: str, table: str, nullable: bool = False) -> sa.Column:
    name = f"fk_{table}_{column}"
    tie = sa.ForeignKey(f"{target}.id", name=name, ondelete="CASCADE")
    return sa.Column(column, sa.Uuid(), tie, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned_by("organization_id", "organizations", "api_keys"),
        owned_by("chatbot_id", "chatbots", "api_keys", nullable=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("prefix", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column(
            "created_by",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_api_keys_created_by", ondelete="SET NULL"),
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    for column in ("organization_id", "chatbot_id", "created_by"):
        op.create_index(f"ix_api_keys_{column}", "api_keys", [column])
    op.create_table(
        "api_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        owned_by("organization_id", "organizations", "api_calls"),
        owned_by("api_key_id", "api_keys", "api_calls"),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("made_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("answer", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_calls"),
        sa.UniqueConstraint("api_key_id", "name", name="uq_api_calls_api_key_id_name"),
    )
    for column in ("organization_id", "created_at"):
        op.create_index(f"ix_api_calls_{column}", "api_calls", [column])
    op.add_column("messages", sa.Column("author", sa.String(120)))


def downgrade() -> None:
    op.drop_column("messages", "author")
    op.drop_table("api_calls")
    op.drop_table("api_keys")
