"""How long what visitors say is kept, and what is known of one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from ragwidget import audit, privacy, tenancy
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import readable
from ragwidget.web.dashboard.settings.subject import Subject, SubjectForm

KEPT = {"words": True, "nothing": False}


class PrivacyForm(SubjectForm):
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

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        kept = "words" if chatbot.keeps_words else "nothing"
        return {"retention_days": chatbot.retention_days, "kept": kept}

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {"retention_days": self.retention_days.data, "keeps_words": KEPT[self.kept.data]}

    def validate_retention_days(self, field: IntegerField) -> None:
        """Refuse to keep it for longer than the installation does."""
        most = current_app.config["RETENTION_DAYS"]
        if field.data and most and field.data > most:
            raise ValidationError(f"This installation keeps nothing for more than {most} days.")


def _facts(chatbot: Chatbot, _form: PrivacyForm) -> dict[str, Any]:
    person = request.args.get("person", "").replace("\0", "").strip()[:254]
    return {
        "most": current_app.config["RETENTION_DAYS"],
        "person": person,
        "found": privacy.find(chatbot.id, person),
    }


subject = Subject(
    "privacy", "Privacy", PrivacyForm, _facts, "Saved. What is too old is erased within the hour."
)
bp = subject.blueprint("/privacy")


@bp.get("/visitors/<uuid:visitor_id>.json")
def export(chatbot_id: UUID, visitor_id: UUID) -> ResponseReturnValue:
    """Hand out all that is known of a visitor, as a file."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note_reading(who, "visitor.exported", chatbot_id=chatbot.id)
    response = jsonify(privacy.export(chatbot, visitor_id))
    response.headers["Content-Disposition"] = f'attachment; filename="visitor-{visitor_id}.json"'
    return response


@bp.post("/visitors/<uuid:visitor_id>/erase")
def erase(chatbot_id: UUID, visitor_id: UUID) -> ResponseReturnValue:
    """Erase all that is known of a visitor."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "visitor.erased", chatbot_id=chatbot.id)  # whom it was, nobody knows any more
    count = privacy.erase(chatbot.id, visitor_id)
    threads = "one conversation" if count == 1 else f"{count:,} conversations"
    flash(f"Erased: {threads} and whatever else was known of this visitor.", "success")
    return redirect(url_for("dashboard.privacy.show", chatbot_id=chatbot.id), 303)
