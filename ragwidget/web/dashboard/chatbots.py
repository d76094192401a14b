"""An organization's chatbots: all of them, a new one, one at a glance."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from ragwidget import (
    audit,
    budgets,
    chatbots,
    conversations,
    gemini_keys,
    insights,
    library,
    tenancy,
)
from ragwidget.extensions import db, this_app
from ragwidget.web.dashboard.figures import Figures, said
from ragwidget.web.dashboard.forms import TidyForm
from ragwidget.web.dashboard.tiles import tiles_of
from ragwidget.web.origins import UnusableOrigin, read_origin

bp = Blueprint("chatbots", __name__, url_prefix="/dashboard")


class NewChatbotForm(TidyForm):
    """The little that a chatbot needs to begin."""

    name = StringField(
        "Name",
        description="Visitors see it at the top of the chat.",
        validators=[DataRequired("Please give it a name."), Length(max=120)],
    )
    origin = StringField(
        "Your website",
        description="Where the chat will be, such as https://example.org. You can say so later.",
        validators=[Length(max=300)],
    )
    welcome = TextAreaField(
        "Welcome",
        description="The first thing that visitors read.",
        default=chatbots.WELCOME,
        validators=[Length(max=1000)],
    )

    def validate_origin(self, field: StringField) -> None:
        """Say what is wrong with an address that no website can have."""
        try:
            field.data = read_origin(field.data) if field.data else ""
        except UnusableOrigin as unusable:
            raise ValidationError(unusable.message) from None


@bp.get("/")
def index() -> ResponseReturnValue:
    """Show the organization's chatbots."""
    who = tenancy.member()
    found = tenancy.chatbots(who)
    ids = [chatbot.id for chatbot in found]
    return render_template(
        "dashboard/chatbots.html",
        who=who,
        chatbots=found,
        sources=library.counts(ids),
        numbers=insights.reports(ids, insights.named(insights.USUAL)),
        asked=conversations.last_asked(ids),
        ending=chatbots.ending.left(who.organization_id),
    )


@bp.route("/chatbots/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Make a chatbot, and lead to what it is to read."""
    who = tenancy.member("editor")
    form = NewChatbotForm()
    if not form.validate_on_submit():
        page = render_template("dashboard/new_chatbot.html", who=who, form=form)
        return page, 422 if form.errors else 200
    app = this_app()
    made = chatbots.create(
        who.organization_id,
        form.name.data,
        welcome=form.welcome.data,
        engine="gemini" if gemini_keys.standing(app, who.organization_id).usable else "local",
        origins=[form.origin.data] if form.origin.data else [],
    )
    audit.note(who, "chatbot.created", made.name, made.id, engine=made.engine)
    db.session.commit()
    flash(f"{made.name} is here. Now give it something to read.", "success")
    return redirect(url_for("dashboard.sources.index", chatbot_id=made.id), 303)


@bp.get("/chatbots/<uuid:chatbot_id>/")
def overview(chatbot_id: UUID) -> ResponseReturnValue:
    """Show how a chatbot is doing and what is to do next; it can be tried here."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    seen = [sighting for sighting in chatbots.sightings(chatbot.id) if sighting.allowed]
    report = insights.report([chatbot.id], insights.read_range(request.args))
    spending = insights.spending_of([chatbot.id], report.range)
    return render_template(
        "dashboard/overview.html",
        who=who,
        chatbot=chatbot,
        sources=library.counts([chatbot.id])[chatbot.id],
        report=report,
        figures=Figures(report, spending),
        tiles=tiles_of(report, spending)[:4],
        unanswered=insights.unanswered_questions(report, most=3),
        budget_spent=not budgets.has_room(chatbot),
        latest=conversations.listing(chatbot.id, limit=5).rows,
        seen=seen[0] if seen else None,
        ranges=insights.DAYS,
        said=said,
    )
