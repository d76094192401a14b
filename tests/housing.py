"""A chatbot of Alice's with a store at the emulated service, and a clock that can be hurried."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

from cast import Owner, Visitor, owner
from flask import Flask
from gemini_emulator import Emulator
from sqlalchemy import select, update

from ragwidget import chatbots, jobs, library, outbox
from ragwidget.extensions import db
from ragwidget.models import Chatbot, Deletion, Document, Source, now

MOST = 100
GULLS = "# Gulls\n\nThe gulls are fed at dusk.\n"
PUFFINS = "# Puffins\n\nThe puffins are fed at dawn, because the keeper is late in the evening.\n"


class House:
    """An app whose chatbots can have stores, seen from all sides."""

    def __init__(self, app: Flask, gemini: Emulator, email: str = "alice@example.org") -> None:
        self.app = app
        self.gemini = gemini
        with app.app_context():
            self.owner: Owner = owner(email)

    @property
    def chatbot(self) -> Chatbot:
        """Return the chatbot as it is now."""
        db.session.expire_all()
        found = db.session.get_one(Chatbot, self.owner.chatbot_id, populate_existing=True)
        db.session.commit()  # nobody waits for us
        return found

    @property
    def store(self) -> str:
        """Return the name of the chatbot's store."""
        store = self.chatbot.store
        assert store
        return store

    @property
    def engine(self) -> tuple[str, str | None]:
        """Return what answers, and what is to answer next."""
        chatbot = self.chatbot
        return chatbot.engine, chatbot.next_engine

    @property
    def visitor(self) -> Visitor:
        """Return somebody in front of the chatbot, with nothing asked yet."""
        return Visitor(self.app, self.owner.chatbot_id, origin=None)

    def add(self, text: str, name: str = "notes.md") -> UUID:
        """Give the chatbot a file of text."""
        return self.add_bytes(text.encode(), name)

    def add_bytes(self, data: bytes, name: str) -> UUID:
        """Give the chatbot a file."""
        source = library.add_file(
            self.chatbot,
            name,
            io.BytesIO(data),
            self.app.extensions["originals"],
            most_bytes=1_000_000,
            most=MOST,
        )
        return source.id

    def replace(self, source_id: UUID, text: str, name: str = "notes.md") -> None:
        """Give the chatbot another file in the place of one."""
        library.replace_file(
            self.source(source_id),
            name,
            io.BytesIO(text.encode()),
            self.app.extensions["originals"],
            most_bytes=1_000_000,
        )

    def remove(self, source_id: UUID) -> None:
        """Take a source away."""
        library.remove(self.source(source_id), self.app.extensions["originals"])

    def remove_chatbot(self) -> None:
        """Delete the chatbot, and all that it has here."""
        chatbots.remove(self.chatbot)
        jobs.end_chatbot(str(self.owner.chatbot_id))

    def source(self, source_id: UUID) -> Source:
        """Return a source as it is now."""
        db.session.expire_all()
        found = db.session.get_one(Source, source_id, populate_existing=True)
        db.session.commit()
        return found

    def standing(self, source_id: UUID) -> library.Standing:
        """Return what the owner is shown of a source."""
        found = library.standing([self.source(source_id)])[source_id]
        db.session.commit()
        return found

    def documents(self, source_id: UUID | None = None) -> list[Document]:
        """Return the rows of documents, oldest first."""
        db.session.expire_all()
        wanted = select(Document).order_by(Document.id)
        if source_id is not None:
            wanted = wanted.where(Document.source_id == source_id)
        found = list(db.session.scalars(wanted))
        db.session.commit()
        return found

    def deletions(self) -> list[Deletion]:
        """Return what is on the outbox."""
        db.session.expire_all()
        found = list(db.session.scalars(select(Deletion).order_by(Deletion.id)))
        db.session.commit()
        return found

    def held(self) -> dict[str, str]:
        """Return what the service holds in the chatbot's store: texts by name, with states."""
        return {
            document["displayName"]: document["state"]
            for document in self.gemini.documents(self.store)
        }

    def uploads(self) -> int:
        """Return how many files were brought to the service."""
        return sum(
            request["headers"].get("x-goog-upload-command") == "start"
            for request in self.gemini.requests("uploadToFileSearchStore")
        )

    def move_to_gemini(self) -> None:
        """Let the chatbot change to Gemini, and wait until it did."""
        chatbots.change_engine(self.chatbot, "gemini")
        self.work()
        assert self.engine == ("gemini", None)

    def work(self, rounds: int = 4) -> None:
        """Do what is due elsewhere, and what will be due; sources are not read here."""
        for _ in range(rounds):
            self.step()
            for errand_id in outbox.due():
                jobs.delete(str(errand_id))
            for chatbot_id in chatbots.changing():
                jobs.change(str(chatbot_id))

    def step(self) -> None:
        """Let every pause be over, and do what is next for each document."""
        self.hurry()
        for document_id in library.agenda.due():
            jobs.index_document(str(document_id))

    def hurry(self, **columns: Any) -> None:
        """Let every pause be over."""
        past = now() - timedelta(seconds=1)
        db.session.execute(update(Document).values(next_at=past, **columns))
        db.session.execute(update(Deletion).values(next_at=past))
        db.session.commit()

    def die(self) -> None:
        """Let every uploader look as if it had died a while ago."""
        self.hurry(lease_until=now() - timedelta(seconds=1))

    def age(self, minutes: int = 60) -> None:
        """Let every indexing look as if it had begun a while ago."""
        db.session.execute(update(Document).values(begun_at=now() - timedelta(minutes=minutes)))
        db.session.commit()
