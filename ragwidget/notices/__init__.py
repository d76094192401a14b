"""What members are told by mail: the only writer of subscriptions and notices.

`subscriptions` keeps what each wants to hear, `gathering` collects it until their next mail,
`letters` and `digests` say it in words, `leaving` lets somebody out by a link. A mail is handed
over once: its notices are gone before it is sent, and come back only where sending it failed.
What a mail that got lost would have said stands in the dashboard.
"""

from ragwidget.notices.digests import claim_digest, put_off_digest
from ragwidget.notices.gathering import WEBHOOK_OFF, gather, tell_owners
from ragwidget.notices.leaving import leave, read_leaving, spell_leaving
from ragwidget.notices.letters import Letter, claim_letter, due, put_back, sent
from ragwidget.notices.subscriptions import Subscribed, of, save

__all__ = [
    "WEBHOOK_OFF",
    "Letter",
    "Subscribed",
    "claim_digest",
    "claim_letter",
    "due",
    "gather",
    "leave",
    "of",
    "put_back",
    "put_off_digest",
    "read_leaving",
    "save",
    "sent",
    "spell_leaving",
    "tell_owners",
]
