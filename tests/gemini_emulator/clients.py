"""The real client, talking to the emulator."""

from __future__ import annotations

import io
from typing import Any

from google import genai
from google.genai import types

from .driving import Emulator

MODEL = "gemini-3.8-flash"


def client_of(emulator: Emulator, key: str, timeout: int = 20_000, **more: Any) -> genai.Client:
    """Make a client of a project."""
    options = types.HttpOptions(base_url=emulator.url, timeout=timeout, **more)
    return genai.Client(api_key=key, enterprise=False, http_options=options)


def make_store(client: genai.Client, *texts: str) -> str:
    """Make a store of Markdown documents called 1.md, 2.md, …, and wait until they are found."""
    store = client.file_search_stores.create(config={"display_name": "Shop"}).name
    assert store
    for number, text in enumerate(texts, 1):
        add(client, store, text.encode(), f"{number}.md", "text/markdown")
    return store


def add(client: genai.Client, store: str, data: bytes, name: str, kind: str, **more: Any) -> str:
    """Upload a document and wait until it is found; return its name."""
    operation = client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store,
        file=io.BytesIO(data),
        config=types.UploadToFileSearchStoreConfig(display_name=name, mime_type=kind, **more),
    )
    assert operation.response
    assert operation.done is None
    while not operation.done:
        operation = client.operations.get(operation)
    assert operation.error is None, operation.error
    return f"{store}/documents/{operation.name.rsplit('/', 1)[1]}"


def searching(*stores: str, **more: Any) -> types.GenerateContentConfig:
    """Make a configuration that searches stores."""
    search = types.FileSearch(
        file_search_store_names=list(stores),
        top_k=more.pop("top_k", None),
        metadata_filter=more.pop("metadata_filter", None),
    )
    off = types.AutomaticFunctionCallingConfig(disable=True)
    return types.GenerateContentConfig(
        tools=[types.Tool(file_search=search)], automatic_function_calling=off, **more
    )


def ask(client: genai.Client, contents: Any, config: Any = None) -> types.GenerateContentResponse:
    """Ask for a whole answer."""
    return client.models.generate_content(model=MODEL, contents=contents, config=config)


def stream(client: genai.Client, question: str, config: Any) -> list[Any]:
    """Ask for a streamed answer and return its events."""
    return list(
        client.models.generate_content_stream(model=MODEL, contents=question, config=config)
    )


def said(events: list[Any]) -> str:
    """Return what a visitor would read of some events."""
    parts = [
        part
        for event in events
        if event.candidates and event.candidates[0].content
        for part in event.candidates[0].content.parts or []
    ]
    return "".join(part.text for part in parts if part.text and not part.thought)


def grounding(response: Any) -> Any:
    """Return what an answer rests on."""
    return response.candidates[0].grounding_metadata
