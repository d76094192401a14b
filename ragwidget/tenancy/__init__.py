"""Who is asking, for which organization and chatbot: the one door to a tenant's rows.

Someone else's id gets the same refusal as one that does not exist, so that nobody can learn
whose ids are real. `callers` says who asks, `rows` what they get; `visited` keeps at hand the
chatbots that visitors ask.
"""

from ragwidget.tenancy.callers import (
    Belonging,
    Caller,
    Keyholder,
    Member,
    Person,
    acting,
    acting_for,
    member,
    person,
    person_of,
)
from ragwidget.tenancy.rows import (
    chatbot,
    chatbot_asked,
    chatbots,
    conversation,
    public_chatbot,
    same_chatbot,
    source,
    visited_conversation,
    visited_message,
)

__all__ = [
    "Belonging",
    "Caller",
    "Keyholder",
    "Member",
    "Person",
    "acting",
    "acting_for",
    "chatbot",
    "chatbot_asked",
    "chatbots",
    "conversation",
    "member",
    "person",
    "person_of",
    "public_chatbot",
    "same_chatbot",
    "source",
    "visited_conversation",
    "visited_message",
]
