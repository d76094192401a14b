"""What the audit log says in sentences of each thing that was done."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from markupsafe import Markup

from ragwidget.models import AuditEntry

DEEDS = {
    "api_key.made": "made the API key {}",
    "api_key.revoked": "revoked the API key {}",
    "audit_log.exported": "exported the audit log",
    "budget.changed": "changed the daily budget",
    "chatbot.changed": "changed the settings of {}",
    "chatbot.created": "created the chatbot {}",
    "chatbot.deleted": "deleted the chatbot {}",
    "chatbot.duplicated": "made the chatbot {} as a copy",
    "chatbot.engine_chosen": "chose another engine for {}",
    "chatbot.paused": "paused the chatbot {}",
    "chatbot.resumed": "let the chatbot {} answer again",
    "contact.assigned": "changed who looks after a visitor’s message",
    "contact.done": "marked a visitor’s message as done",
    "contact.reopened": "reopened a visitor’s message",
    "conversation.answered": "answered in a conversation",
    "conversation.archive": "archived a conversation",
    "conversation.deleted": "deleted a conversation",
    "conversation.handle": "marked a conversation as handled",
    "conversation.note_deleted": "deleted a note of their own",
    "conversation.noted": "wrote a note about a conversation",
    "conversation.read": "marked a conversation as read",
    "conversation.reopen": "marked a conversation as not handled",
    "conversation.tag": "tagged a conversation",
    "conversation.unarchive": "took a conversation out of the archive",
    "conversation.unread": "marked a conversation as unread",
    "conversation.untag": "took a tag off a conversation",
    "conversations.changed": "sorted conversations",
    "conversations.deleted": "deleted conversations",
    "conversations.exported": "exported conversations",
    "gemini_key.kept": "entered the organization’s Gemini API key",
    "gemini_key.removed": "removed the organization’s Gemini API key",
    "identity_key.made": "made the key by which {} knows visitors",
    "identity_key.removed": "removed the key by which {} knows visitors",
    "invitation.revoked": "took back the invitation of {}",
    "member.email_changed": "changed their e-mail address",
    "member.invited": "invited {}",
    "member.invited_again": "sent the invitation of {} again",
    "member.joined": "joined the organization",
    "member.left": "left the organization",
    "member.passkey_added": "added a passkey",
    "member.passkey_removed": "removed a passkey",
    "member.password_changed": "changed their password",
    "member.password_recovered": "set a new password by mail",
    "member.removed": "removed {} from the organization",
    "member.role_changed": "changed the role of {}",
    "member.second_factor_removed": "removed their second factor",
    "member.second_factor_set": "set up a second factor",
    "notices.changed": "changed which mails they get",
    "organization.created": "created the organization {}",
    "organization.renamed": "renamed the organization {}",
    "organization.second_factor": "changed whether members need a second factor",
    "organization.transferred": "made {} the owner in their place",
    "sign_in.begun": "signed in",
    "sign_in.code_failed": "was refused for a wrong second factor",
    "sign_in.ended": "signed out",
    "sign_in.failed": "was refused for a wrong password or passkey",
    "source.added": "added the source {}",
    "source.deleted": "deleted the source {}",
    "source.read_again": "had the source {} read again",
    "source.replaced": "replaced the source {}",
    "tag.changed": "changed the tag {}",
    "tag.created": "created the tag {}",
    "tag.deleted": "deleted the tag {}",
    "tag.made": "created the tag {}",
    "visitor.erased": "erased a visitor",
    "visitor.exported": "exported what is known of a visitor",
    "webhook.added": "added the webhook {}",
    "webhook.changed": "changed the webhook {}",
    "webhook.deleted": "deleted the webhook {}",
    "webhook.redelivered": "had something delivered again to {}",
    "webhook.removed": "deleted the webhook {}",
    "webhook.secret_made": "made a new secret for the webhook {}",
    "webhook.switched": "switched the webhook {}",
    "webhook.tested": "tested the webhook {}",
}
NAMED = Markup("<bdi>{}</bdi>")
SAID = Markup("<strong>{}</strong> {}{}{}")
AT = Markup(", at {}")
UNNAMED = "a question-and-answer pair"  # whose words may be a visitor's


def sentence_of(entry: AuditEntry, chatbots: Mapping[UUID, str]) -> Markup:
    """Say who did what, and at which chatbot where the sentence doesn't name it.

    What an earlier or a later release has noted is said by its name.
    """
    deed = DEEDS.get(entry.action, entry.action.replace(".", " ").replace("_", " ") + " {}")
    if not entry.subject:
        deed = deed.replace("the source {}", UNNAMED).replace("{}", "").rstrip()
    before, names_it, after = deed.partition("{}")
    subject = NAMED.format(entry.subject) if names_it else ""
    said = SAID.format(NAMED.format(entry.who), before, subject, after)
    at = chatbots.get(entry.chatbot_id) if entry.chatbot_id else None
    return said + AT.format(NAMED.format(at)) if at and at != entry.subject else said
