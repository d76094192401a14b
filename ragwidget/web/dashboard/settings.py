"""How a chatbot answers, speaks and is limited; and its end."""

from __future__ import annotations

import re
from typing import Any
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
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
    widgets,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from ragwidget import audit, chatbots, tenancy
from ragwidget.errors import InvalidInput, Refusal
from ragwidget.models import Chatbot, now
from ragwidget.web.dashboard import engine
from ragwidget.web.dashboard.forms import readable, tidy

bp = Blueprint("settings", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/settings")
for function in (engine.change_of, engine.key_of, engine.usual_temperature):
    bp.add_app_template_global(function)

MOST_SUGGESTIONS = 6
LONGEST_SUGGESTION = 120

MODES = {
    "local": {
        "strict": "Strict: only what the sources say; otherwise it says that it doesn’t know",
        "balanced": "Balanced: offers the nearest passages too, and says that they are only near",
        "creative": "Creative: a broader digest of everything that is related",
    },
    "gemini": {
        "strict": "Strict: only what the sources say; an answer that doesn’t rest on them is "
        "withheld, and it says that it doesn’t know",
        "balanced": "Balanced: from the sources; an answer that doesn’t rest on them is marked",
        "creative": "Creative: freer in its words; an answer that doesn’t rest on the sources is "
        "marked",
    },
}


class SettingsForm(engine.EngineForm):
    """Everything an owner sets about one chatbot."""

    name = StringField("Name", validators=[DataRequired("Please give it a name."), Length(max=120)])
    paused = BooleanField("Paused: the chat stays closed on every website until you come back")
    instructions = TextAreaField("Instructions", validators=[Length(max=8000)])
    mode = RadioField("How freely it answers")
    visitor_modes = SelectMultipleField(
        "Visitors may choose",
        description="Beside the field they ask in. None: there is no switch.",
        choices=[SelectChoice(mode, mode.capitalize()) for mode in MODES["local"]],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )
    welcome = TextAreaField("Welcome", validators=[Length(max=1000)])
    suggested_questions = TextAreaField(
        "Suggested questions",
        description=f"One in a line, up to {MOST_SUGGESTIONS}.",
    )
    refusal = TextAreaField(
        "When the sources don’t say",
        description="Empty: the chatbot’s own words.",
        validators=[Length(max=500)],
    )
    limit = TextAreaField(
        "When somebody has asked too often",
        description="Empty: the chatbot’s own words.",
        validators=[Length(max=500)],
    )
    questions_per_hour = IntegerField(
        "Questions per visitor and hour",
        validators=[
            Optional(),
            readable,
            NumberRange(1, 100_000, "A number from 1 to 100,000, please."),
        ],
    )
    address_questions_per_hour = IntegerField(
        "Questions per network address and hour",
        validators=[
            Optional(),
            readable,
            NumberRange(1, 100_000, "A number from 1 to 100,000, please."),
        ],
    )
    max_message_chars = IntegerField(
        "Longest question, in characters",
        validators=[
            Optional(),
            readable,
            NumberRange(50, 10_000, "A number from 50 to 10,000, please."),
        ],
    )

    def validate_suggested_questions(self, field: TextAreaField) -> None:
        """Refuse more questions than fit, and longer ones than can be read at a glance."""
        lines = lines_of(field.data)
        if len(lines) > MOST_SUGGESTIONS:
            raise ValidationError(f"These are {len(lines)}; {MOST_SUGGESTIONS} fit.")
        for line in lines:
            if len(line) > LONGEST_SUGGESTION:
                raise ValidationError(
                    f"“{line[:40]}…” has {len(line)} characters; {LONGEST_SUGGESTION} fit."
                )


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show a chatbot's settings."""
    who = tenancy.member()
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _page(who, chatbot, _form(chatbot, data=_values(chatbot)))


@bp.post("")
def save(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep what was set."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = _form(chatbot)
    if not form.validate_on_submit():
        flash("Nothing was saved yet: please look at the fields marked below.", "error")
        return _page(who, chatbot, form), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="settings")
    chatbots.change(
        chatbot,
        name=form.name.data,
        instructions=form.instructions.data,
        mode=form.mode.data,
        visitor_modes=form.visitor_modes.data,
        welcome=form.welcome.data,
        suggested_questions=lines_of(form.suggested_questions.data),
        words={**chatbot.words, "refusal": form.refusal.data, "limit": form.limit.data},
        questions_per_hour=form.questions_per_hour.data,
        address_questions_per_hour=form.address_questions_per_hour.data,
        max_message_chars=form.max_message_chars.data,
        paused_at=(chatbot.paused_at or now()) if form.paused.data else None,
        **form.engine_settings(chatbot),
    )
    flash("Saved. Visitors see it the next time they open the chat.", "success")
    return _choose(who, chatbot, form.engine.data)


@bp.post("/engine")
def choose_engine(chatbot_id: UUID) -> ResponseReturnValue:
    """Begin to change the engine, or call it off."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    wanted = request.form.get("engine", "")
    if wanted not in engine.ENGINES:
        raise InvalidInput("engine: it should be local or gemini.", field="engine")
    return _choose(who, chatbot, wanted)


@bp.get("/engine")
def show_change(chatbot_id: UUID) -> ResponseReturnValue:
    """Tell how far a chatbot is on its way to another engine, as a part of a page."""
    who = tenancy.member()
    part = render_template(
        "dashboard/_change.html",
        who=who,
        chatbot=tenancy.chatbot(who, chatbot_id),
        back=request.args.get("back"),
        arrived=request.args.get("to"),
    )
    return jsonify(html=part)


@bp.post("/delete")
def delete(chatbot_id: UUID) -> ResponseReturnValue:
    """Delete a chatbot with everything it read and said, once its name was typed."""
    who = tenancy.member("owner")
    chatbot = tenancy.chatbot(who, chatbot_id)
    if tidy(request.form.get("name")) != tidy(chatbot.name):
        flash(f"Nothing was deleted: type its name, {chatbot.name}, to delete it.", "error")
        return redirect(url_for("dashboard.settings.show", chatbot_id=chatbot.id), 303)
    audit.note(who, "chatbot.deleted", chatbot.name, chatbot.id)
    chatbots.remove(chatbot, current_app.extensions["originals"])
    flash(f"{chatbot.name} is deleted, with everything it read and said.", "success")
    return redirect(url_for("dashboard.chatbots.index"), 303)


def _choose(who: tenancy.Member, chatbot: Chatbot, wanted: str | None) -> ResponseReturnValue:
    if wanted not in {None, chatbot.next_engine or chatbot.engine}:
        audit.note(who, "chatbot.engine_chosen", chatbot.name, chatbot.id, engine=wanted)
    try:
        engine.choose(chatbot, wanted)
    except Refusal as refusal:
        flash(refusal.message, "error")
    at_overview = request.form.get("back") == "overview"
    page = "dashboard.chatbots.overview" if at_overview else "dashboard.settings.show"
    return redirect(url_for(page, chatbot_id=chatbot.id), 303)


def lines_of(text: str | None) -> list[str]:
    """Return the lines of a text that say something, each once."""
    lines = (re.sub(r"\s+", " ", line).strip() for line in (text or "").splitlines())
    return list(dict.fromkeys(line for line in lines if line))


def _form(chatbot: Chatbot, **given: Any) -> SettingsForm:
    form = SettingsForm(**given)
    form.mode.choices = [SelectChoice(*mode) for mode in MODES[chatbot.engine].items()]
    form.offer_models(chatbot)
    return form


def _values(chatbot: Chatbot) -> dict[str, object]:
    return {
        "name": chatbot.name,
        "paused": chatbot.paused_at is not None,
        "instructions": chatbot.instructions,
        "mode": chatbot.mode,
        "visitor_modes": chatbot.visitor_modes,
        "welcome": chatbot.welcome,
        "suggested_questions": "\n".join(chatbot.suggested_questions),
        "refusal": chatbot.words.get("refusal", ""),
        "limit": chatbot.words.get("limit", ""),
        "questions_per_hour": chatbot.questions_per_hour,
        "address_questions_per_hour": chatbot.address_questions_per_hour,
        "max_message_chars": chatbot.max_message_chars,
        **engine.values_of(chatbot),
    }


def _page(who: tenancy.Member, chatbot: Chatbot, form: SettingsForm) -> str:
    defaults = {
        "questions_per_hour": current_app.config["VISITOR_QUESTIONS_PER_HOUR"],
        "address_questions_per_hour": current_app.config["ADDRESS_QUESTIONS_PER_HOUR"],
        "max_message_chars": current_app.config["MAX_MESSAGE_CHARS"],
    }
    visitor = form.questions_per_hour.data or defaults["questions_per_hour"]
    address = form.address_questions_per_hour.data or defaults["address_questions_per_hour"]
    return render_template(
        "dashboard/settings.html",
        who=who,
        chatbot=chatbot,
        form=form,
        defaults=defaults,
        narrow=(visitor, address) if address < visitor and not form.errors else None,
    )
