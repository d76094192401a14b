"""What the service holds: projects, their stores, documents, files, operations and uploads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from . import names
from .errors import ServiceError, forbidden, invalid, precondition, storage_limit
from .filters import Predicate
from .reading import Cutting, Unreadable, passages_of
from .searching import Passage

FREE_STORAGE = 10_000_000_000
COUNTED_TIMES = 3  # a document counts with its embeddings
_SMALL = 20_000
_READER = ThreadPoolExecutor(1)  # PDFium is not for several threads
EMBEDDING_MODELS = ("models/gemini-embedding-001", "models/gemini-embedding-2")


@dataclass(slots=True)
class Indexing:
    """How a document gets ready: after so many looks at it or its operation, or so long."""

    looks: int = 1
    seconds: float | None = 10.0
    outcome: str = "ready"  # or "operation_error", "document_failed", "never_done"
    document_active: bool = False  # when it never finishes: does the document become active?
    code: int = 3
    message: str = "Failed to count tokens."


@dataclass(slots=True)
class Document:
    name: str
    display_name: str | None
    mime_type: str
    size: int
    metadata: list[dict[str, Any]]
    indexing: Indexing
    made: str = field(default_factory=names.now)
    updated: str = field(default_factory=names.now)
    passages: list[Passage] = field(default_factory=list)
    state: str = "STATE_PENDING"
    finished: bool = False
    error: dict[str, Any] | None = None
    _looked: int = 0
    _began: float = field(default_factory=time.monotonic)
    _read: Future[list[Passage]] | None = None

    def read(self, data: bytes, cutting: Cutting) -> None:
        """Begin to read the file, apart from the streams that are being served."""
        if len(data) <= _SMALL and self.mime_type.startswith("text/"):
            # at once, so that a test can count the polls
            self._read = Future()
            self._read.set_result(passages_of(data, self.mime_type, cutting))
        else:
            self._read = _READER.submit(passages_of, data, self.mime_type, cutting)

    def look(self) -> None:
        """Let it get ready, if it is time: somebody looks."""
        if self.finished:
            return
        self._looked += 1
        self.settle()

    def settle(self) -> None:
        """Let it get ready, if it is time."""
        plan = self.indexing
        late = plan.seconds is not None and time.monotonic() - self._began >= plan.seconds
        if self.finished or not (self._looked > plan.looks or late):
            return
        if self._read is not None and not self._read.done():
            return
        self.updated = names.now()
        try:
            self.passages = self._read.result() if self._read else []
        except Unreadable as error:
            self._fail(3, str(error))
            return
        if plan.outcome == "never_done":
            self.state = "STATE_ACTIVE" if plan.document_active else "STATE_PENDING"
        elif plan.outcome == "ready":
            self.state, self.finished = "STATE_ACTIVE", True
        else:
            self._fail(plan.code, plan.message)
            if plan.outcome == "document_failed":
                self.error = None

    def _fail(self, code: int, message: str) -> None:
        self.state, self.finished = "STATE_FAILED", True
        self.error = {"code": code, "message": message}

    def values(self) -> dict[str, str | float | list[str]]:
        """Return the metadata as a filter compares it."""
        return {entry["key"]: _value(entry) for entry in self.metadata}

    def store_name(self) -> str:
        return self.name.partition("/documents/")[0]

    def wire(self) -> dict[str, Any]:
        return _without_defaults(
            name=self.name,
            displayName=self.display_name,
            state=self.state,
            sizeBytes=str(self.size) if self.size else None,
            mimeType=self.mime_type,
            createTime=self.made,
            updateTime=self.updated,
            customMetadata=self.metadata,
        )


@dataclass(slots=True)
class Store:
    name: str
    display_name: str | None
    embedding_model: str
    made: str = field(default_factory=names.now)
    updated: str = field(default_factory=names.now)
    documents: dict[str, Document] = field(default_factory=dict)
    operations: dict[str, Document] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        for document in self.documents.values():
            document.settle()
        states = [document.state for document in self.documents.values()]
        counted = {
            f"{name}DocumentsCount": str(count)
            for name in ("active", "pending", "failed")
            if (count := states.count(f"STATE_{name.upper()}"))
        }
        size = sum(document.size for document in self.documents.values())
        return _without_defaults(
            name=self.name,
            displayName=self.display_name,
            createTime=self.made,
            updateTime=self.updated,
            **counted,
            sizeBytes=str(size) if size else None,
            embeddingModel=self.embedding_model,
        )

    def document(self, document_id: str, missing_code: int = 404) -> Document:
        name = f"{self.name}/documents/{names.check_id(document_id)}"
        if name not in self.documents:
            raise ServiceError(missing_code, f"Documents does not exist: {name}")
        return self.documents[name]

    def add(self, document: Document, operation: str) -> None:
        self.documents[document.name] = document
        self.operations[operation] = document
        self.updated = names.now()

    def delete(self, document: Document, *, force: bool) -> None:
        if document.size and not force:
            raise precondition("Cannot delete non-empty Document")
        del self.documents[document.name]
        self.updated = names.now()


@dataclass(slots=True)
class File:
    """A file of the Files API."""

    name: str
    display_name: str | None
    mime_type: str
    data: bytes
    made: str = field(default_factory=names.now)


@dataclass(slots=True)
class Upload:
    """A resumable upload that was begun."""

    project: Project
    store: Store | None
    mime_type: str
    display_name: str | None
    file_name: str | None
    metadata: list[dict[str, Any]]
    cutting: Cutting
    size: int
    data: bytearray = field(default_factory=bytearray)
    ended: bool = False


@dataclass(slots=True)
class Project:
    """What one key sees."""

    stores: dict[str, Store] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    storage: int = FREE_STORAGE

    def create_store(self, display_name: str | None, embedding_model: str | None) -> Store:
        if display_name and len(display_name) > 512:
            raise invalid("* CreateFileSearchStoreRequest.display_name: at most 512 characters.")
        model = embedding_model or EMBEDDING_MODELS[0]
        if model not in EMBEDDING_MODELS:
            raise invalid(f"Embedding model {model} is not supported.")
        name = f"fileSearchStores/{names.new_id(display_name)}"
        self.stores[name] = Store(name, display_name, model)
        return self.stores[name]

    def store(self, name: str) -> Store:
        """Return a store of this project; those of others are as unknown as those that aren't."""
        if names.check_store_name(name) not in self.stores:
            raise forbidden(f"FileSearchStore {name.removeprefix('fileSearchStores/')}")
        return self.stores[name]

    def delete_store(self, store: Store, *, force: bool) -> None:
        if store.documents and not force:
            raise precondition("Cannot delete non-empty FileSearchStore")
        del self.stores[store.name]

    def make_room(self, size: int) -> None:
        """Refuse what would not fit any more."""
        held = sum(d.size for store in self.stores.values() for d in store.documents.values())
        if (held + size) * COUNTED_TIMES > self.storage:
            raise storage_limit(self.storage)

    def passages(
        self, store_names: list[str], allows: Predicate
    ) -> Iterator[tuple[Document, Passage]]:
        """Yield every passage that can be found now, of the documents that a filter allows."""
        for name in store_names:
            for document in self.store(name).documents.values():
                document.settle()
                if document.state == "STATE_ACTIVE" and allows(document.values()):
                    for passage in document.passages:
                        yield document, passage


@dataclass(slots=True)
class Service:
    """Everything."""

    projects: dict[str, Project] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    missing_document_code: int = 404

    def project(self, key: str) -> Project:
        return self.projects.setdefault(key, Project())


def _value(entry: dict[str, Any]) -> str | float | list[str]:
    if "stringListValue" in entry:
        return entry["stringListValue"].get("values", [])
    return entry["stringValue"] if "stringValue" in entry else float(entry["numericValue"])


def _without_defaults(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
