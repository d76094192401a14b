"""Let organizations invite members, note what is done in them, and ask for a second factor.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ROLES = ("viewer", "editor", "owner")


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        _organization("audit_entries"),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("network", sa.String(64)),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("chatbot_id", sa.Uuid()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entries"),
    )
    op.create_index(
        "ix_audit_entries_organization_id_id", "audit_entries", ["organization_id", "id"]
    )
    role = sa.Enum(
        *ROLES, name="invitation_role", native_enum=False, create_constraint=True, length=20
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        _organization("invitations"),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("role", role, nullable=False),
        sa.Column("invited_by", sa.String(255), nullable=False),
        sa.Column("sendings", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("organization_id", "email", name="uq_invitations_organization_id_email"),
    )
    with op.batch_alter_table("sign_ins") as sign_ins:
        sign_ins.add_column(sa.Column("organization_id", sa.Uuid()))
        sign_ins.create_foreign_key(
            "fk_sign_ins_organization_id",
            "organizations",
            ["organization_id"],
            ["id"],
            ondelete="SET NULL",
        )
        sign_ins.create_index("ix_sign_ins_organization_id", ["organization_id"])
    op.add_column(
        "organizations",
        sa.Column("second_factor", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("users", sa.Column("tf_last_counter", sa.BigInteger()))


def downgrade() -> None:
    op.drop_column("users", "tf_last_counter")
    op.drop_column("organizations", "second_factor")
    with op.batch_alter_table("sign_ins") as sign_ins:
        sign_ins.drop_index("ix_sign_ins_organization_id")
        sign_ins.drop_constraint("fk_sign_ins_organization_id", type_="foreignkey")
        sign_ins.drop_column("organization_id")
    op.drop_table("invitations")
    op.drop_table("audit_entries")


def _organization(table: str) -> sa.Column:
    return sa.Column(
        "organization_id",
        sa.Uuid(),
        sa.ForeignKey(
            "organizations.id", name=f"fk_{table}_organization_id", ondelete="CASCADE"
        ),
        nullable=False,
    )
