"""The tables, one file each."""

from ragwidget.models.api_key import ApiCall, ApiKey
from ragwidget.models.audit import AuditEntry
from ragwidget.models.base import new_id, now
from ragwidget.models.bulk_change import BulkChange
from ragwidget.models.change import Change
from ragwidget.models.chatbot import CONTACT, MODES, Chatbot, Sighting
from ragwidget.models.contact import ContactRequest
from ragwidget.models.conversation import Conversation
from ragwidget.models.deletion import Deletion
from ragwidget.models.document import DOCUMENT_STATES, Document
from ragwidget.models.happening import Happening
from ragwidget.models.identity import Identity
from ragwidget.models.invitation import Invitation
from ragwidget.models.membership import ROLES, Membership
from ragwidget.models.message import Citation, Message
from ragwidget.models.note import Note
from ragwidget.models.notice import DIGESTS, Notice, Subscription
from ragwidget.models.organization import Organization
from ragwidget.models.passage import Alias, Passage, Scope, ScopeLanguage, Vocabulary
from ragwidget.models.rollup import DailyCitation, DailyNumbers, DailyPage, DailyQuestion, Rollup
from ragwidget.models.sign_in import SignIn
from ragwidget.models.source import KINDS, STATES, Source
from ragwidget.models.spending import DailyBudget, DailyUsage, Reserve
from ragwidget.models.tag import COLOURS, Tag
from ragwidget.models.transcript import Transcript
from ragwidget.models.user import User, WebAuthn
from ragwidget.models.webhook import Delivery, Webhook

__all__ = [
    "COLOURS",
    "CONTACT",
    "DIGESTS",
    "DOCUMENT_STATES",
    "KINDS",
    "MODES",
    "ROLES",
    "STATES",
    "Alias",
    "ApiCall",
    "ApiKey",
    "AuditEntry",
    "BulkChange",
    "Change",
    "Chatbot",
    "Citation",
    "ContactRequest",
    "Conversation",
    "DailyBudget",
    "DailyCitation",
    "DailyNumbers",
    "DailyPage",
    "DailyQuestion",
    "DailyUsage",
    "Deletion",
    "Delivery",
    "Document",
    "Happening",
    "Identity",
    "Invitation",
    "Membership",
    "Message",
    "Note",
    "Notice",
    "Organization",
    "Passage",
    "Reserve",
    "Rollup",
    "Scope",
    "ScopeLanguage",
    "Sighting",
    "SignIn",
    "Source",
    "Subscription",
    "Tag",
    "Transcript",
    "User",
    "Vocabulary",
    "WebAuthn",
    "Webhook",
    "new_id",
    "now",
]
