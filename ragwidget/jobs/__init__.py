"""What runs behind the pages: the queue, its tasks, and the sweep that forgets nothing.

Rows are the truth about what is to be done. A message in the queue only wakes a worker up: huey
loses the task that a killed worker was at, so a sweep wakes up for every row that waits or whose
lease ran out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from flask_mailman import EmailMessage
from huey import crontab
from sqlalchemy import select

from ragwidget import (
    audit,
    budgets,
    chatbots,
    conversations,
    happenings,
    identities,
    insights,
    library,
    metrics,
    notices,
    outbox,
    privacy,
    webhooks,
)
from ragwidget.api_keys import once
from ragwidget.chat.checkpoints import STILL_SECONDS
from ragwidget.database import REST, patient
from ragwidget.extensions import db
from ragwidget.jobs import queue
from ragwidget.jobs.backlog import waiting
from ragwidget.jobs.deleting import delete
from ragwidget.jobs.ending import (
    end_chatbot,
    end_chatbot_soon,
    end_now,
    end_organization,
    end_organization_soon,
    tell_of_ending,
)
from ragwidget.jobs.finding import Bell, index_said
from ragwidget.jobs.indexing import index_document, wake_next
from ragwidget.jobs.mailing import mail
from ragwidget.jobs.queue import Worker, tell
from ragwidget.jobs.reading import read_source
from ragwidget.jobs.stores import doubt, look_after, look_after_all, rehome
from ragwidget.jobs.suggesting import suggest
from ragwidget.jobs.telling import deliver, spread
from ragwidget.library import Originals
from ragwidget.models import Source

__all__ = [
    "Worker",
    "change",
    "change_conversations",
    "change_many",
    "count_up",
    "deliver",
    "deliver_soon",
    "doubt",
    "end_chatbot",
    "end_chatbot_soon",
    "end_organization",
    "end_organization_soon",
    "expire",
    "index_document",
    "index_soon",
    "init_app",
    "mail",
    "post",
    "read_source",
    "rehome",
    "spread",
    "start_worker",
    "suggest",
    "suggest_for",
    "sweep",
    "waiting",
    "wake",
    "work_off",
]


def init_app(app: Flask) -> None:
    """Make the app's queue and tell it its tasks."""
    huey = queue.make(app.config["QUEUE_URL"], app.config["INSTANCE"])
    app.extensions["originals"] = Originals(
        Path(app.instance_path) / "originals",
        app.config["ORIGINALS_URL"],
        app.config["ORIGINALS_KEY_ID"],
        app.config["ORIGINALS_SECRET"],
    )
    app.extensions["huey"] = huey
    tasks: dict[str, Callable[..., Any]] = {
        "wake": read_source,
        "index": index_document,
        "delete": delete,
        "change": change,
        "look_after": look_after,
        "suggest": suggest,
        "spread": spread,
        "deliver": deliver,
        "index_said": index_said,
        "mail": mail,
        "change_conversations": change_conversations,
        "end_organization": end_organization,
        "end_chatbot": end_chatbot,
    }
    for name, task in tasks.items():
        app.extensions[name] = huey.task(context=True)(queue.in_app(app, task))
    app.extensions["bell"] = Bell(app)
    again = huey.task(context=True, retries=5, retry_delay=60)
    app.extensions["post"] = again(queue.in_app(app, post))
    huey.periodic_task(crontab(minute="*"), context=True)(queue.in_app(app, sweep))
    huey.periodic_task(crontab(minute="23"), context=True)(queue.in_app(app, look_after_all))
    huey.periodic_task(crontab(minute="47"), context=True)(queue.in_app(app, forget_unseen))
    huey.periodic_task(crontab(minute="*/10"), context=True)(queue.in_app(app, index_missing))
    huey.periodic_task(crontab(minute="*/5"), context=True)(queue.in_app(app, count_up))
    huey.periodic_task(crontab(minute="37"), context=True)(queue.in_app(app, expire))
    huey.periodic_task(crontab(minute="17"), context=True)(queue.in_app(app, forget_told))


def wake(source_id: UUID) -> None:
    """Tell a worker that a source waits. Should the queue be away, the sweep will find it."""
    tell("wake", source_id)
    chatbot_id = db.session.scalar(select(Source.chatbot_id).where(Source.id == source_id))
    db.session.commit()
    if chatbot_id is not None:
        wake_next(chatbot_id)


def deliver_soon(webhook_id: UUID) -> None:
    """Have a worker send a webhook what it is to hear."""
    tell("deliver", webhook_id)


def index_soon() -> None:
    """Have a worker let what was just said be found."""
    bell: Bell = current_app.extensions["bell"]
    bell.ring_soon()


def change_many(bulk_id: UUID) -> None:
    """Have a worker change all conversations that somebody asked for."""
    tell("change_conversations", bulk_id)


def suggest_for(message_id: UUID) -> None:
    """Have a worker write a title and follow-ups for an answer."""
    tell("suggest", message_id)


def post(subject: str, recipient: str, sender: str, body: str) -> None:
    """Send one mail; the queue tries again when the mail server is away."""
    try:
        EmailMessage(subject, body, sender, [recipient]).send()
    except Exception:
        metrics.MAILS(outcome="failed").inc()
        raise
    metrics.MAILS(outcome="sent").inc()


def change(chatbot_id: str) -> None:
    """Go on with a chatbot's change of engines."""
    chatbots.settle(UUID(chatbot_id))
    wake_next(UUID(chatbot_id))


def change_conversations(bulk_id: str) -> None:
    """Go on with a change to many conversations, to its end."""
    while conversations.bulk.go_on(UUID(bulk_id)):
        time.sleep(REST)


def start_worker(app: Flask, threads: int = 1) -> Worker:
    """Begin to work in threads of this process; `stop()` the result to end."""
    worker = Worker(
        app.extensions["huey"],
        workers=threads,
        initial_delay=0.1,
        max_delay=0.5,
        check_worker_health=False,
    )
    with app.app_context():
        sweep()
        for chatbot_id in chatbots.doubtful():
            tell("look_after", chatbot_id)
    worker.start()
    return worker


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
