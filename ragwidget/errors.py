"""Refusals: what we will not do, in the words the person will read."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID


class Refusal(Exception):
    """Something we will not do and may say why.

    `status` is for HTTP, `code` for programs, `message` for the person. Extra keyword arguments
    travel in the body beside them.

    >>> TooManyQuestions("Come back at nine.", retry_after=60).body()
    {'error': {'code': 'rate_limited', 'message': 'Come back at nine.', 'retry_after': 60}}
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    message: str = "That can't be done."

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or self.message
        self.details = details
        super().__init__(self.message)

    def body(self) -> dict[str, Any]:
        """Spell the one error shape of every interface."""
        return {"error": {"code": self.code, "message": self.message, **self.details}}


class Unreadable(Refusal):
    status = 400
    code = "bad_request"
    message = "The request could not be read."


class InvalidInput(Refusal):
    status = 422
    code = "invalid_input"
    message = "Something in the request is not as it should be."


class MessageTooLong(InvalidInput):
    code = "message_too_long"


class NotSignedIn(Refusal):
    status = 401
    code = "not_signed_in"
    message = "Please sign in."


class NotAllowed(Refusal):
    status = 403
    code = "not_allowed"
    message = "Your role in this organization does not allow that."


class NoOrganization(NotAllowed):
    code = "no_organization"
    message = "You don't belong to an organization any more."


class SecondFactorMissing(NotAllowed):
    code = "second_factor_missing"
    message = "This organization asks its members for a second factor. Set one up first."


class OriginNotAllowed(Refusal):
    status = 403
    code = "origin_not_allowed"
    message = "This chatbot may not be used on this website."


class NotFound(Refusal):
    """The same words for what does not exist and for what is someone else's."""

    status = 404
    code = "not_found"
    message = "There is nothing here."


class ChatbotNotFound(NotFound):
    code = "chatbot_not_found"
    message = "There is no such chatbot."


class OtherOrganization(NotFound):
    """What was asked for is there, in another organization that the member belongs to."""

    code = "other_organization"

    def __init__(self, organization_id: UUID, name: str) -> None:
        self.organization_id, self.name = organization_id, name
        super().__init__(f"That chatbot belongs to {name}. Switch to it to go on.")


class ConversationNotFound(NotFound):
    code = "conversation_not_found"
    message = "There is no such conversation."


class MessageNotFound(NotFound):
    code = "message_not_found"
    message = "There is no such message."


class SourceNotFound(NotFound):
    code = "source_not_found"
    message = "There is no such source."


class TagNotFound(NotFound):
    code = "tag_not_found"
    message = "There is no such tag."


class NoteNotFound(NotFound):
    code = "note_not_found"
    message = "There is no such note."


class ChatbotPaused(Refusal):
    status = 403
    code = "chatbot_paused"
    message = "This chatbot is taking a break."


class TokenMissing(Refusal):
    status = 401
    code = "token_missing"
    message = "A conversation token is needed here."


class TokenInvalid(Refusal):
    status = 401
    code = "token_invalid"
    message = "This conversation token is not valid here."


class TokenExpired(Refusal):
    status = 401
    code = "token_expired"
    message = "This conversation token has expired."


class IdentityInvalid(Refusal):
    status = 403
    code = "identity_invalid"
    message = "This was not signed with the chatbot's identity key."


class IdentityExpired(Refusal):
    status = 403
    code = "identity_expired"
    message = "This identity has expired. Let your server sign a fresh one."


class ContactRequired(Refusal):
    status = 403
    code = "contact_required"
    message = "visitor: say your name and e-mail address first."


class MessageIdTaken(Refusal):
    status = 409
    code = "message_id_taken"
    message = "This message_id names another question. Use a new UUID for a new question."


class NothingToRetry(Refusal):
    status = 409
    code = "nothing_to_retry"
    message = "Only an answer that failed, was stopped or is complete can be asked for again."


class NothingKept(Refusal):
    status = 403
    code = "nothing_kept"
    message = "This chatbot keeps nothing that visitors type."


class TooManyQuestions(Refusal):
    status = 429
    code = "rate_limited"
    message = "That was a lot of questions. Please come back later."


class TooManyTries(Refusal):
    status = 429
    code = "too_many_tries"
    message = "That was too often. Please wait a minute and try again."


class TooOften(Refusal):
    status = 429
    code = "too_many_requests"
    message = "That was too often. Please wait a little."


class TooMuch(Refusal):
    status = 413
    code = "too_large"
    message = "That is larger than what can be taken."


class Busy(Refusal):
    status = 503
    code = "busy"
    message = "Too many people are asking at this moment. Please try again."


class DatabaseUnavailable(Refusal):
    status = 503
    code = "unavailable"
    message = "We can't reach our memory at this moment. Please try again shortly."


class TablesBehind(DatabaseUnavailable):
    message = (
        "The program was updated and its database was not. Nothing is lost: whoever runs this "
        "installation should type `ragwidget migrate`."
    )


class DiskFull(Refusal):
    status = 507
    code = "disk_full"
    message = (
        "There is no room left on the server's disk, and nothing was changed. "
        "Make room there, or ask your operator to, and try again."
    )


class Misconfigured(Exception):
    """The program can't start: names the setting and what to do about it."""
