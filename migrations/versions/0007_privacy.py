"""Let each chatbot say how long it keeps what was said, and whether it keeps what visitors type.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chatbots", sa.Column("retention_days", sa.Integer()))
    op.add_column(
        "chatbots", sa.Column("keeps_words", sa.Boolean(), nullable=False, server_default=sa.true())
    )


def downgrade() -> None:
    op.drop_column("chatbots", "keeps_words")
    op.drop_column("chatbots", "retention_days")
