"""Programs elsewhere that an organization tells what happens, and how that went."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ragwidget import audit, happenings, jobs, tenancy, webhooks
from ragwidget.errors import Refusal
from ragwidget.extensions import db, limiter
from ragwidget.models import Webhook, now
from ragwidget.web.dashboard.forms import TidyForm

bp = Blueprint("webhooks", __name__, url_prefix="/dashboard/organization/webhooks")

SOON = "It is on its way; load this page again to see what came of it."


class WebhookForm(TidyForm):
    """What is told, to whom, of whom."""

    url = StringField(
        "Address",
        description="We send a POST with JSON there. It has to begin with https:// and to be on "
        "the public web.",
        validators=[DataRequired("Please write the address."), Length(max=2000)],
    )
    kinds = SelectMultipleField(
        "What it is told of",
        choices=[SelectChoice(kind, words) for kind, words in happenings.KINDS.items()],
        validators=[DataRequired("Choose at least one.")],
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )
    chatbots = SelectMultipleField(
        "Of which chatbots",
        description="None chosen: of all, also those that come later.",
        option_widget=CheckboxInput(),
        widget=ListWidget(),
    )
    with_words = BooleanField(
        "Send what visitors typed, too",
        description="Questions, answers, comments, and the name, e-mail and message that somebody "
        "left. Otherwise it is told ids and numbers only.",
    )

    def __init__(self, who: tenancy.Member, **values: Any) -> None:
        super().__init__(**values)
        self.chatbots.choices = [
            SelectChoice(str(one.id), one.name) for one in tenancy.chatbots(who)
        ]


@bp.get("")
def index() -> ResponseReturnValue:
    """Show who is told what."""
    who = tenancy.member("owner")
    return render_template(
        "dashboard/webhooks.html",
        who=who,
        webhooks=webhooks.of(who.organization_id),
        kinds=happenings.KINDS,
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Ask whom to tell."""
    who = tenancy.member("owner")
    return _page(who, None, WebhookForm(who, kinds=["contact.requested"]))


@bp.post("/new")
def add() -> ResponseReturnValue:
    """Have another address told, and show its secret this once."""
    who = tenancy.member("owner")
    form = WebhookForm(who)
    if not form.validate_on_submit():
        return _page(who, None, form), 422
    try:
        audit.note(who, "webhook.added", form.url.data)
        webhook, secret = webhooks.add(who.organization_id, **_told(form))
    except Refusal as refusal:
        return _refused(who, None, form, refusal)
    return _page(who, webhook, form, secret=secret)


@bp.get("/<uuid:webhook_id>")
def show(webhook_id: UUID) -> ResponseReturnValue:
    """Show one webhook with its log."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    return _page(who, webhook, WebhookForm(who, obj=webhook, chatbots=webhook.chatbot_ids))


@bp.post("/<uuid:webhook_id>")
def save(webhook_id: UUID) -> ResponseReturnValue:
    """Keep what it is told from now on."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    form = WebhookForm(who)
    if not form.validate_on_submit():
        return _page(who, webhook, form), 422
    try:
        audit.note(who, "webhook.changed", form.url.data)
        webhooks.change(webhook, **_told(form))
    except Refusal as refusal:
        return _refused(who, webhook, form, refusal)
    flash("Saved.", "success")
    return _back(webhook)


@bp.post("/<uuid:webhook_id>/test")
@limiter.limit("20 per minute")
def test(webhook_id: UUID) -> ResponseReturnValue:
    """Send something that did not happen."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    audit.note(who, "webhook.tested", webhook.url)
    webhooks.put_test(webhook)
    return _sent(webhook)


@bp.post("/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/again")
@limiter.limit("20 per minute")
def redeliver(webhook_id: UUID, delivery_id: UUID) -> ResponseReturnValue:
    """Send once more what is in the log."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    audit.note(who, "webhook.redelivered", webhook.url, delivery_id=str(delivery_id))
    webhooks.redeliver(webhook, delivery_id)
    return _sent(webhook)


@bp.post("/<uuid:webhook_id>/switch")
def switch(webhook_id: UUID) -> ResponseReturnValue:
    """Let it hear nothing for now, or again."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    on = webhook.off_at is not None
    audit.note(who, "webhook.switched", webhook.url, on=on)
    webhooks.switch(webhook, on=on)
    flash("It is told what happens from now on." if on else "It is told nothing more.", "success")
    return _back(webhook)


@bp.post("/<uuid:webhook_id>/secret")
def make_secret(webhook_id: UUID) -> ResponseReturnValue:
    """Give it another secret, and show that this once."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    audit.note(who, "webhook.secret_made", webhook.url)
    secret = webhooks.new_secret(webhook)
    form = WebhookForm(who, formdata=None, obj=webhook, chatbots=webhook.chatbot_ids)
    return _page(who, webhook, form, secret=secret)


@bp.post("/<uuid:webhook_id>/delete")
def delete(webhook_id: UUID) -> ResponseReturnValue:
    """Forget it, with its log."""
    who = tenancy.member("owner")
    webhook = webhooks.one(who.organization_id, webhook_id)
    audit.note(who, "webhook.deleted", webhook.url)
    webhooks.remove(webhook)
    flash("The webhook is deleted.", "success")
    return redirect(url_for("dashboard.webhooks.index"), 303)


def _told(form: WebhookForm) -> dict[str, Any]:
    return {
        "url": form.url.data,
        "kinds": form.kinds.data,
        "chatbot_ids": form.chatbots.data,
        "with_words": form.with_words.data,
    }


def _sent(webhook: Webhook) -> ResponseReturnValue:
    """Send what is due while the owner waits, unless a worker is about to."""
    jobs.deliver(str(webhook.id))
    last = webhooks.log_of(webhook.id)[0]
    if last.delivered_at:
        flash(f"It arrived, and was answered with status {last.status}.", "success")
    else:
        flash(last.error or SOON, "warning" if last.error else "info")
    return redirect(url_for("dashboard.webhooks.show", webhook_id=webhook.id) + "#log", 303)


def _refused(
    who: tenancy.Member, webhook: Webhook | None, form: WebhookForm, refusal: Refusal
) -> ResponseReturnValue:
    db.session.rollback()
    form.url.errors = [refusal.message.removeprefix("url: ")]
    return _page(who, webhook, form), refusal.status


def _page(
    who: tenancy.Member, webhook: Webhook | None, form: WebhookForm, *, secret: str = ""
) -> str:
    return render_template(
        "dashboard/webhook.html",
        who=who,
        webhook=webhook,
        form=form,
        secret=secret,
        kinds=happenings.KINDS,
        now=now(),
        log=webhooks.log_of(webhook.id) if webhook else [],
    )


def _back(webhook: Webhook) -> ResponseReturnValue:
    return redirect(url_for("dashboard.webhooks.show", webhook_id=webhook.id), 303)
