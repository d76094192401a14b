"""How a chatbot answers: its instructions, how freely, and by which engine."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectMultipleField, TextAreaField, widgets
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from ragwidget import audit, chatbots, tenancy
from ragwidget.errors import InvalidInput, Refusal
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.settings import engine
from ragwidget.web.dashboard.settings.subject import Subject

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


class AnswersForm(engine.EngineForm):
    """Everything an owner sets about the answers."""

    instructions = TextAreaField("Instructions", validators=[Length(max=8000)])
    mode = RadioField(
        "How freely it answers",
        description="What is at stake when an answer is wrong? The more, the stricter.",
    )
    visitor_modes = SelectMultipleField(
        "Visitors may choose",
        description="Beside the field they ask in. None: there is no switch.",
        choices=[SelectChoice(mode, mode.capitalize()) for mode in MODES["local"]],
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        engine = chatbot.next_engine or chatbot.engine
        return super().values(chatbot) | {"engine": engine, "model": chatbot.model or ""}

    def offer(self) -> None:
        """Offer the modes of the chatbot's engine, and the installation's models."""
        self.mode.choices = [SelectChoice(*mode) for mode in MODES[self.chatbot.engine].items()]
        self.offer_models()

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept, apart from the engine itself."""
        return self.engine_settings() | {
            "instructions": self.instructions.data,
            "mode": self.mode.data,
            "visitor_modes": self.visitor_modes.data,
        }


class Answers(Subject):
    """The page, whose engine changes in its own time."""

    def keep(self, who: tenancy.Member, chatbot: Chatbot, form: AnswersForm) -> None:
        """Keep what a form that is in order says, and begin to change the engine."""
        chatbots.change(chatbot, who.user_id, **form.settings())
        _choose(who, chatbot, form.engine.data)


subject = Answers("settings", "Answers", AnswersForm)
bp = subject.blueprint("")
for function in (engine.change_of, engine.key_of, engine.usual_temperature):
    bp.add_app_template_global(function)


@bp.post("/engine")
def choose_engine(chatbot_id: UUID) -> ResponseReturnValue:
    """Begin to change the engine, or call it off."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    wanted = request.form.get("engine", "")
    if wanted not in engine.ENGINES:
        raise InvalidInput("engine: it should be local or gemini.", field="engine")
    _choose(who, chatbot, wanted)
    at_overview = request.form.get("back") == "overview"
    page = "dashboard.chatbots.overview" if at_overview else "dashboard.settings.show"
    return redirect(url_for(page, chatbot_id=chatbot.id), 303)


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


def _choose(who: tenancy.Member, chatbot: Chatbot, wanted: str | None) -> None:
    if wanted not in {None, chatbot.next_engine or chatbot.engine}:
        audit.note(who, "chatbot.engine_chosen", chatbot.name, chatbot.id, engine=wanted)
    try:
        engine.choose(chatbot, who.user_id, wanted)
    except Refusal as refusal:
        flash(refusal.message, "error")
