"""From a question that is written down to its events: joins engine, turn and memory.

`turns` begins, finds and stops them; `following` reads what another process writes, `repeating`
gives an answer again, and `playing` keeps nothing of what its owner tries.
"""

from ragwidget.answering.turns import (
    TEMPERATURES,
    asked_of,
    attach,
    engine_for,
    init_app,
    start,
    stop,
)

__all__ = ["TEMPERATURES", "asked_of", "attach", "engine_for", "init_app", "start", "stop"]
