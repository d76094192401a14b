"""Let a chatbot go bit by bit, out of everybody's sight.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("chatbots", sa.Column("ending_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("chatbots", "ending_at")
