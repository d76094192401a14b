"""Bringing a chatbot into a website: the line to paste, who may, and whether it works."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape

from ragwidget import audit, chatbots, identities, languages, tenancy
from ragwidget.errors import ChatbotPaused, InvalidInput, Refusal
from ragwidget.extensions import db, limiter
from ragwidget.ingest.fetch import fetch
from ragwidget.ingest.snippet import Finding, find_snippet
from ragwidget.models import Chatbot, Sighting
from ragwidget.web.dashboard.forms import tidy
from ragwidget.web.dashboard.guides import guides
from ragwidget.web.dashboard.settings.limits import OriginsForm
from ragwidget.web.origins import allowed_origin, like, read_origin, read_origins

bp = Blueprint("install", __name__, url_prefix="/dashboard/chatbots/<uuid:chatbot_id>/install")

CHECK_SECONDS = 10.0


@bp.get("")
def show(chatbot_id: UUID) -> ResponseReturnValue:
    """Show the line to paste, the allowed websites and where the widget was seen."""
    who = tenancy.member()
    return _page(who, tenancy.chatbot(who, chatbot_id))


@bp.post("/origins")
def save_origins(chatbot_id: UUID) -> ResponseReturnValue:
    """Keep the list of websites on which the chatbot may be used."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    form = OriginsForm(chatbot)
    if not form.validate_on_submit():
        problem = " ".join(form.origins.errors)
        return _page(who, chatbot, written=form.origins.data, problem=problem), 422
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="websites")
    chatbots.change(chatbot, who.user_id, **form.settings())
    flash("The list of websites is saved.", "success")
    return redirect(url_for("dashboard.install.show", chatbot_id=chatbot.id), 303)


@bp.post("/allow")
def allow(chatbot_id: UUID) -> ResponseReturnValue:
    """Put a website that was turned away on the list."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    origin = read_origin(tidy(request.form.get("origin")))
    origins = read_origins("\n".join([*chatbot.origins, origin]))
    audit.note(who, "chatbot.changed", chatbot.name, chatbot.id, part="websites", added=origin)
    chatbots.change(chatbot, who.user_id, origins=origins)
    flash(f"{origin} is on the list now. Load that page again.", "success")
    return redirect(url_for("dashboard.install.show", chatbot_id=chatbot.id), 303)


@bp.post("/check")
@limiter.limit("20 per minute")
def check(chatbot_id: UUID) -> ResponseReturnValue:
    """Look at a page and tell what keeps the widget from appearing on it."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    address = tidy(request.form.get("address"))
    db.session.rollback()  # nobody else should wait for a stranger's page
    findings = _look_at(chatbot, address)
    return _page(who, chatbot, address=address, findings=findings)


@bp.post("/identity-key")
def make_identity_key(chatbot_id: UUID) -> ResponseReturnValue:
    """Give the chatbot a key that its website signs visitors with, and show it this once."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    kind = request.form.get("kind") or identities.standing(chatbot).kind or "jwt"
    if kind not in identities.KINDS:
        raise InvalidInput(f"kind: it should be one of {', '.join(identities.KINDS)}.")
    audit.note(who, "identity_key.made", chatbot.name, chatbot.id, kind=kind)
    return _page(who, chatbot, new_identity_key=identities.make_key(chatbot, kind))


@bp.post("/identity-key/remove")
def remove_identity_key(chatbot_id: UUID) -> ResponseReturnValue:
    """Let the website sign for nobody any more."""
    who = tenancy.member("editor")
    chatbot = tenancy.chatbot(who, chatbot_id)
    audit.note(who, "identity_key.removed", chatbot.name, chatbot.id)
    identities.remove_key(chatbot)
    flash("The key is removed.", "success")
    return redirect(url_for("dashboard.install.show", chatbot_id=chatbot_id), 303)


def _look_at(chatbot: Chatbot, address: str) -> list[Finding]:
    try:
        if not address:
            raise InvalidInput("Type the address of the page first.")
        url = address if "://" in address else f"https://{address}"
        page = fetch(
            url,
            max_seconds=CHECK_SECONDS,
            allow_private=frozenset(current_app.config["PRIVATE_HOSTS"]),
        )
    except Refusal as refusal:
        return [Finding(refusal.code, refusal.message)]
    findings = find_snippet(
        page.body.decode("utf-8", "replace"),
        page.headers,
        str(chatbot.id),
        f"{_home()}/widget.js",
        page.url,
    )
    origin = "/".join(page.url.split("/")[:3])
    if not allowed_origin(chatbot.origins, origin, _home()):
        words = f"{origin} isn’t on the list of allowed websites, so the chat would be refused."
        findings = [finding for finding in findings if finding.code != "fine"]
        findings.append(Finding("origin_not_allowed", words))
    return findings


def _page(
    who: tenancy.Member,
    chatbot: Chatbot,
    *,
    written: str | None = None,
    problem: str | None = None,
    address: str = "",
    findings: list[Finding] | None = None,
    new_identity_key: str | None = None,
) -> str:
    home = _home()
    tag = {"chatbot": str(chatbot.id), **_of_launcher(chatbot)}
    said = "".join(f' data-{name}="{escape(value)}"' for name, value in tag.items())
    snippet = f'<script src="{home}/widget.js"{said} async></script>'
    return render_template(
        "dashboard/install.html",
        who=who,
        chatbot=chatbot,
        home=home,
        snippet=snippet,
        guides=guides(f"{home}/widget.js", tag, snippet),
        written="\n".join(chatbot.origins) if written is None else written,
        problem=problem,
        address=address,
        findings=findings,
        sightings=[
            (sighting, *_look_back(chatbot, sighting))
            for sighting in chatbots.sightings(chatbot.id)
        ],
        identity_key=identities.standing(chatbot),
        new_identity_key=new_identity_key,
    )


def _look_back(chatbot: Chatbot, sighting: Sighting) -> tuple[str, str]:
    """Return how it stands with a website where the widget was seen, and what is to be done."""
    allowed = allowed_origin(chatbot.origins, sighting.origin, _home())
    if sighting.origin == "null":
        return "refused", (
            "A page without an address of its own, such as a file on a disk or a sandboxed frame. "
            "Serve it from a website."
        )
    if not allowed and sighting.allowed:
        return "taken_off", "It is no longer on the list."
    if not allowed:
        alike = like(sighting.origin, chatbot.origins)
        return "refused", f"It isn’t on the list{f', but {alike} is' if alike else ''}."
    if not sighting.allowed:
        return "allowed_now", "It was turned away, and is on the list by now. Load that page again."
    if sighting.reason == ChatbotPaused.code:
        words = "" if chatbot.paused_at else " It answers again: load that page again."
        return "paused", f"The chatbot was paused, so the chat stayed closed.{words}"
    return "working", ""


def _of_launcher(chatbot: Chatbot) -> dict[str, str]:
    """Return what the pasted line has to say: its launcher is drawn before we are asked."""
    told = chatbots.theme_of(chatbot.theme).of_launcher()
    words = languages.words(languages.choose(chatbot.locale)) | chatbot.strings
    unlike = words["open"] != languages.words(languages.DEFAULT)["open"]
    return told | ({"label": words["open"]} if unlike else {})


def _home() -> str:
    """Return the address that browsers reach us at, without a slash behind it."""
    return (current_app.config["PUBLIC_URL"] or request.host_url).rstrip("/")
