"""What visitors left for a human: who looks after it, and what is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, update

from ragwidget.conversations import Page
from ragwidget.errors import InvalidInput, NotFound
from ragwidget.extensions import db
from ragwidget.models import Chatbot, ContactRequest, Membership, User, now

STATES = ("open", "taken", "done")
NOBODY = "nobody"
MOST_COUNTED = 100


class RequestNotFound(NotFound):
    code = "contact_request_not_found"
    message = "There is no such message any more."


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests are looked for; without a state, those that are not done."""

    state: str = ""
    assignee: UUID | str = ""  # a member, or "nobody"
    chatbot_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A request with whom it concerns."""

    request: ContactRequest
    chatbot_name: str
    assignee: str | None  # their address

    @property
    def state(self) -> str:
        """Return how far it is: open, taken or done."""
        if self.request.handled_at:
            return "done"
        return "taken" if self.assignee else "open"


def parse(args: Mapping[str, str], me: UUID) -> Wanted:
    """Read which requests a page asks for, or refuse and name the field."""
    state, assignee, chatbot = (args.get(name, "") for name in ("state", "assignee", "chatbot"))
    if state and state not in STATES:
        raise InvalidInput(f"state: it should be one of {', '.join(STATES)}.", field="state")
    chatbot_id = _id(chatbot, "chatbot") if chatbot else None
    return Wanted(state, read_assignee(assignee, me), chatbot_id)


def read_assignee(text: str, me: UUID) -> UUID | str:
    """Read who is meant: a member's id, "me", "nobody", or anybody when it is empty."""
    if text in {"", NOBODY}:
        return text
    return me if text == "me" else _id(text, "assignee")


def listing(
    organization_id: UUID, wanted: Wanted, *, after: str | None = None, limit: int = 30
) -> Page[Letter]:
    """Return an organization's requests, the newest first."""
    rows = _letters().where(ContactRequest.organization_id == organization_id, *_conditions(wanted))
    if after:
        rows = rows.where(ContactRequest.id < _id(after, "after"))
    found = db.session.execute(rows.order_by(ContactRequest.id.desc()).limit(limit + 1)).all()
    letters = [Letter(*row) for row in found[:limit]]
    return Page(letters, str(letters[-1].request.id) if len(found) > limit else None)


def one(organization_id: UUID, chatbot_id: UUID | None, request_id: UUID) -> Letter:
    """Return a request of a chatbot, or of any of the organization's; or `RequestNotFound`."""
    wanted = _letters().where(
        ContactRequest.organization_id == organization_id, ContactRequest.id == request_id
    )
    if chatbot_id is not None:
        wanted = wanted.where(ContactRequest.chatbot_id == chatbot_id)
    found = db.session.execute(wanted).first()
    if found is None:
        raise RequestNotFound
    return Letter(*found)


def left_in(organization_id: UUID, conversation_id: UUID) -> list[Letter]:
    """Return what was left for a human in one conversation, oldest first."""
    mine = ContactRequest.organization_id == organization_id
    here = _letters().where(mine, ContactRequest.conversation_id == conversation_id)
    return [Letter(*row) for row in db.session.execute(here.order_by(ContactRequest.id))]


def count(organization_id: UUID, chatbot_id: UUID | None = None) -> int:
    """Return how many requests are not done; from a hundred on, nobody counts any further."""
    mine = ContactRequest.organization_id == organization_id
    if chatbot_id is not None:
        mine = ContactRequest.chatbot_id == chatbot_id
    some = select(ContactRequest.id).where(mine, ContactRequest.handled_at.is_(None))
    some = some.order_by(ContactRequest.id)  # or SQLite reads what is done on its way
    return db.session.scalars(
        select(func.count()).select_from(some.limit(MOST_COUNTED).subquery())
    ).one()


def members(organization_id: UUID) -> list[tuple[UUID, str]]:
    """Return who can look after a request."""
    found = db.session.execute(
        select(User.id, User.email)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organization_id == organization_id)
        .order_by(User.email)
    )
    return [(user_id, email) for user_id, email in found]


def assign(request: ContactRequest, user_id: UUID | None) -> None:
    """Give a request to a member of its organization, or to nobody."""
    if user_id is not None and user_id not in dict(members(request.organization_id)):
        raise InvalidInput("assignee: there is no such member.", field="assignee")
    _set(request, assignee_id=user_id)


def finish(request: ContactRequest, user_id: UUID | None = None) -> None:
    """Call a request done; what nobody had taken was this member's, if it was one."""
    _set(request, handled_at=now(), assignee_id=request.assignee_id or user_id)


def reopen(request: ContactRequest) -> None:
    """Call a request not done, after all."""
    _set(request, handled_at=None)


def _set(request: ContactRequest, **values: object) -> None:
    db.session.execute(
        update(ContactRequest).where(ContactRequest.id == request.id).values(**values)
    )
    db.session.commit()


def _letters() -> Select[ContactRequest, str, str | None]:
    """Select requests with what is told of each; who left the organization looks after nothing."""
    return (
        select(ContactRequest, Chatbot.name, User.email)
        .join(Chatbot, Chatbot.id == ContactRequest.chatbot_id)
        .outerjoin(
            Membership,
            (Membership.user_id == ContactRequest.assignee_id)
            & (Membership.organization_id == ContactRequest.organization_id),
        )
        .outerjoin(User, User.id == Membership.user_id)
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    done = ContactRequest.handled_at
    conditions: list[ColumnElement[bool]] = [
        done.is_not(None) if wanted.state == "done" else done.is_(None)
    ]
    if wanted.state == "open" or wanted.assignee == NOBODY:
        conditions.append(Membership.user_id.is_(None))
    elif wanted.state == "taken":
        conditions.append(Membership.user_id.is_not(None))
    if isinstance(wanted.assignee, UUID):
        conditions.append(Membership.user_id == wanted.assignee)
    if wanted.chatbot_id is not None:
        conditions.append(ContactRequest.chatbot_id == wanted.chatbot_id)
    return conditions


def _id(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(f"{field}: it should be an id.", field=field) from None
