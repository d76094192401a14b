"""Other programs that hear what happens: the only writer of webhooks and their deliveries.

`registry` keeps whom an organization tells what, `deliveries` what is on its way and how that
went, `bodies` spells what is told, `signing` shows that it comes from us. Every happening arrives
at least once: a worker that dies between sending and writing that down is followed by another
that sends it again, under the same id.
"""

from ragwidget.webhooks.bodies import spell
from ragwidget.webhooks.deliveries import (
    Attempt,
    DeliveryNotFound,
    Parcel,
    claim,
    due,
    give_up_old,
    log_of,
    next_of,
    note,
    put,
    put_test,
    redeliver,
    release,
    sent,
)
from ragwidget.webhooks.registry import (
    AddressRefused,
    TooManyWebhooks,
    WebhookNotFound,
    add,
    change,
    new_secret,
    of,
    one,
    remove,
    reseal,
    secret_of,
    switch,
)
from ragwidget.webhooks.signing import headers_of

__all__ = [
    "AddressRefused",
    "Attempt",
    "DeliveryNotFound",
    "Parcel",
    "TooManyWebhooks",
    "WebhookNotFound",
    "add",
    "change",
    "claim",
    "due",
    "give_up_old",
    "headers_of",
    "log_of",
    "new_secret",
    "next_of",
    "note",
    "of",
    "one",
    "put",
    "put_test",
    "redeliver",
    "release",
    "remove",
    "reseal",
    "secret_of",
    "sent",
    "spell",
    "switch",
]
