"""What the numbers say, for programs that watch them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from ragwidget import insights, tenancy
from ragwidget.errors import ChatbotNotFound
from ragwidget.insights import Cited, Finding, Histogram, Tally
from ragwidget.insights.tallies import COUNTS
from ragwidget.web.owner.contracts import of_insights
from ragwidget.web.owner.door import bp, holder, read_query
from ragwidget.web.owner.etags import tagged
from ragwidget.web.owner.queries import DaysWanted
from ragwidget.web.owner.replies.insights import Insights


@bp.get("/insights")
@of_insights(query=DaysWanted, answers=Insights, cached=True)
def get_insights() -> ResponseReturnValue:
    """Return what happened at all chatbots that the key may see, to the last minute."""
    who = holder("insights:read")
    return _of([chatbot.id for chatbot in tenancy.chatbots(who)])


@bp.get("/chatbots/<uuid:chatbot_id>/insights")
@of_insights(query=DaysWanted, answers=Insights, cached=True, refusals=(ChatbotNotFound,))
def get_chatbot_insights(chatbot_id: UUID) -> ResponseReturnValue:
    """Return what happened at one chatbot, to the last minute."""
    return _of([tenancy.chatbot(holder("insights:read"), chatbot_id).id])


def _of(chatbot_ids: Collection[UUID]) -> ResponseReturnValue:
    read_query(DaysWanted)
    days = insights.read_range(request.args)
    report = insights.report(chatbot_ids, days)
    questions, unanswered = insights.questions(report)
    return tagged(
        first=days.first.isoformat(),
        last=days.last.isoformat(),
        total=_spell(report.total),
        before=_spell(report.before),
        days=[{"day": day.isoformat(), **_spell(report.days.get(day, Tally()))} for day in days],
        top_questions=[_found(one) for one in questions],
        unanswered_questions=[_found(one) for one in unanswered],
        top_pages=[_found(one) for one in insights.top_pages(report)],
        top_sources=[_cited(one) for one in insights.top_sources(report)],
    )


def _spell(tally: Tally) -> dict[str, Any]:
    return {
        **{name: getattr(tally, name) for name in COUNTS},
        "first_text_ms": _times(tally.first_text),
        "total_ms": _times(tally.whole),
    }


def _times(spans: Histogram) -> dict[str, int | None]:
    return {"p50": spans.percentile(0.5), "p95": spans.percentile(0.95)}


def _found(finding: Finding) -> dict[str, Any]:
    return {
        "words": finding.words,
        "chatbot_id": str(finding.chatbot_id),
        "conversation_id": str(finding.conversation_id),
        "asked": finding.asked,
    }


def _cited(cited: Cited) -> dict[str, Any]:
    return {
        "source_id": str(cited.source.id),
        "title": cited.source.title,
        "answers": cited.answers,
    }
