"""What the demonstration begins with: a member, a chatbot, and our own documentation to read."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from sqlalchemy import select

from ragwidget import chatbots, gemini_keys, jobs, library, members
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Membership

EMAIL = "demo@example.org"
PASSWORD = "demonstration"  # noqa: S105 (known to everyone, served on loopback only)
ORGANIZATION = "Demonstration"

HERE = Path(__file__).parent
README = HERE.parent.parent / "README.md"

SUGGESTED = [
    "How do I put the chatbot on my website?",
    "Which files can it read?",
    "How many questions may a visitor ask?",
]
QA = (
    "Is RagWidget free to try?",
    "Yes. `make run` starts all of it on your own machine, with no key and no account.",
)


def once(app: Flask, origin: str) -> UUID:
    """Return the demonstration's chatbot, made and taught at the first call.

    A reading that was cut short goes on at the next start.
    """
    user = members.find(EMAIL)
    if user is None:
        click.echo("Seeding the demonstration …")
        user, organization = members.create_member(EMAIL, PASSWORD, ORGANIZATION)
        chatbots.create(
            organization.id,
            "RagWidget guide",
            welcome="Hello! I have read RagWidget's documentation. What would you like to know?",
            suggested_questions=SUGGESTED,
            mode="balanced",
            engine="gemini" if gemini_keys.standing(app, organization.id).usable else "local",
            origins=[origin],
        )
    chatbot = db.session.scalars(
        select(Chatbot)
        .join(Membership, Membership.organization_id == Chatbot.organization_id)
        .where(Membership.user_id == user.id)
        .order_by(Chatbot.id)
        .limit(1)
    ).first()
    if chatbot is None:
        raise SystemExit(f"{EMAIL} has deleted the demonstration's chatbot; remove instance/.")
    if origin not in chatbot.origins:  # the port was changed
        chatbots.change(chatbot, origins=[*chatbot.origins, origin])
    if not library.of_chatbot(chatbot.id, limit=1):
        _teach(app, chatbot)
    return chatbot.id


def _teach(app: Flask, chatbot: Chatbot) -> None:
    documents = [*sorted((HERE / "documents").iterdir()), README]
    config = app.config
    for document in documents:
        with document.open("rb") as data:
            library.add_file(
                chatbot,
                document.name,
                data,
                app.extensions["originals"],
                most_bytes=config["MAX_FILE_BYTES"],
                most=config["MAX_SOURCES"],
            )
    library.add_qa(chatbot, *QA, most=config["MAX_SOURCES"])
    waiting = [(source.id, source.title) for source in library.of_chatbot(chatbot.id)]
    with click.progressbar(waiting, label="Reading", item_show_func=_title) as sources:
        for source_id, _ in sources:
            jobs.read_source(str(source_id))


def _title(item: tuple[UUID, str] | None) -> str:
    return item[1][:40] if item else ""
