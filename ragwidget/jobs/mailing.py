"""Sending mails: those that somebody waits for, what was gathered for members, and digests."""

from __future__ import annotations

import structlog
from flask import current_app
from flask_mailman import EmailMessage

from ragwidget import metrics, notices
from ragwidget.extensions import mail as mailman
from ragwidget.notices import Letter

log = structlog.get_logger("ragwidget.jobs")


def mail() -> int:
    """Send every mail that is due; return how many went out.

    A mail server that does not take one is left alone until the next time.
    """
    count = 0
    if not current_app.config["SMTP_URL"]:
        return count
    while letter := notices.claim_letter():
        if not _send(letter):
            notices.put_back(letter)
            break
        notices.sent(letter)
        count += 1
    while letter := notices.claim_digest():
        if not _send(letter):
            notices.put_off_digest(letter)
            break
        notices.sent(letter)
        count += 1
    return count


def post(subject: str, recipient: str, sender: str, body: str) -> None:
    """Send one mail; the queue tries again when the mail server is away."""
    try:
        EmailMessage(subject, body, sender, [recipient]).send()
    except Exception:
        metrics.MAILS(outcome="failed").inc()
        raise
    metrics.MAILS(outcome="sent").inc()


def _send(letter: Letter) -> bool:
    connection = mailman.get_connection()
    message = EmailMessage(
        letter.subject,
        letter.body,
        current_app.config["MAIL_SENDER"],
        [letter.recipient],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers={
            "List-Unsubscribe": f"<{letter.leaving}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    try:
        connection.send_messages([message])
    except Exception:
        metrics.MAILS(outcome="failed").inc()
        log.exception("a notice was not sent; it is tried again", attempt=letter.attempt)
        return False
    finally:
        connection.close()
    metrics.MAILS(outcome="sent").inc()
    return True
