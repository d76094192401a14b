"""The owner's pages, by subject."""

from __future__ import annotations

from flask import Blueprint, Flask

from ragwidget.web.dashboard import inbox, phrases, second_factor, signing_in
from ragwidget.web.dashboard.account import bp as account
from ragwidget.web.dashboard.api_keys import bp as api_keys
from ragwidget.web.dashboard.audit_log import bp as audit_log
from ragwidget.web.dashboard.chatbots import bp as chatbots
from ragwidget.web.dashboard.conversations import bp as conversations
from ragwidget.web.dashboard.insights import bp as insights
from ragwidget.web.dashboard.install import bp as install
from ragwidget.web.dashboard.joining import bp as joining
from ragwidget.web.dashboard.notices import bp as notices
from ragwidget.web.dashboard.organization import bp as organization
from ragwidget.web.dashboard.organizations import bp as organizations
from ragwidget.web.dashboard.playground import bp as playground
from ragwidget.web.dashboard.settings import BLUEPRINTS as SETTINGS
from ragwidget.web.dashboard.sources import bp as sources
from ragwidget.web.dashboard.team import bp as team
from ragwidget.web.dashboard.webhooks import bp as webhooks


def init_app(app: Flask) -> None:
    """Open the owner's pages."""
    dashboard = Blueprint("dashboard", __name__)
    for subject in (
        account,
        api_keys,
        audit_log,
        chatbots,
        conversations,
        inbox.bp,
        insights,
        install,
        joining,
        notices,
        organization,
        organizations,
        playground,
        sources,
        team,
        webhooks,
        *SETTINGS,
    ):
        dashboard.register_blueprint(subject)
    app.register_blueprint(dashboard)
    inbox.init_app(app)
    phrases.init_app(app)
    second_factor.init_app(app)
    signing_in.init_app(app)
