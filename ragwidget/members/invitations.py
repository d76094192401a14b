"""Asking somebody to join an organization: by a signed link that works once, for a week.

The link names the row and how often it was sent, so that only the last one is good, and nothing
in the database opens anything. Whether it went by mail is signed, too: who follows such a link
has shown that the address is theirs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import current_app, render_template, url_for
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, func, select

from ragwidget import limits
from ragwidget.database import rows_changed
from ragwidget.errors import InvalidInput, NotFound, Refusal
from ragwidget.extensions import db
from ragwidget.members import post
from ragwidget.models import Invitation, Membership, Organization, User, now

LIFETIME = timedelta(days=7)
MOST_OPEN = 50
MAILS = "30 per hour; 100 per day"  # of one organization: our mail server is not for everybody
MAILS_TO_ADDRESS = "5 per hour; 10 per day"
SALT = "ragwidget.invitation.v1"


class InvitationGone(NotFound):
    code = "invitation_gone"
    message = (
        "This invitation is not good any more: it was used, taken back, sent anew or is older "
        "than a week. Ask for another one."
    )


class AlreadyMember(Refusal):
    status = 409
    code = "already_member"
    message = "That person is a member already."


class AlreadyInvited(Refusal):
    status = 409
    code = "already_invited"
    message = "That person is invited already. Send the invitation again instead."


class TooManyInvitations(Refusal):
    status = 409
    code = "too_many_invitations"
    message = f"{MOST_OPEN} invitations are open. Take some back first."


@dataclass(frozen=True, slots=True)
class Followed:
    """An invitation whose link was followed."""

    invitation: Invitation
    organization: str
    mailed: bool  # the address is theirs


def of(organization_id: UUID) -> list[Invitation]:
    """Return the invitations that nobody has followed yet, the newest first."""
    open_ones = select(Invitation).filter_by(organization_id=organization_id)
    return list(db.session.scalars(open_ones.order_by(Invitation.id.desc())))


def invite(organization_id: UUID, email: str, role: str, invited_by: str) -> Invitation:
    """Ask somebody to join, in the caller's commit; give the result to `send` after it.

    Refuses: `InvalidInput`, `AlreadyMember`, `AlreadyInvited`, `TooManyInvitations`.
    """
    email = _normalized(email)
    here = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
    )
    if db.session.scalar(here.where(func.lower(User.email) == email.lower())):
        raise AlreadyMember
    db.session.execute(select(Organization.id).filter_by(id=organization_id).with_for_update())
    db.session.execute(
        delete(Invitation).where(
            Invitation.organization_id == organization_id, Invitation.expires_at <= now()
        )
    )
    mine = select(Invitation).filter_by(organization_id=organization_id)
    if db.session.scalar(mine.where(func.lower(Invitation.email) == email.lower())):
        raise AlreadyInvited
    if (db.session.scalar(select(func.count()).select_from(mine.subquery())) or 0) >= MOST_OPEN:
        raise TooManyInvitations
    invitation = Invitation(
        organization_id=organization_id,
        email=email,
        role=role,
        invited_by=invited_by,
        expires_at=now() + LIFETIME,
    )
    db.session.add(invitation)
    return invitation


def renew(organization_id: UUID, invitation_id: UUID) -> Invitation:
    """Give an invitation another week and another link, in the caller's commit."""
    invitation = _one(organization_id, invitation_id)
    invitation.sendings += 1
    invitation.expires_at = now() + LIFETIME
    return invitation


def revoke(organization_id: UUID, invitation_id: UUID) -> str:
    """Take an invitation back, in the caller's commit; return whose it was."""
    invitation = _one(organization_id, invitation_id)
    db.session.delete(invitation)
    return invitation.email


def refuse_flood(organization_id: UUID, email: str) -> None:
    """Count one mail that is about to be sent, or refuse it: `TooManyTries`."""
    if by_mail():
        limits.spend_try("invitations", organization_id.hex, MAILS)
        limits.spend_try("invited", email.strip().lower(), MAILS_TO_ADDRESS)


def by_mail() -> bool:
    """Tell whether invitations go by mail; else whoever invites hands their links over."""
    return bool(current_app.config["SMTP_URL"])


def send(invitation: Invitation, organization: str) -> None:
    """Mail an invitation, where there is a mail server."""
    if not by_mail():
        return
    name = plain(organization)
    body = render_template(
        "security/email/invitation.txt",
        organization=name,
        role=invitation.role,
        invited_by=invitation.invited_by,
        link=link_of(invitation),
    )
    post.send(f"{name} invites you to RagWidget", invitation.email, body)


def link_of(invitation: Invitation) -> str:
    """Return the link that makes an invitation a membership."""
    said = [invitation.id.hex, invitation.sendings, by_mail()]
    token = _signers()[0].dumps(said)
    return url_for("dashboard.joining.show", token=token, _external=True)


def follow(token: str) -> Followed:
    """Return the invitation of a link, or refuse: `InvitationGone`."""
    said = next(filter(None, (_read(signer, token) for signer in _signers())), None)
    if said is None:
        raise InvitationGone
    invitation_id, sendings, mailed = said
    found = db.session.execute(
        select(Invitation, Organization.name)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(Invitation.id == UUID(invitation_id), Invitation.sendings == sendings)
        .where(Invitation.expires_at > now())
    ).first()
    if found is None:
        raise InvitationGone
    return Followed(*found, mailed)


def is_for(invitation: Invitation, email: str) -> bool:
    """Tell whether an invitation is for whoever has this address."""
    return invitation.email.lower() == email.lower()


def accept(followed: Followed, user_id: UUID) -> None:
    """Make an invitation a membership, once, in the caller's commit.

    Refuses: `InvitationGone`.
    """
    invitation = followed.invitation
    used = delete(Invitation).filter_by(id=invitation.id, sendings=invitation.sendings)
    if not rows_changed(used):
        raise InvitationGone
    if db.session.get(Membership, (invitation.organization_id, user_id)) is None:
        db.session.add(
            Membership(
                organization_id=invitation.organization_id, user_id=user_id, role=invitation.role
            )
        )


def plain(name: str) -> str:
    """Return a name that no mail program makes a link of.

    >>> plain("Alice's bicycles"), plain("Win! https://evil.example/x?y")
    ("Alice's bicycles", 'Win https evil example x y')
    """
    words = re.sub(r"[^\w '&-]+", " ", name)
    return re.sub(r"\s+", " ", words).strip()[:60] or "Somebody"


def _one(organization_id: UUID, invitation_id: UUID) -> Invitation:
    mine = select(Invitation).filter_by(organization_id=organization_id, id=invitation_id)
    invitation = db.session.scalar(mine.with_for_update())
    if invitation is None:
        raise InvitationGone("That invitation was used or taken back already.")
    return invitation


def _normalized(email: str) -> str:
    try:
        return current_app.extensions["security"].mail_util.validate(email)
    except ValueError:
        raise InvalidInput("email: write it like name@example.org.", field="email") from None


def _read(signer: URLSafeSerializer, token: str) -> tuple[str, int, bool] | None:
    try:
        return tuple(signer.loads(token))
    except BadData:
        return None


def _signers() -> list[URLSafeSerializer]:
    secrets = [current_app.config["SECRET_KEY"], *current_app.config["OLD_SECRET_KEYS"]]
    return [URLSafeSerializer(secret, salt=SALT) for secret in secrets]
