"""A document on its way: claimed with a lease, uploaded, watched, ready or failed.

Its row is the truth, so that any process can go on where another died. `claims` says who may go
on, `leftovers` what others left behind, `outcomes` how it went.
"""

from ragwidget.library.uploads.claims import Claim, Watch, claim, renew, watch
from ragwidget.library.uploads.leftovers import adoptable, forget
from ragwidget.library.uploads.outcomes import (
    SHORTEST_LOOK,
    begin_again,
    fail,
    look_later,
    pause_after,
    postpone,
    ready,
    uploaded,
)

__all__ = [
    "SHORTEST_LOOK",
    "Claim",
    "Watch",
    "adoptable",
    "begin_again",
    "claim",
    "fail",
    "forget",
    "look_later",
    "pause_after",
    "postpone",
    "ready",
    "renew",
    "uploaded",
    "watch",
]
