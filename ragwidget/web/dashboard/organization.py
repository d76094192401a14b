"""The organization: its name, its Gemini key, what a day may cost, and what was spent."""

from __future__ import annotations

from collections.abc import Sequence

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from wtforms import IntegerField, PasswordField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from ragwidget import audit, budgets, gemini_keys, insights, jobs, members, pricing, tenancy
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.extensions import db, limiter, this_app
from ragwidget.insights import Spending, Spent
from ragwidget.models import Chatbot, now
from ragwidget.web.dashboard.figures import plot_of_spending
from ragwidget.web.dashboard.forms import TidyForm, readable, tidy
from ragwidget.web.dashboard.plots import Plot

bp = Blueprint("organization", __name__, url_prefix="/dashboard/organization")

REFUSED = {"engine_key", "engine_forbidden"}  # the key itself is what is wrong
MOST_TOKENS = 10**12


class NameForm(TidyForm):
    """What an organization is called."""

    name = StringField(
        "Organization name",
        validators=[DataRequired("Please give it a name."), Length(max=120)],
    )


class KeyForm(TidyForm):
    """A Gemini API key, which is only ever written."""

    gemini_key = PasswordField(
        "Gemini API key", validators=[DataRequired("Paste the key here first.")]
    )

    def validate_gemini_key(self, field: PasswordField) -> None:
        """Refuse what can't be a key, in words that don't repeat it."""
        if not gemini_keys.is_shaped(field.data):
            raise ValidationError(
                "That is no API key: it has 20 to 200 letters, digits and signs, and no spaces."
            )


class BudgetForm(TidyForm):
    """What a day may take at most."""

    tokens_per_day = IntegerField(
        "Tokens a day",
        validators=[
            Optional(),
            readable,
            NumberRange(
                1, MOST_TOKENS, "A number from 1 up, please. Empty means no limit of yours."
            ),
        ],
    )
    cost_per_day = StringField("Money a day", validators=[Optional()])

    def validate_cost_per_day(self, field: StringField) -> None:
        """Refuse what is no amount, and any amount where nothing has a price."""
        if not budgets.prices().by_model:
            raise ValidationError("No model has a price here, so money can’t be counted.")
        try:
            amount = pricing.read_amount(field.data)
        except ValueError:
            raise ValidationError("Write an amount like 2.50.") from None
        if not amount:
            raise ValidationError("Write more than nothing. Empty means no limit of yours.")


@bp.get("")
def show() -> ResponseReturnValue:
    """Show what there is to know, to whoever belongs to it."""
    return _page(tenancy.member())


@bp.post("")
def rename() -> ResponseReturnValue:
    """Give the organization another name."""
    who = tenancy.member("owner")
    form = NameForm()
    if not form.validate_on_submit():
        return _page(who, name_form=form), 422
    audit.note(who, "organization.renamed", who.organization_name, name=form.name.data)
    members.rename_organization(who.organization_id, form.name.data)
    flash("The organization has its new name.", "success")
    return _back()


@bp.post("/key")
@limiter.limit("20 per minute")
def save_key() -> ResponseReturnValue:
    """Keep a key that Gemini accepts, or can't be asked about at this moment."""
    who = tenancy.member("owner")
    form = KeyForm()
    if not form.validate_on_submit():
        return _page(who, key_form=form), 422
    key = form.gemini_key.data
    db.session.rollback()  # nobody else should wait for Google
    trouble = gemini_keys.trouble_with(this_app(), key)
    if trouble and trouble.code in REFUSED:
        form.gemini_key.errors = [_why_refused(trouble)]
        return _page(who, key_form=form), 422
    earlier = gemini_keys.sealed_key(this_app(), who.organization_id)
    audit.note(who, "gemini_key.kept")
    gemini_keys.keep(who.organization_id, key)
    jobs.rehome(who.organization_id, earlier)
    if trouble:
        reason = trouble.hint.replace(key, "…")
        flash(f"The key is saved, but Gemini could not be asked about it. {reason}", "warning")
    else:
        moving = "Chatbots with a store get a new one where this key can’t open theirs; the"
        flash(
            f"The key is saved, and Gemini accepts it. {moving} embedded engine answers meanwhile.",
            "success",
        )
    return _back()


@bp.post("/key/remove")
def remove_key() -> ResponseReturnValue:
    """Let go of the key."""
    who = tenancy.member("owner")
    if earlier := gemini_keys.sealed_key(this_app(), who.organization_id):
        audit.note(who, "gemini_key.removed")
        gemini_keys.forget(who.organization_id)
        jobs.rehome(who.organization_id, earlier)
    flash("The key is removed.", "success")
    return _back()


@bp.post("/budget")
def save_budget() -> ResponseReturnValue:
    """Keep what a day may take at most."""
    who = tenancy.member("owner")
    form = BudgetForm()
    if not form.validate_on_submit():
        return _page(who, budget_form=form), 422
    tokens, cost = form.tokens_per_day.data, form.cost_per_day.data
    audit.note(who, "budget.changed", tokens=tokens, cost=cost)
    budgets.set_limits(
        who.organization_id, tokens=tokens, cost=pricing.read_amount(cost) if cost else None
    )
    flash("The daily budget is saved.", "success")
    return _back()


@bp.post("/delete")
def delete() -> ResponseReturnValue:
    """Delete the organization with all that belongs to it, once its name was typed."""
    who = tenancy.member("owner")
    if tidy(request.form.get("name")) != tidy(who.organization_name):
        flash(f"Nothing was deleted: type its name, {who.organization_name}.", "error")
        return _back()
    members.ending.delete_organization(who.organization_id)
    jobs.end_organization_soon(who.organization_id)
    flash(f"{who.organization_name} is deleted, with everything in it.", "success")
    return redirect(url_for("dashboard.organizations.index"), 303)


def _why_refused(trouble: ServiceFailed) -> str:
    if trouble.code == "engine_key":
        return "Gemini does not accept this key. Copy it again from Google AI Studio."
    return (
        "Gemini knows this key, but it may not be used for this. Check in Google AI Studio that "
        "the Gemini API is enabled for its project and that the key is not restricted."
    )


def _page(
    who: tenancy.Member,
    *,
    name_form: NameForm | None = None,
    key_form: KeyForm | None = None,
    budget_form: BudgetForm | None = None,
) -> str:
    chatbots = tenancy.chatbots(who)
    spending = insights.spending(who.organization_id)
    today = budgets.today(who.organization_id)
    expected = _expected(chatbots)
    key = gemini_keys.standing(this_app(), who.organization_id)
    return render_template(
        "dashboard/organization.html",
        who=who,
        name_form=name_form or NameForm(formdata=None, name=who.organization_name),
        key_form=key_form or KeyForm(formdata=None),
        budget_form=budget_form
        or BudgetForm(formdata=None, data=_spelled(budgets.own_limits(who.organization_id))),
        key=key,
        today=today,
        ends=budgets.until_midnight(now()),
        verdict=_verdict(today, expected),
        installation=budgets.installation_limits() != budgets.ANY,
        usual=_spelled(budgets.ANY if key.own else budgets.installation_limits()),
        expected=expected,
        unpriced=_unpriced(chatbots),
        priced=bool(budgets.prices().by_model),
        currency=budgets.prices().currency,
        spending=spending,
        plot=_plot(spending, today.limits),
        names={chatbot.id: chatbot.name for chatbot in chatbots},
    )


def _spelled(limits: budgets.Limits) -> dict[str, object]:
    """Return limits as the form has them."""
    return {
        "tokens_per_day": limits.tokens or "",
        "cost_per_day": pricing.spell_amount(limits.cost) if limits.cost else "",
    }


def _verdict(today: budgets.Day, expected: Spent | None) -> str:
    """Say why no more answers are begun today; empty when some are."""
    if expected is None or today.has_room(expected.tokens, expected.priced):
        return ""
    alone = budgets.Day(today.limits).has_room(expected.tokens, expected.priced)
    return "reached" if alone else "too small"


def _expected(chatbots: Sequence[Chatbot]) -> Spent | None:
    """Return what is set aside for one answer of the chatbot for which it is most."""
    history = current_app.config["HISTORY_CHARS"]
    return max(
        (
            Spent(1, expected.total, budgets.prices().careful_cost(model, expected))
            for chatbot, model in _costly(chatbots)
            if (expected := budgets.expect(chatbot, "", history_chars=history, use_sources=True))
        ),
        key=lambda spent: spent.tokens,
        default=None,
    )


def _unpriced(chatbots: Sequence[Chatbot]) -> list[str]:
    """Return the models in use that nobody knows the price of."""
    models = {model for _, model in _costly(chatbots)}
    if any(chatbot.writes_titles or chatbot.suggests_follow_ups for chatbot in chatbots):
        models.add(current_app.config["GEMINI_SMALL_MODEL"])
    return sorted(model for model in models if budgets.prices().of(model) is None)


def _costly(chatbots: Sequence[Chatbot]) -> list[tuple[Chatbot, str]]:
    """Return those that answer with an engine that costs, or soon will, with their models."""
    return [
        (chatbot, chatbot.model or current_app.config["GEMINI_MODEL"])
        for chatbot in chatbots
        if {chatbot.engine, chatbot.next_engine} & budgets.COSTLY
    ]


def _plot(spending: Spending, limits: budgets.Limits) -> Plot:
    """Draw the days in money, or in tokens where no price is known."""
    in_money = spending.total.priced > 0
    return plot_of_spending(spending, limits.cost if in_money else limits.tokens)


def _back() -> ResponseReturnValue:
    return redirect(url_for("dashboard.organization.show"), 303)
