"""Let a team keep order in conversations: read, handled, archived, tagged, with notes beside.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLOURS = ("grey", "red", "orange", "green", "teal", "blue", "violet", "pink")
CURRENT = "team_archived_at IS NULL"
INDEXES = [
    ("ix_conversations_current", ["chatbot_id", "last_message_at", "id"], CURRENT),
    ("ix_conversations_chatbot_id_message_count_id", ["chatbot_id", "message_count", "id"], None),
]


def upgrade() -> None:
    for column in _columns():
        op.add_column("conversations", column, **_again())
    if op.get_bind().dialect.name == "sqlite":
        _make()
    else:  # before everything else, for it may be broken off here
        with op.get_context().autocommit_block():
            _drop(postgresql_concurrently=True)
            _make(postgresql_concurrently=True)
    op.create_table(
        "tags",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owner("tags", "organization_id", "organizations"),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                *COLOURS, name="colour", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("organization_id", "name", name="uq_tags_organization_id_name"),
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owner("notes", "organization_id", "organizations"),
        _owner("notes", "chatbot_id", "chatbots"),
        _owner("notes", "conversation_id", "conversations"),
        sa.Column(
            "user_id",
            sa.Uuid(),
            sa.ForeignKey("users.id", name="fk_notes_user_id", ondelete="SET NULL"),
        ),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_conversation_id_id", "notes", ["conversation_id", "id"])
    for column in ("organization_id", "chatbot_id", "user_id"):
        op.create_index(f"ix_notes_{column}", "notes", [column])
    op.create_table(
        "bulk_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owner("bulk_changes", "organization_id", "organizations"),
        _owner("bulk_changes", "chatbot_id", "chatbots"),
        sa.Column("change", sa.String(20), nullable=False),
        sa.Column("tag_id", sa.Uuid()),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.String(100), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_changes"),
    )
    op.create_index("ix_bulk_changes_chatbot_id_id", "bulk_changes", ["chatbot_id", "id"])
    op.create_index("ix_bulk_changes_organization_id", "bulk_changes", ["organization_id"])


def downgrade() -> None:
    op.drop_table("bulk_changes")
    op.drop_table("notes")
    op.drop_table("tags")
    if op.get_bind().dialect.name == "sqlite":
        _drop()
    else:
        with op.get_context().autocommit_block():
            _drop(postgresql_concurrently=True)
    for column in reversed(_columns()):
        op.drop_column("conversations", column.name)


def _columns() -> list[sa.Column]:
    return [
        # what was said before there were marks was read, as far as anybody wanted to
        sa.Column("unread", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("handled_at", sa.DateTime(timezone=True)),
        sa.Column("team_archived_at", sa.DateTime(timezone=True)),
    ]


def _again() -> dict[str, bool]:
    """Take what is there already, where an earlier try was broken off at the indexes."""
    return {} if op.get_bind().dialect.name == "sqlite" else {"if_not_exists": True}


def _owner(table: str, column: str, owners: str) -> sa.Column:
    key = sa.ForeignKey(f"{owners}.id", name=f"fk_{table}_{column}", ondelete="CASCADE")
    return sa.Column(column, sa.Uuid(), key, nullable=False)


def _make(**options: object) -> None:
    for name, columns, where in INDEXES:
        only = {f"{kind}_where": sa.text(where) for kind in ("sqlite", "postgresql") if where}
        op.create_index(name, "conversations", columns, **only, **options)


def _drop(**options: object) -> None:
    for name, _, _ in INDEXES:
        op.drop_index(name, "conversations", if_exists=True, **options)
