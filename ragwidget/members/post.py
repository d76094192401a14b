"""The mails that members get: by the mail server where there is one, else in the log."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask import current_app
from flask_security import MailUtil

from ragwidget import metrics

log = structlog.get_logger("ragwidget.members")


class Post(MailUtil):
    """Hands mail to a job where SMTP is configured, and else writes it to the log."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: Any,
        sender: Any,
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Send one mail, later: a slow mail server must not hold up a transaction."""
        if not current_app.config["SMTP_URL"]:
            # a warning, because somebody waits for this mail and only the operator can see it
            log.warning("mail", to=str(recipient), subject=str(subject), body=body)
            return
        try:
            current_app.extensions["post"](str(subject), str(recipient), str(sender), body or "")
        except Exception:
            metrics.MAILS(outcome="not queued").inc()
            log.exception("mail not sent", to=str(recipient), subject=str(subject))


def send(subject: str, recipient: str, body: str) -> None:
    """Send one mail of ours, later."""
    sender = current_app.config["MAIL_SENDER"]
    util = current_app.extensions["security"].mail_util
    util.send_mail("", subject, recipient, sender, body, None)


def settings(url: str, sender: str) -> dict[str, Any]:
    """Translate smtp://user:password@host:587 (or smtps://…:465) for Flask-Mailman."""
    if not url:
        return {"MAIL_BACKEND": "dummy"}
    parts = urlsplit(url)
    return {
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.scheme == "smtp" and parts.port == 587,
        "MAIL_USERNAME": unquote(parts.username) if parts.username else None,
        "MAIL_PASSWORD": unquote(parts.password) if parts.password else None,
        "MAIL_DEFAULT_SENDER": sender,
        "MAIL_TIMEOUT": 10,
    }
