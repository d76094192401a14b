"""Keep who is in front of the widget: what visitors say of themselves, and who is signed for.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import conv

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Columns are added one by one: on SQLite, a table that is made anew takes its children with it.
ADDED = {
    "chatbots": [
        sa.Column(
            "contact",
            sa.String(20),
            # as a part of the column, because SQLite adds no constraint to a table that is there
            sa.CheckConstraint(
                "contact IN ('never', 'offered', 'first')", name=conv("ck_chatbots_contact")
            ),
            nullable=False,
            server_default="offered",
        ),
        sa.Column("consent", sa.Text(), nullable=False, server_default=""),
        sa.Column("identity_key", sa.Text()),
    ],
    "conversations": [
        sa.Column("visitor_name", sa.String(120), nullable=False, server_default=""),
        sa.Column("visitor_email", sa.String(254), nullable=False, server_default=""),
        sa.Column("identified", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("vouched", sa.Boolean(), nullable=False, server_default=sa.false()),
    ],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        "identities",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("organization_id", "organizations"),
        _owned_by("chatbot_id", "chatbots"),
        sa.Column("external_id", sa.String(200), nullable=False),
        sa.Column("visitor_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("vouched", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.UniqueConstraint(
            "chatbot_id", "external_id", name="uq_identities_chatbot_id_external_id"
        ),
        sa.UniqueConstraint("visitor_id", name="uq_identities_visitor_id"),
    )
    op.create_index("ix_identities_organization_id", "identities", ["organization_id"])


def downgrade() -> None:
    op.drop_table("identities")
    for table, columns in reversed(ADDED.items()):
        for column in reversed(columns):
            op.drop_column(table, column.name)


def _owned_by(column: str, target: str) -> sa.Column:
    return sa.Column(
        column,
        sa.Uuid(),
        sa.ForeignKey(f"{target}.id", name=f"fk_identities_{column}", ondelete="CASCADE"),
        nullable=False,
    )
