"""What visitors left for a human, for programs that look after it elsewhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue

from ragwidget import audit, inbox, tenancy
from ragwidget.errors import ChatbotNotFound, InvalidInput
from ragwidget.inbox import Letter, RequestNotFound, Wanted
from ragwidget.tenancy import Keyholder
from ragwidget.web.owner.contracts import of_inbox
from ragwidget.web.owner.door import bp, holder, read_body, read_query
from ragwidget.web.owner.etags import require_match, tagged
from ragwidget.web.owner.queries import ContactsWanted
from ragwidget.web.owner.replies.inbox import ContactRequestReply, ContactRequests
from ragwidget.web.owner.schemas import ContactChange

ONE = "/contacts/<uuid:contact_id>"


@bp.get("/contacts")
@of_inbox(query=ContactsWanted, answers=ContactRequests, cached=True, refusals=(ChatbotNotFound,))
def get_contacts() -> ResponseReturnValue:
    """Return the messages that visitors left for a human, newest first."""
    who, asked = holder("conversations:read"), read_query(ContactsWanted)
    chatbot_id = who.chatbot_id if asked.chatbot is None else tenancy.chatbot(who, asked.chatbot).id
    wanted = Wanted(asked.state or "", _assignee(who, asked.assignee), chatbot_id)
    after = str(asked.after) if asked.after else None
    page = inbox.listing(who.organization_id, wanted, after=after, limit=asked.limit)
    return tagged(contacts=[_spell(letter) for letter in page.rows], next=page.next)


@bp.get(ONE)
@of_inbox(answers=ContactRequestReply, cached=True, refusals=(RequestNotFound,))
def get_contact(contact_id: UUID) -> ResponseReturnValue:
    """Return one message that was left for a human."""
    return tagged(contact=_spell(_letter(holder("conversations:read"), contact_id)))


@bp.patch(ONE)
@of_inbox(
    takes=ContactChange, answers=ContactRequestReply, guarded=True, refusals=(RequestNotFound,)
)
def patch_contact(contact_id: UUID) -> ResponseReturnValue:
    """Say who looks after a message, or that it is done."""
    who, body = holder("conversations:write"), read_body(ContactChange)
    letter = _letter(who, contact_id)
    require_match(contact=_spell(letter))
    at, named = letter.request.chatbot_id, str(contact_id)
    if "assignee" in body.model_fields_set:
        member = _assignee(who, body.assignee or "")
        audit.note(who, "contact.assigned", chatbot_id=at, request_id=named)
        inbox.assign(letter.request, member if isinstance(member, UUID) else None)
    if body.done is not None:
        audit.note(
            who,
            "contact.done" if body.done else "contact.reopened",
            chatbot_id=at,
            request_id=named,
        )
        if body.done:
            inbox.finish(letter.request)
        else:
            inbox.reopen(letter.request)
    return tagged(contact=_spell(_letter(who, contact_id)))


def _letter(who: Keyholder, contact_id: UUID) -> Letter:
    return inbox.one(who.organization_id, who.chatbot_id, contact_id)


def _assignee(who: Keyholder, email: str) -> UUID | str:
    if email in {"", inbox.NOBODY}:
        return email
    for user_id, known in inbox.members(who.organization_id):
        if known == email.lower():
            return user_id
    raise InvalidInput("assignee: there is no such member.", field="assignee")


def _spell(letter: Letter) -> dict[str, Any]:
    left = letter.request
    return {
        "id": str(left.id),
        "chatbot_id": str(left.chatbot_id),
        "conversation_id": str(left.conversation_id),
        "name": left.name,
        "email": left.email,
        "message": left.message,
        "state": letter.state,
        "assignee": letter.assignee,
        "created_at": left.created_at.isoformat(),
        "done_at": left.handled_at.isoformat() if left.handled_at else None,
    }
