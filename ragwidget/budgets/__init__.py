"""What a day may take and what it took: the only writer of daily usage and daily budgets.

Before a question goes to an engine that costs, an estimate of its answer is set aside (`holding`);
when the answer ends, whatever the end, what it really took is counted in its place, in the same
commit (`settling`, which writes into the `ledger`); `reserving` does both for answers that are not
written down. `days` says how a day stands. A day is a day in UTC, and an answer belongs to the day
on which its question was asked.
"""

from ragwidget.budgets.days import (
    ANY,
    Day,
    Limits,
    init_app,
    installation_limits,
    limits_of,
    own_limits,
    prices,
    set_limits,
    today,
    until_midnight,
)
from ragwidget.budgets.holding import (
    COSTLY,
    BudgetReached,
    Hold,
    expect,
    has_room,
    hold,
    release,
)
from ragwidget.budgets.ledger import count
from ragwidget.budgets.reserving import expire, reserve, use
from ragwidget.budgets.settling import ACCOUNT, settle

__all__ = [
    "ACCOUNT",
    "ANY",
    "COSTLY",
    "BudgetReached",
    "Day",
    "Hold",
    "Limits",
    "count",
    "expect",
    "expire",
    "has_room",
    "hold",
    "init_app",
    "installation_limits",
    "limits_of",
    "own_limits",
    "prices",
    "release",
    "reserve",
    "set_limits",
    "settle",
    "today",
    "until_midnight",
    "use",
]
