"""A page of a chatbot's settings: a form, what it begins with, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Field, SelectField, SelectMultipleField

from ragwidget import audit, chatbots, languages, tenancy
from ragwidget.models import Chatbot
from ragwidget.web.dashboard.forms import TidyForm
from ragwidget.web.headers import policy
from ragwidget.web.visitor.chatbots import public_settings, spoken

SAVED = "Saved. Visitors see it the next time they open the chat."
NOT_SAVED = "Nothing was saved yet: please look at the fields marked below."
SETTINGS = "/dashboard/chatbots/<uuid:chatbot_id>/settings"


class SubjectForm(TidyForm):
    """The settings of one subject of one chatbot."""

    def __init__(self, chatbot: Chatbot, **given: Any) -> None:
        self.chatbot = chatbot
        super().__init__(**given)
        self.offer()

    @classmethod
    def values(cls, chatbot: Chatbot) -> dict[str, Any]:
        """Return what the fields begin with."""
        return {name: getattr(chatbot, name, None) for name in _fields_of(cls)}

    @classmethod
    def of(cls, chatbot: Chatbot) -> Any:
        """Return the form, filled in with what is set."""
        return cls(chatbot, formdata=None, data=cls.values(chatbot))

    def offer(self) -> None:
        """Offer what can be chosen for this chatbot."""

    def settings(self) -> dict[str, Any]:
        """Return what is to be kept."""
        return {name: self[name].data for name in _fields_of(type(self))}


@dataclass(frozen=True, slots=True)
class Subject:
    """One page of the settings."""

    name: str  # of its blueprint and its template
    label: str
    form: type[SubjectForm]
    facts: Callable[[Chatbot, Any], dict[str, Any]] = lambda _chatbot, _form: {}
    saved: str = SAVED

    def blueprint(self, path: str) -> Blueprint:
        """Return what shows the page, saves it, and tells how the chat would be."""
        bp = Blueprint(self.name, __name__, url_prefix=SETTINGS + path)
        bp.get("")(self.show)
        bp.post("")(self.save)
        bp.post("/draft")(self.draft)
        return bp

    def show(self, chatbot_id: UUID) -> ResponseReturnValue:
        """Show what is set."""
        who = tenancy.member()
        chatbot = tenancy.chatbot(who, chatbot_id)
        return self.page(who, chatbot, self.form.of(chatbot))

    def save(self, chatbot_id: UUID) -> ResponseReturnValue:
        """Keep what was set, or say beside its field what it can't be."""
        who = tenancy.member("editor")
        chatbot = tenancy.chatbot(who, chatbot_id)
        form = self.form(chatbot)
        if not form.validate_on_submit():
            flash(NOT_SAVED, "error")
            return self.page(who, chatbot, form), 422
        audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part=self.name)
        self.keep(who, chatbot, form)
        flash(self.saved, "success")
        return redirect(url_for(f"dashboard.{self.name}.show", chatbot_id=chatbot.id), 303)

    def keep(self, who: tenancy.Member, chatbot: Chatbot, form: Any) -> None:
        """Keep what a form that is in order says."""
        chatbots.change(chatbot, who.user_id, **form.settings())

    def draft(self, chatbot_id: UUID) -> ResponseReturnValue:
        """Tell how the chat would be, or what is wrong with which field; nothing is kept."""
        who = tenancy.member("editor")
        chatbot = tenancy.chatbot(who, chatbot_id)
        form = self.form(chatbot)
        if not form.validate():
            return jsonify(errors={name: " ".join(said) for name, said in form.errors.items()})
        wished = chatbots.like(chatbot, **form.settings())
        limit = chatbots.message_limit(wished, current_app.config)
        language = languages.choose(wished.locale, request.form.get("hint"))
        settings = public_settings(wished, limit) | spoken(wished, language)
        return jsonify(errors={}, settings=settings)

    def page(self, who: tenancy.Member, chatbot: Chatbot, form: Any) -> Response:
        """Return the page; it may frame the chat beside the form."""
        page = render_template(
            f"dashboard/{self.name}.html",
            who=who,
            chatbot=chatbot,
            form=form,
            subject=self,
            **self.facts(chatbot, form),
        )
        response = make_response(page)
        response.headers["Content-Security-Policy"] = f"{policy()}; frame-src 'self'"
        return response

    def problems(self, wished: Chatbot) -> dict[str, str]:
        """Return which fields could not be saved, and why, if a chatbot were like that."""
        filled = self.form.of(wished)
        posted: MultiDict[str, Any] = MultiDict()
        for field in filled:
            posted.setlist(field.name, _posted(field))
        form = self.form(wished, formdata=posted, meta={"csrf": False})
        form.validate()
        return {str(name): " ".join(said) for name, said in form.errors.items()}


def _fields_of(form: type[SubjectForm]) -> list[str]:
    return [name for name in dir(form) if hasattr(getattr(form, name), "field_class")]


def _posted(field: Field) -> list[Any]:
    """Return what a browser would send of a field as it is filled in."""
    if isinstance(field, BooleanField):
        return ["y"] if field.data else []
    if isinstance(field, SelectMultipleField):
        return list(field.data or ())
    if isinstance(field, SelectField):  # and those with radio buttons
        return [] if field.data is None else [str(field.data)]
    return [field._value()]
