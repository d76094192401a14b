"""How long what visitors say is kept, and what is known of one of them."""

from __future__ import annotations

from uuid import UUID

from flask import (
    Blueprint,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from ragwidget import audit, chatbots, privacy, tenancy
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import TidyForm, readable

bp = Blueprint(
    "privacy", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/settings/privacy"
)

KEPT = {"words": True, "nothing": False}


class PrivacyForm(TidyForm):
    """What is kept of what visitors say, and for how long."""

    retention_days = IntegerField(
        "Days that it is kept",
        validators=[
            Optional(),
            readable,
            NumberRange(1, 36_500, "Write a number from 1 to 36500."),
        ],
    )
    kept = RadioField(
        "What visitors type",
        description="Applies to what is asked from now on.",
        choices=[
            SelectChoice("words", "Keep it: you read the questions and see what to mend"),
            SelectChoice(
                "nothing",
                "Keep nothing of it: answers stay, questions don’t; each question is answered by "
                "itself, and nobody is asked for name, e-mail or comment",
            ),
        ],
    )

    def validate_retention_days(self, field: IntegerField) -> None:
        """Refuse to keep it for longer than the installation does."""
        most = current_app.config["RETENTION_DAYS"]
        if field.data and most and field.data > most:
            raise ValidationError(f"This installation keeps nothing for more than {most} days.")


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show what is kept, and what is known of whom somebody asks for."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PrivacyForm(obj=chatbot, kept="words" if chatbot.keeps_words else "nothing")
    return _page(who, chatbot, form)


@bp.post("")
def save(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep how long what is said is kept."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PrivacyForm()
    if not form.validate_on_submit():
        flash("Nothing was saved yet: please look at the fields marked below.", "error")
        return _page(who, chatbot, form), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="privacy")
    chatbots.change(
        chatbot, retention_days=form.retention_days.data, keeps_words=KEPT[form.kept.data]
    )
    flash("Saved. What is too old is erased within the hour.", "success")
    return redirect(url_for("dashboard.privacy.show", chatbot_id=chatbot.id), 303)


@bp.get("/visitors/<uuid:visitor_id>.json")
def export(chatbot_id: UUID, visitor_id: UUID) -> ResponseReturnValue:
    """Hand out all that is known of a visitor, as a file."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note_reading(who, "visitor.exported", str(visitor_id), chatbot.id)
    response = jsonify(privacy.export(chatbot, visitor_id))
    response.headers["Content-Disposition"] = f'attachment; filename="visitor-{visitor_id}.json"'
    return response


@bp.post("/visitors/<uuid:visitor_id>/erase")
def erase(chatbot_id: UUID, visitor_id: UUID) -> ResponseReturnValue:
    """Erase all that is known of a visitor."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "visitor.erased", str(visitor_id), chatbot.id)
    count = privacy.erase(chatbot.id, visitor_id)
    threads = "one conversation" if count == 1 else f"{count:,} conversations"
    flash(f"Erased: {threads} and whatever else was known of this visitor.", "success")
    return redirect(url_for("dashboard.privacy.show", chatbot_id=chatbot.id), 303)


def _page(who: tenancy.Member, chatbot: Chatbot, form: PrivacyForm) -> str:
    person = request.args.get("person", "").replace("\0", "").strip()[:254]
    return render_template(
        "dashboard/privacy.html",
        who=who,
        chatbot=chatbot,
        form=form,
        most=current_app.config["RETENTION_DAYS"],
        person=person,
        found=privacy.find(chatbot.id, person),
    )
