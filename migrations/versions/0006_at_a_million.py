"""Find what was said, and keep every list as quick at a million messages as at a few.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHERE = ("sqlite_where", "postgresql_where")
OPEN = "status IN ('pending', 'streaming')"
STANDING = "role = 'chatbot' AND superseded_at IS NULL"
# Checkpoints beat once a second: with the heartbeat in no index, they touch none.
EARLIER = [("ix_messages_status_heartbeat_at", "messages", ["status", "heartbeat_at"], None)]
INDEXES = [
    ("ix_messages_open", "messages", ["id"], OPEN),
    ("ix_messages_answers", "messages", ["chatbot_id", "created_at"], STANDING),
    # what goes with its owner is looked for there
    ("ix_sources_organization_id", "sources", ["organization_id"], None),
    ("ix_documents_organization_id", "documents", ["organization_id"], None),
    # before something is deleted elsewhere, we look whether a row still names it
    ("ix_sources_original", "sources", ["original"], None),
    ("ix_documents_name", "documents", ["name"], None),
    ("ix_chatbots_store", "chatbots", ["store"], None),
    ("ix_deletions_kind_name", "deletions", ["kind", "name"], None),
]


def upgrade() -> None:
    _replace(EARLIER, INDEXES)
    op.create_table(
        "transcripts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name="fk_transcripts_conversation_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_transcripts"),
        sa.UniqueConstraint("conversation_id", name="uq_transcripts_conversation_id"),
        sqlite_autoincrement=True,
    )
    if op.get_bind().dialect.name == "postgresql":
        # Its inserts are merged in small lots, so that neither a turn nor a search waits long.
        op.execute(
            """
            CREATE TABLE transcripts_fts (
                rowid bigint PRIMARY KEY REFERENCES transcripts (id) ON DELETE CASCADE,
                terms text NOT NULL
            )
            """
        )
        op.execute(
            """
            CREATE INDEX transcripts_fts_lexemes ON transcripts_fts USING gin (
                array_to_tsvector(string_to_array(terms, ' '))
            ) WITH (gin_pending_list_limit = 256)
            """
        )
        return
    op.execute(
        """
        CREATE VIRTUAL TABLE transcripts_fts USING fts5(
            terms, tokenize = "ascii", detail = none, columnsize = 0
        )
        """
    )
    op.execute(
        """
        CREATE TRIGGER transcripts_fts_removed AFTER DELETE ON transcripts
        BEGIN
            DELETE FROM transcripts_fts WHERE rowid = old.id;
        END
        """
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS transcripts_fts_removed")
    op.execute("DROP TABLE transcripts_fts")
    op.drop_table("transcripts")
    _replace(INDEXES, EARLIER)


def _replace(earlier: list, wanted: list) -> None:
    """Make indexes, then drop those in whose place they come, while others write.

    One that was broken off before it was whole is begun anew.
    """
    if op.get_bind().dialect.name == "sqlite":
        _make(wanted)
        _drop(earlier)
        return
    with op.get_context().autocommit_block():
        _drop(wanted, postgresql_concurrently=True)
        _make(wanted, postgresql_concurrently=True)
        _drop(earlier, postgresql_concurrently=True)


def _make(indexes: list, **options: object) -> None:
    for name, table, columns, where in indexes:
        only = {} if where is None else dict.fromkeys(WHERE, sa.text(where))
        op.create_index(name, table, columns, **only, **options)


def _drop(indexes: list, **options: object) -> None:
    for name, table, _, _ in indexes:
        op.drop_index(name, table, if_exists=True, **options)
