"""Say under which name a member answers visitors, and which program has set something.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("memberships", sa.Column("display_name", sa.String(120)))
    op.add_column("changes", sa.Column("program", sa.String(80)))


def downgrade() -> None:
    op.drop_column("changes", "program")
    op.drop_column("memberships", "display_name")
