"""Where an owner tries a chatbot: other settings, and everything that happens in a turn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from pydantic import TypeAdapter, ValidationError
from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired
from wtforms.validators import ValidationError as Unusable

from ragwidget import audit, chatbots, tenancy
from ragwidget.answering import playing
from ragwidget.answering.playing import Played
from ragwidget.engines.protocol import Said
from ragwidget.errors import Refusal
from ragwidget.extensions import limiter, this_app
from ragwidget.models import Chatbot
from ragwidget.web import sse
from ragwidget.web.dashboard.settings.answers import AnswersForm
from ragwidget.web.rendering import render

bp = Blueprint(
    "playground", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/playground"
)

LINES = "application/x-ndjson"  # one event in a line
TRIED = ("instructions", "mode", "model", "temperature", "top_k", "max_output_tokens")
_HISTORY = TypeAdapter(list[tuple[str, str]])


class PlaygroundForm(AnswersForm):
    """A question, and settings to try it with."""

    question = TextAreaField(
        "Question", validators=[DataRequired("Write a question first.")], default=""
    )
    history = HiddenField(default="[]")

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        return super().values(chatbot) | {"question": "", "history": "[]"}

    def wished(self) -> Chatbot:
        """Return the chatbot as it is to be tried; kept nowhere."""
        return chatbots.like(self.chatbot, **self.tried())

    def tried(self) -> dict[str, Any]:
        """Return the settings that can be tried."""
        settings = self.settings()
        return {name: settings[name] for name in TRIED}

    def said(self) -> tuple[Said, ...]:
        """Return what was said before, as much of it as an engine is told."""
        config = current_app.config
        found: list[Said] = []
        room = config["HISTORY_CHARS"]
        for role, text in reversed(_HISTORY.validate_json(self.history.data or "[]")):
            room -= len(text)
            if room < 0 or len(found) == config["HISTORY_MESSAGES"]:
                break
            found.append(Said("visitor" if role == "visitor" else "chatbot", text))
        return tuple(reversed(found))

    def validate_question(self, field: TextAreaField) -> None:
        """Refuse a question that no visitor could ask."""
        most = chatbots.message_limit(self.chatbot, current_app.config)
        if len(field.data) > most:
            raise Unusable(f"It has {len(field.data):,} characters; {most:,} can be asked.")

    def validate_history(self, field: HiddenField) -> None:
        """Refuse what no page of ours has written."""
        try:
            _HISTORY.validate_json(field.data or "[]")
        except ValidationError:
            raise Unusable("Load the page again, and begin anew.") from None


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show the place to try a chatbot in, with its settings as they are kept."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    return _page(who, chatbot, PlaygroundForm.of(chatbot))


@bp.post("/ask")
@limiter.limit("60 per minute")
@sse.admitted
def ask(chatbot_id: UUID) -> ResponseReturnValue:
    """Answer a question, as events as they happen for a script, or as a page."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PlaygroundForm(chatbot)
    streams = request.accept_mimetypes.best == "application/json"
    if not form.validate_on_submit():
        if streams:
            said = (f"{form[name].label.text}: {why[0]}" for name, why in form.errors.items())
            return jsonify(error={"code": "invalid_input", "message": " ".join(said)}), 422
        return _page(who, chatbot, form), 422
    app = this_app()
    try:
        played, events = playing.play(app, form.wished(), form.question.data, form.said())
    except Refusal as refusal:
        if streams:
            raise
        flash(refusal.message, "error")
        return _page(who, chatbot, form), refusal.status
    if streams:
        told = stream_with_context(_spelled(played, events, chatbot.id))
        response = Response(told, mimetype=LINES)
        response.headers["Cache-Control"] = "private, no-cache, no-transform"
        response.headers["X-Accel-Buffering"] = "no"
        return response
    for _ in events:
        pass
    earlier = json.loads(form.history.data or "[]")
    form.history.data = json.dumps(
        [*earlier, ["visitor", form.question.data], ["chatbot", played.text]]
    )
    form.question.data = ""
    return _page(who, chatbot, form, played)


@bp.post("/save")
def save(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep the settings that were tried."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = PlaygroundForm(chatbot)
    form.question.validators = ()
    if not form.validate_on_submit():
        return _page(who, chatbot, form), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="playground")
    chatbots.change(chatbot, who.user_id, **form.tried())
    flash("Saved. Visitors get answers like that from now on.", "success")
    return redirect(url_for("dashboard.playground.show", chatbot_id=chatbot.id), 303)


def as_html(played: Played, name: str) -> Markup:
    """Return an answer as it may be shown, its sources marked where they support it."""
    marks = [(end, source.index) for source in played.sources for _, end in source.spans]
    return render(played.text, marks, f"{name}-")


def _spelled(
    played: Played, events: Iterator[tuple[int, str, str]], chatbot_id: UUID
) -> Iterator[str]:
    """Spell the events as they happen, and at the end the turn as the page shows it."""
    for at, name, what in events:
        yield _line(name=name, at=at, what=what)
    html = render_template("dashboard/_played.html", **_turn(played, chatbot_id))
    yield _line(name="played", html=html, text=played.text)


def _line(**told: Any) -> str:
    return json.dumps(told, ensure_ascii=False) + "\n"


def _turn(played: Played, chatbot_id: UUID) -> dict[str, Any]:
    return {"played": played, "as_html": as_html, "as_prose": render, "chatbot_id": chatbot_id}


def _page(
    who: tenancy.Member, chatbot: Chatbot, form: PlaygroundForm, played: Played | None = None
) -> str:
    return render_template(
        "dashboard/playground.html",
        who=who,
        chatbot=chatbot,
        form=form,
        config=current_app.config,
        **_turn(played, chatbot.id) if played else {"played": None},
    )
