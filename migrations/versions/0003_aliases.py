"""Keep what a chatbot's sources say that their words stand for.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "passage_aliases",
        sa.Column("scope_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("phrase", sa.String(100), nullable=False),
        sa.Column("meaning", sa.String(100), nullable=False),
        sa.ForeignKeyConstraint(
            ["scope_id"],
            ["passage_scopes.id"],
            name="fk_passage_aliases_scope_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name="fk_passage_aliases_source_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "scope_id", "phrase", "meaning", "source_id", name="pk_passage_aliases"
        ),
    )
    op.create_index("ix_passage_aliases_source_id", "passage_aliases", ["source_id"])


def downgrade() -> None:
    op.drop_table("passage_aliases")
