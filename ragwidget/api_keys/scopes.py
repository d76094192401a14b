"""What a key may be allowed: to read a subject, or to write it too."""

from __future__ import annotations

SUBJECTS = {
    "chatbots": "Chatbots and their settings",
    "sources": "Sources",
    "conversations": "Conversations and messages",
    "insights": "Insights",
    "webhooks": "Webhooks",
}
READ_ONLY = {"insights"}
SCOPES = tuple(
    f"{subject}:{right}"
    for subject in SUBJECTS
    for right in ("read", "write")
    if right == "read" or subject not in READ_ONLY
)
