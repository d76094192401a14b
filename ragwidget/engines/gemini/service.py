"""A key's stores, documents and answers at Gemini."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragwidget.engines.file_search import asking, names, plain, troubles, uploads
from ragwidget.engines.file_search.exchange import (
    Found,
    Heard,
    Line,
    Options,
    Polled,
    Prompt,
    Uploaded,
    Written,
)
from ragwidget.engines.file_search.lean import LeanReader, reaches
from ragwidget.engines.file_search.masking import masked
from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini.explaining import explaining, gone_is_fine
from ragwidget.engines.protocol import NOTHING

if TYPE_CHECKING:
    from google import genai

GOOGLE = "https://generativelanguage.googleapis.com"
MOST_STORES = 2000  # that are looked through
CHECK_SECONDS = 15  # somebody waits for it
UPLOAD_SECONDS = 300


class Gemini:
    """A long-lived client for one key, shared by all threads of one process.

    Never make one before a fork: the processes would hear each other's answers. Every method
    raises `ServiceFailed`, and nothing else, when Gemini doesn't do what it should; none asks
    twice by itself.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self._base_url = options.base_url or GOOGLE
        lean = options.reader == "lean" and reaches(self._base_url)
        self._lean = LeanReader(options, self._base_url) if lean else None
        self._closing = [self._lean.close] if self._lean else []

    @cached_property
    def _client(self) -> genai.Client:
        """The service's own client, which takes a second and 40 MB where it is first needed."""
        from ragwidget.engines.gemini.connecting import connect

        client, http = connect(self.options, self._base_url)
        self._closing.append(weakref.finalize(self, http.close))
        return client

    def close(self) -> None:
        """Let go of all connections; what is dropped without it lets them go as well."""
        for close in self._closing:
            close()

    def warm_up(self) -> None:
        """Get ready to answer, so that no visitor waits for that."""
        with self._explaining():
            if self._lean:
                self._lean.warm_up()
            else:
                self.check()

    def check(self) -> None:
        """Make one cheap call, that fails where the key doesn't work."""
        with self._explaining():
            self._client.file_search_stores.list(
                config={"page_size": 1, "http_options": {"timeout": CHECK_SECONDS * 1000}}
            )

    def create_store(self, display_name: str) -> str:
        """Make a store and return its name."""
        with self._explaining():
            store = self._client.file_search_stores.create(
                config={
                    "display_name": display_name[: uploads.LONGEST_NAME],
                    "embedding_model": self.options.embedding_model or None,
                }
            )
            if not names.STORE.fullmatch(store.name or ""):
                raise troubles.garbled(self._masked(f"a store named {store.name!r}"))
            return store.name or ""

    def find_stores(self, display_name: str) -> list[str]:
        """Return the stores that are called this, oldest first."""
        with self._explaining():
            stores = self._client.file_search_stores.list(config={"page_size": 20})
            return [
                store.name
                for store in islice(stores, MOST_STORES)
                if store.display_name == display_name[: uploads.LONGEST_NAME]
                and store.name
                and names.STORE.fullmatch(store.name)
            ]

    def has_store(self, name: str) -> bool:
        """Tell whether there is a store of this name, and with this key."""
        if not names.STORE.fullmatch(name):
            return False
        try:
            with self._explaining():
                self._client.file_search_stores.get(name=name)
        except ServiceFailed as trouble:
            if trouble.code == "engine_not_found":
                return False
            raise
        return True

    def delete_store(self, name: str) -> None:
        """Delete a store with all that is in it, if it isn't gone already."""
        names.checked(names.STORE, name, "a store")
        with gone_is_fine(), self._explaining():
            self._client.file_search_stores.delete(name=name, config={"force": True})

    def upload(
        self,
        store: str,
        path: Path,
        *,
        display_name: str,
        source_id: str,
        content_hash: str,
        mime_type: str | None = None,
    ) -> Uploaded:
        """Put a file into a store; the service indexes it later."""
        names.checked(names.STORE, store, "a store")
        config: dict[str, Any] = {
            "display_name": display_name[: uploads.LONGEST_NAME],
            "custom_metadata": [
                {"key": "source_id", "string_value": source_id},
                {"key": "content_hash", "string_value": content_hash},
            ],
        }
        suffix = uploads.suffix_for(path, mime_type)
        try:
            return self._upload(store, path, suffix, config)
        except ServiceFailed as trouble:
            if trouble.code != "mime_refused" or suffix == ".txt" or not uploads.is_text(path):
                raise
        return self._upload(store, path, ".txt", config)

    def _upload(self, store: str, path: Path, suffix: str, config: dict[str, Any]) -> Uploaded:
        from google.genai import types

        # The client writes into the options that it is given, so each call has its own.
        options = types.HttpOptions(timeout=UPLOAD_SECONDS * 1000)
        with self._explaining(), uploads.named(path, suffix) as file:
            operation = self._client.file_search_stores.upload_to_file_search_store(
                file_search_store_name=store,
                file=file,
                config=types.UploadToFileSearchStoreConfig(**config, http_options=options),
            )
            name = operation.name or ""
            document = (operation.response and operation.response.document_name) or ""
            if not names.DOCUMENT.fullmatch(document):
                document = f"{store}/documents/{name.rpartition('/')[2]}"
            if not names.OPERATION.fullmatch(name) or not names.DOCUMENT.fullmatch(document):
                raise troubles.garbled(self._masked(f"an operation named {name!r}"))
            return Uploaded(name, document)

    def poll(self, operation: str) -> Polled:
        """Look how far an indexing is."""
        names.checked(names.OPERATION, operation, "an operation")
        from google.genai import types

        with self._explaining():
            found = self._client.operations.get(
                types.UploadToFileSearchStoreOperation.model_validate({"name": operation})
            )
            error = found.error or {}
            code = error.get("code")
            said = self._masked(" ".join(str(error.get("message") or error).split()))
            return Polled(
                bool(found.done) or bool(error),
                code if isinstance(code, int) else None,
                plain.kept(said) if error else "",
            )

    def document_state(self, name: str) -> str:
        """Return "pending", "ready" or "failed", or "gone" where there is no such document."""
        names.checked(names.DOCUMENT, name, "a document")
        try:
            with self._explaining():
                return plain.state(self._client.file_search_stores.documents.get(name=name))
        except ServiceFailed as trouble:
            if trouble.code == "engine_not_found":
                return "gone"
            raise

    def find_documents(self, store: str, source_id: str) -> list[Found]:
        """Return what a store has of a source."""
        names.checked(names.STORE, store, "a store")
        with self._explaining():
            documents = self._client.file_search_stores.documents.list(
                parent=store, config={"page_size": 20}
            )
            found = []
            for document in documents:
                metadata = plain.metadata(document.custom_metadata)
                if metadata.get("source_id") == source_id and names.DOCUMENT.fullmatch(
                    document.name or ""
                ):
                    found.append(
                        Found(
                            document.name or "",
                            metadata.get("content_hash", ""),
                            plain.state(document),
                        )
                    )
            return found

    def delete_document(self, name: str) -> None:
        """Delete a document with its passages, if it isn't gone already."""
        names.checked(names.DOCUMENT, name, "a document")
        with gone_is_fine(), self._explaining():
            self._client.file_search_stores.documents.delete(name=name, config={"force": True})

    def stream(self, prompt: Prompt) -> Line:
        """Ask for an answer that is heard while it is written; nothing is sent before."""
        if self._lean:
            return self._lean.stream(prompt)
        from ragwidget.engines.file_search.lines import ClientLine

        return ClientLine(lambda: self._hear(prompt))

    def _hear(self, prompt: Prompt) -> Generator[Heard, None, None]:
        with self._explaining():
            events = self._client.models.generate_content_stream(
                **asking.spelled(
                    prompt,
                    self.options,
                    seconds=self.options.answer_seconds,
                    silence=self.options.silence_seconds,
                )
            )
            for event in events:
                yield plain.heard(event)

    def write(self, prompt: Prompt, seconds: float) -> Written:
        """Have a short text written in one go."""
        with self._explaining():
            heard = plain.heard(
                self._client.models.generate_content(
                    **asking.spelled(prompt, self.options, seconds=seconds, silence=seconds)
                )
            )
            text = "".join(heard.parts)
            if not text.strip():
                reason = heard.blocked or heard.finish or "an empty reply"
                raise troubles.garbled(self._masked(reason), heard.usage or NOTHING)
            return Written(text, heard.usage or NOTHING, heard.model)

    def _explaining(self) -> AbstractContextManager[None]:
        return explaining(self.options.key)

    def _masked(self, said: str) -> str:
        return masked(said, self.options.key)
