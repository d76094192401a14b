"""Titles and questions to ask next, by a cheap call behind the answer and never in its way."""

from __future__ import annotations

from uuid import UUID

import structlog

from ragwidget import budgets, conversations, gemini_keys, logs
from ragwidget.engines.file_search.suggestions import MOST_FOLLOW_UPS
from ragwidget.engines.file_search.suggestions import suggest as suggest_by
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.extensions import db, this_app

TOKENS = 1000  # about what a call takes

log = structlog.get_logger("ragwidget.jobs")


def suggest(message_id: str) -> None:
    """Have a title and follow-ups written for an answer, where its owner wants them.

    Nothing is tried twice: a conversation without them is as good as before.
    """
    wanted = conversations.afterthought(UUID(message_id))
    if wanted is None:
        return
    whose = wanted.organization_id, wanted.chatbot_id
    logs.about(organization=wanted.organization_id, chatbot=wanted.chatbot_id)
    service = gemini_keys.gemini_for(this_app(), wanted.organization_id)
    affordable = budgets.today(wanted.organization_id).has_room(TOKENS, 0)
    db.session.remove()
    if service is None or not affordable:
        return
    try:
        found = suggest_by(
            service,
            wanted.question,
            wanted.answer,
            title=wanted.title,
            follow_ups=MOST_FOLLOW_UPS if wanted.follow_ups else 0,
            locale=wanted.locale,
        )
    except ServiceFailed as trouble:
        log.info("nothing was suggested", message_id=message_id, code=trouble.code)
        if trouble.usage.total:
            model = service.options.small_model
            budgets.count(*whose, model, trouble.usage, tried=wanted.tried)
            db.session.commit()
        return
    # The budget first, like whoever asks: two who begin at different ends wait for each other.
    budgets.count(*whose, found.model, found.usage, tried=wanted.tried)
    conversations.add_afterthought(wanted, found.title, found.follow_ups)
    db.session.commit()
