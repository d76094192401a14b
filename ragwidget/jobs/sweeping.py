"""The sweep that forgets nothing, and what else is done from time to time."""

from __future__ import annotations

import time

from flask import current_app

from ragwidget import (
    audit,
    budgets,
    chatbots,
    conversations,
    happenings,
    identities,
    insights,
    library,
    notices,
    outbox,
    privacy,
    webhooks,
)
from ragwidget.api_keys import once
from ragwidget.chat.checkpoints import STILL_SECONDS
from ragwidget.database import patient
from ragwidget.jobs.changing import change, change_conversations
from ragwidget.jobs.deleting import delete
from ragwidget.jobs.ending import end_now, tell_of_ending
from ragwidget.jobs.finding import index_said
from ragwidget.jobs.indexing import index_document
from ragwidget.jobs.queue import tell
from ragwidget.jobs.reading import read_source


def sweep() -> None:
    """Wake up for what waits, close the answers whose process died, and let all be found."""
    for source_id in library.due():
        tell("wake", source_id)
    for document_id in library.agenda.due():
        tell("index", document_id)
    for errand_id in outbox.due():
        tell("delete", errand_id)
    for chatbot_id in chatbots.changing():
        tell("change", chatbot_id)
    if happenings.waiting():
        current_app.extensions["spread"]()
    for webhook_id in webhooks.due():
        tell("deliver", webhook_id)
    if notices.due():
        current_app.extensions["mail"]()
    for bulk_id in conversations.bulk.due():
        tell("change_conversations", bulk_id)
    tell_of_ending()
    budgets.expire()
    if conversations.silent():
        time.sleep(STILL_SECONDS)
        conversations.close_interrupted()
    index_said()


def forget_unseen() -> None:
    """Forget known visitors for whom there is no reason any more."""
    identities.forget_unseen(current_app.config["TOKEN_LIFETIME"])


def forget_told() -> None:
    """Give up what nobody could be told for a day, and let what is told once be told anew."""
    webhooks.give_up_old()
    happenings.forget_old()


def index_missing() -> None:
    """Let what was said before there was an index be found, too."""
    conversations.index_missing()


def count_up() -> None:
    """Count what was said, so that no page has to."""
    insights.count_up()


@patient()
def expire() -> None:
    """Erase what is older than it is kept."""
    privacy.expire(current_app.config["RETENTION_DAYS"])
    once.forget_old()
    audit.expire(current_app.config["AUDIT_DAYS"])


@patient()
def work_off(patience: float = 0.0) -> int:
    """Do everything that waits, here and now; return how many sources were read.

    With patience, also what will wait within so many seconds.
    """
    count = 0
    until = time.monotonic() + patience
    while True:
        while waiting := library.due():
            for source_id in waiting:
                read_source(str(source_id))
                count += 1
        for chatbot_id in chatbots.changing():
            change(str(chatbot_id))
        for bulk_id in conversations.bulk.due():
            change_conversations(str(bulk_id))
        end_now()
        done = [index_document(str(document_id)) for document_id in library.agenda.due()]
        done += [delete(str(errand_id)) for errand_id in outbox.due()]
        if any(done):
            continue
        pause = library.agenda.seconds_to_next()
        if pause is None or time.monotonic() + pause > until:
            return count
        time.sleep(max(pause, 0.05))
