"""What a member is told by mail, each to their own taste."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectMultipleField
from wtforms.fields import SelectChoice
from wtforms.widgets import CheckboxInput, ListWidget

from ragwidget import audit, happenings, notices, tenancy
from ragwidget.notices import Subscribed
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("notices", __name__, url_prefix="/account/notices")


class NoticesForm(TidyForm):
    """What is worth a mail."""

    at_once = SelectMultipleField(
        "At once",
        description="What happens within ten minutes comes in one mail.",
        choices=[SelectChoice(kind, happenings.KINDS[kind]) for kind in happenings.BY_MAIL],
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )
    digest = RadioField(
        "In a digest",
        description="What was asked, what went unanswered, and the numbers. None comes where "
        "nothing happened.",
        choices=[
            SelectChoice("off", "No digest"),
            SelectChoice("daily", "Daily, at seven in the morning (UTC)"),
            SelectChoice("weekly", "Weekly, on Monday at seven (UTC)"),
        ],
    )
    chatbots = SelectMultipleField(
        "Of which chatbots",
        description="None chosen: of all, also those that come later.",
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )

    def __init__(self, who: tenancy.Member, **values: Any) -> None:
        super().__init__(**values)
        self.chatbots.choices = [
            SelectChoice(str(one.id), one.name) for one in tenancy.chatbots(who)
        ]


@bp.get("")
def show() -> ResponseReturnValue:
    """Show what a member is told."""
    who = tenancy.member()
    now = notices.of(who.organization_id, who.user_id, who.role)
    return _page(
        who,
        NoticesForm(who, at_once=now.at_once, digest=now.digest, chatbots=now.chatbot_ids),
    )


@bp.post("")
def save() -> ResponseReturnValue:
    """Keep what a member wants to be told."""
    who = tenancy.member()
    form = NoticesForm(who)
    if not form.validate_on_submit():
        return _page(who, form), 422
    wanted = Subscribed(tuple(form.at_once.data), form.digest.data, tuple(form.chatbots.data))
    audit.note(who, "notices.changed", at_once=form.at_once.data, digest=form.digest.data)
    notices.save(who.organization_id, who.user_id, wanted)
    flash("Saved.", "success")
    return redirect(url_for("dashboard.notices.show"), 303)


def _page(who: tenancy.Member, form: NoticesForm) -> str:
    return render_template(
        "dashboard/notices.html", who=who, form=form, mailing=bool(current_app.config["SMTP_URL"])
    )
