"""What runs behind the pages: the queue, its tasks, and the sweep that forgets nothing.

Rows are the truth about what is to be done. A message in the queue only wakes a worker up: huey
loses the task that a killed worker was at, so a sweep wakes up for every row that waits or whose
lease ran out.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from huey import crontab

from ragwidget import chatbots
from ragwidget.jobs import queue
from ragwidget.jobs.backlog import waiting
from ragwidget.jobs.changing import change, change_conversations
from ragwidget.jobs.deleting import delete
from ragwidget.jobs.ending import (
    end_chatbot,
    end_chatbot_soon,
    end_organization,
    end_organization_soon,
)
from ragwidget.jobs.finding import Bell, index_said
from ragwidget.jobs.indexing import index_document
from ragwidget.jobs.mailing import mail, post
from ragwidget.jobs.queue import Worker, tell
from ragwidget.jobs.reading import read_source
from ragwidget.jobs.stores import doubt, look_after, look_after_all, rehome
from ragwidget.jobs.suggesting import suggest
from ragwidget.jobs.sweeping import (
    count_up,
    expire,
    forget_told,
    forget_unseen,
    index_missing,
    sweep,
    work_off,
)
from ragwidget.jobs.telling import deliver, spread
from ragwidget.jobs.waking import change_many, deliver_soon, index_soon, suggest_for, wake
from ragwidget.library import Originals

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
