"""What the numbers say: how much was asked, what went unanswered, how long it took, its cost.

`rollups` counts ahead, so that no page reads what was said in a year; `tallies` says what an answer
counts for, `counting` reads answers, `topics` what they were about. `reports`, `findings` and
`spending` answer pages, of a `range` of days; `outcomes` is of single conversations.
"""

from ragwidget.insights.counting import OF_VISITORS
from ragwidget.insights.findings import (
    Cited,
    Finding,
    never_cited,
    questions,
    top_pages,
    top_sources,
    unanswered_questions,
)
from ragwidget.insights.outcomes import Outcomes, outcomes
from ragwidget.insights.ranges import DAYS, USUAL, Range, named, read_range
from ragwidget.insights.reports import Report, report, reports, together
from ragwidget.insights.rollups import count_up, recounted
from ragwidget.insights.spending import (
    Spending,
    Spent,
    spending,
    spending_of,
    spent_by,
    spent_in,
)
from ragwidget.insights.tallies import Histogram, Tally
from ragwidget.insights.targets import Targets, init_app, targets

__all__ = [
    "DAYS",
    "OF_VISITORS",
    "USUAL",
    "Cited",
    "Finding",
    "Histogram",
    "Outcomes",
    "Range",
    "Report",
    "Spending",
    "Spent",
    "Tally",
    "Targets",
    "count_up",
    "init_app",
    "named",
    "never_cited",
    "outcomes",
    "questions",
    "read_range",
    "recounted",
    "report",
    "reports",
    "spending",
    "spending_of",
    "spent_by",
    "spent_in",
    "targets",
    "together",
    "top_pages",
    "top_sources",
    "unanswered_questions",
]
