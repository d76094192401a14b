"""What every call of the owner API has in common, for its document."""

from __future__ import annotations

from functools import partial
from typing import Any

from ragwidget.api_keys import KeyExpired, KeyInvalid
from ragwidget.errors import (
    Busy,
    DatabaseUnavailable,
    InvalidInput,
    Refusal,
    TooManyTries,
    TooMuch,
    TooOften,
    Unreadable,
)
from ragwidget.web.bodies import TooSlow
from ragwidget.web.openapi.contract import Contract
from ragwidget.web.owner import etags, repeating
from ragwidget.web.owner.door import KeyMissing, ScopeMissing

SCHEME = "apiKey"
AT_THE_DOOR = (KeyMissing, KeyInvalid, KeyExpired, ScopeMissing)
ALWAYS = (TooOften, TooManyTries, DatabaseUnavailable)
NAMED = (
    repeating.HEADER,
    "A name of yours for this call, such as a UUID: sent again under it within a day, nothing is "
    "made twice, and the answer is the first one.",
)


def call(
    subject: str,
    *,
    guarded: bool = False,
    refusals: tuple[type[Refusal], ...] = (),
    **told: Any,
) -> Contract:
    """Return the contract of a call: what is told of it, and what is true of all.

    One that is `guarded` minds `If-Match`; one that answers 201 or 202 an Idempotency-Key.
    """
    headers: tuple[tuple[str, str], ...] = ()
    if guarded:
        headers, refusals = etags.LISTENS, (*refusals, etags.ChangedMeanwhile)
    if told.get("status") in {201, 202}:
        headers, refusals = (NAMED,), refusals + repeating.REFUSALS + (InvalidInput,)
    if told.get("takes") or told.get("upload"):
        refusals += (InvalidInput, TooMuch, Unreadable, TooSlow, Busy)
    elif told.get("query"):
        refusals += (InvalidInput,)
    return Contract(
        subject,
        proof=SCHEME,
        headers=headers,
        refusals=AT_THE_DOOR + ALWAYS + refusals,
        **told,
    )


of_keys = partial(call, "Your API key")
of_chatbots = partial(call, "Your chatbots")
of_sources = partial(call, "Your sources")
of_conversations = partial(call, "Your conversations")
of_inbox = partial(call, "Your inbox")
of_insights = partial(call, "Your insights")
of_webhooks = partial(call, "Your webhooks")
