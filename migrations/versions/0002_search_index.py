"""Index the terms of passages, so that questions find them: FTS5 on SQLite, GIN on PostgreSQL.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # A narrow table of its own, because a search visits thousands of its rows, and of the
        # passages only the best. The bar between fields would be a list of everything.
        op.execute(
            """
            CREATE TABLE passages_fts (
                rowid bigint PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
                terms text NOT NULL
            )
            """
        )
        op.execute(
            """
            CREATE INDEX passages_fts_lexemes ON passages_fts USING gin (
                array_to_tsvector(array_remove(array_remove(
                    string_to_array(terms, ' '), '|'), ''))
            )
            """
        )
        return
    op.execute(
        """
        CREATE VIRTUAL TABLE passages_fts USING fts5(
            terms, tokenize = "ascii tokenchars '_'", detail = none, columnsize = 0
        )
        """
    )
    op.execute(
        """
        CREATE TRIGGER passages_fts_removed AFTER DELETE ON passages
        BEGIN
            DELETE FROM passages_fts WHERE rowid = old.id;
        END
        """
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS passages_fts_removed")
    op.execute("DROP TABLE passages_fts")
