"""A person who can sign in, with what Flask-Security wants to know of them."""

# its mixins describe whole-number ids and columns that are never empty
# mypy: disable-error-code="assignment"

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask_security import AsaList, UserMixin, WebAuthnMixin, hash_password
from sqlalchemy import BigInteger, LargeBinary, String, Text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ragwidget.crypto import passwords
from ragwidget.extensions import Model
from ragwidget.models.base import CreatedAt, Id, Moment, now, owned_by


class User(Model, UserMixin):
    """A person who can sign in. What they may do is told by their memberships."""

    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[CreatedAt]

    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    last_login_at: Mapped[datetime | None] = mapped_column(Moment)
    current_login_at: Mapped[datetime | None] = mapped_column(Moment)
    last_login_ip: Mapped[str | None] = mapped_column(String(64))
    current_login_ip: Mapped[str | None] = mapped_column(String(64))
    login_count: Mapped[int | None]

    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(String(255))
    tf_last_counter: Mapped[int | None] = mapped_column(BigInteger)  # of the last code used
    tf_phone_number: Mapped[str | None] = mapped_column(String(128))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    fs_webauthn_user_handle: Mapped[str | None] = mapped_column(String(64), unique=True)
    webauthn: Mapped[list[WebAuthn]] = relationship(
        back_populates="user", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def roles(self) -> list[Any]:
        """Return nothing: a role belongs to a membership, not to a person."""
        return []

    @roles.setter
    def roles(self, _roles: list[Any]) -> None:
        """Take what Flask-Security gives every new user, an empty list."""

    @property
    def has_second_factor(self) -> bool:
        """Tell whether a password alone does not sign this person in."""
        return bool(self.tf_primary_method) or any(
            passkey.usage == "secondary" for passkey in self.webauthn
        )

    def verify_and_update_password(self, password: str) -> bool:
        """Tell whether this is the password; under an earlier secret key, hash it anew."""
        if super().verify_and_update_password(password):
            return True
        if not self.password or not passwords.fits_earlier(password, self.password):
            return False
        self.password = hash_password(password)
        return True


class WebAuthn(Model, WebAuthnMixin):
    """A passkey of a person."""

    __tablename__ = "passkeys"

    id: Mapped[Id]
    user_id: Mapped[UUID] = owned_by("users.id", index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(AsaList()))
    backup_state: Mapped[bool]
    device_type: Mapped[str] = mapped_column(String(64))
    extensions: Mapped[str | None] = mapped_column(Text)
    create_datetime: Mapped[datetime] = mapped_column(Moment, default=now)
    lastuse_datetime: Mapped[datetime] = mapped_column(Moment)
    name: Mapped[str] = mapped_column(String(64))
    usage: Mapped[str] = mapped_column(String(64))
    user: Mapped[User] = relationship(back_populates="webauthn")

    def get_user_mapping(self) -> dict[str, Any]:
        """Tell Flask-Security how to find the person of this passkey."""
        return {"id": self.user_id}
