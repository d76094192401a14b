"""Tell what members tried themselves from what visitors asked.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TRIED = ("tried_tokens", "tried_cost")
OURS = "%/dashboard/chatbots/________-____-____-____-____________/%"
CONVERSATIONS = sa.table("conversations", sa.column("tried"), sa.column("page_url"))
BEGUN_THERE = (
    CONVERSATIONS.update().where(CONVERSATIONS.c.page_url.like(OURS)).values(tried=sa.true())
)


def upgrade() -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    # it may have been broken off below
    again = {} if sqlite else {"if_not_exists": True}
    tried = sa.Column("tried", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("conversations", tried, **again)
    for name in TRIED:
        amount = sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
        op.add_column("daily_usage", amount, **again)
    if sqlite:
        op.execute(BEGUN_THERE)
        return
    with op.get_context().autocommit_block():  # nobody waits for the table meanwhile
        op.execute(BEGUN_THERE)


def downgrade() -> None:
    for name in TRIED:
        op.drop_column("daily_usage", name)
    op.drop_column("conversations", "tried")
