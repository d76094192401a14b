"""What happened in a range of days: at one chatbot, and at all of an organization."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ragwidget import insights, tenancy
from ragwidget.web.dashboard.figures import (
    WEEKDAYS,
    Figures,
    said,
)
from ragwidget.web.dashboard.plots import spark_of
from ragwidget.web.dashboard.tiles import tiles_of

bp = Blueprint("insights", __name__, url_prefix="/dashboard")


@bp.get("/chatbots/<uuid:chatbot_id>/insights")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what a chatbot was asked, how well it answered, how quickly, and what it took."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    report = insights.report([chatbot.id], insights.read_range(request.args))
    spending = insights.spending_of([chatbot.id], report.range)
    questions, unanswered = insights.questions(report)
    never, how_many = insights.never_cited(report)
    return render_template(
        "dashboard/insights.html",
        who=who,
        chatbot=chatbot,
        report=report,
        figures=Figures(report, spending),
        tiles=tiles_of(report, spending),
        questions=questions,
        unanswered=unanswered,
        pages=insights.top_pages(report),
        cited=insights.top_sources(report),
        never_cited=never,
        never_cited_count=how_many,
        weekdays=WEEKDAYS,
        ranges=insights.DAYS,
        said=said,
    )


@bp.get("/insights")
def index() -> ResponseReturnValue:
    """Show all chatbots side by side, and what they came to together."""
    who = tenancy.member()
    chatbots = tenancy.chatbots(who)
    days = insights.read_range(request.args)
    ids = [chatbot.id for chatbot in chatbots]
    each = insights.reports(ids, days)
    together = insights.together(each.values(), days)
    spending = insights.spending(who.organization_id, days)
    sparks = {
        id: spark_of([tally.questions for tally in report.slots]) for id, report in each.items()
    }
    return render_template(
        "dashboard/organization_insights.html",
        who=who,
        chatbots=sorted(chatbots, key=lambda one: -each[one.id].total.questions),
        each=each,
        sparks=sparks,
        report=together,
        figures=Figures(together, spending),
        tiles=tiles_of(together, spending),
        spent=dict(spending.chatbots),
        ranges=insights.DAYS,
        said=said,
    )
