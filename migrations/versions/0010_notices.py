"""Let members and other programs hear what happens, and give every contact request somebody.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
REQUESTS = "contact_requests"
ASSIGNEE = "fk_contact_requests_assignee_id"
EARLIER = [("ix_contact_requests_organization_id", ["organization_id"], None)]
INDEXES = [
    ("ix_contact_requests_assignee_id", ["assignee_id"], None),
    ("ix_contact_requests_organization_id_id", ["organization_id", "id"], None),
    ("ix_contact_requests_unhandled", ["organization_id", "id"], "handled_at IS NULL"),
    ("ix_contact_requests_unhandled_of", ["chatbot_id", "id"], "handled_at IS NULL"),
]


def upgrade() -> None:
    assignee = sa.Column("assignee_id", sa.Uuid())
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:  # before everything else, for it may be broken off here
        op.add_column(REQUESTS, assignee, if_not_exists=True)
        _replace(EARLIER, INDEXES)
    op.create_table(
        "happenings",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("happenings", "organization_id", "organizations"),
        _owned_by("happenings", "chatbot_id", "chatbots", nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("once", sa.String(120)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("spread_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_happenings"),
        sa.UniqueConstraint("once", name="uq_happenings_once"),
    )
    for column in ("organization_id", "chatbot_id"):
        op.create_index(f"ix_happenings_{column}", "happenings", [column])
    op.create_index("ix_happenings_waiting", "happenings", ["id"], **_only("spread_at IS NULL"))
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("webhooks", "organization_id", "organizations"),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("chatbot_ids", sa.JSON(), nullable=False),
        sa.Column("with_words", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("failing_since", MOMENT),
        sa.Column("off_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_organization_id", "webhooks", ["organization_id"])
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("deliveries", "organization_id", "organizations"),
        _owned_by("deliveries", "webhook_id", "webhooks"),
        sa.Column("chatbot_id", sa.Uuid()),
        sa.Column("happening_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("happened_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("delivered_at", MOMENT),
        sa.Column("status", sa.Integer()),
        sa.Column("took_ms", sa.Integer()),
        sa.Column("reply", sa.String(500), nullable=False),
        sa.Column("error", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_organization_id", "deliveries", ["organization_id"])
    op.create_index("ix_deliveries_webhook_id_id", "deliveries", ["webhook_id", "id"])
    op.create_index("ix_deliveries_open", "deliveries", ["next_at"], **_only("next_at IS NOT NULL"))
    op.create_table(
        "subscriptions",
        _owned_by("subscriptions", "organization_id", "organizations"),
        _owned_by("subscriptions", "user_id", "users"),
        sa.Column("at_once", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(20), nullable=False),
        sa.Column("chatbot_ids", sa.JSON(), nullable=False),
        sa.Column("mailed_at", MOMENT),
        sa.Column("mail_at", MOMENT),
        sa.Column("digest_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "digest IN ('off', 'daily', 'weekly')", name=op.f("ck_subscriptions_digest")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["memberships.organization_id", "memberships.user_id"],
            name="fk_subscriptions_membership",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "user_id", name="pk_subscriptions"),
    )
    for column in ("user_id", "mail_at", "digest_at"):
        op.create_index(f"ix_subscriptions_{column}", "subscriptions", [column])
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        _owned_by("notices", "organization_id", "organizations"),
        _owned_by("notices", "user_id", "users"),
        _owned_by("notices", "chatbot_id", "chatbots", nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "user_id"],
            ["subscriptions.organization_id", "subscriptions.user_id"],
            name="fk_notices_subscription",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sa.UniqueConstraint(
            "organization_id",
            "user_id",
            "chatbot_id",
            "kind",
            name="uq_notices_organization_id_user_id_chatbot_id_kind",
        ),
    )
    for column in ("user_id", "chatbot_id"):
        op.create_index(f"ix_notices_{column}", "notices", [column])
    # made anew on SQLite, where no other table hangs on it
    with op.batch_alter_table(REQUESTS) as requests:
        if sqlite:
            requests.add_column(assignee)
        requests.create_foreign_key(ASSIGNEE, "users", ["assignee_id"], ["id"], ondelete="SET NULL")
    if sqlite:
        _replace(EARLIER, INDEXES)


def downgrade() -> None:
    _replace(INDEXES, EARLIER)
    with op.batch_alter_table(REQUESTS) as requests:
        requests.drop_constraint(ASSIGNEE, type_="foreignkey")
        requests.drop_column("assignee_id")
    for table in ("notices", "subscriptions", "deliveries", "webhooks", "happenings"):
        op.drop_table(table)


def _owned_by(table: str, column: str, target: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(
        column,
        sa.Uuid(),
        sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{column}", ondelete="CASCADE"),
        nullable=nullable,
    )


def _only(where: str | None) -> dict[str, object]:
    return {} if where is None else dict.fromkeys(
        ("sqlite_where", "postgresql_where"), sa.text(where)
    )


def _replace(earlier: list, wanted: list) -> None:
    """Make indexes, then drop those in whose place they come, while others write."""
    if op.get_bind().dialect.name == "sqlite":
        _make(wanted)
        _drop(earlier)
        return
    with op.get_context().autocommit_block():
        _drop(wanted, postgresql_concurrently=True)
        _make(wanted, postgresql_concurrently=True)
        _drop(earlier, postgresql_concurrently=True)


def _make(indexes: list, **options: object) -> None:
    for name, columns, where in indexes:
        op.create_index(name, REQUESTS, columns, **_only(where), **options)


def _drop(indexes: list, **options: object) -> None:
    for name, _, _ in indexes:
        op.drop_index(name, REQUESTS, if_exists=True, **options)
