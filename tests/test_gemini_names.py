"""Names of the service's: what is none is never sent, for the client puts it into addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gemini_emulator import Emulator
from gemini_room import (
    ask,
    calmly,
    service_of,
)

from ragwidget.engines.file_search.troubles import ServiceFailed
from ragwidget.engines.gemini import Gemini
from ragwidget.engines.protocol import EngineFailed


@pytest.fixture(autouse=True)
def calm(gemini: Emulator) -> Iterator[None]:
    """Forget what a test did to the emulator, and wait for all readers to go."""
    yield from calmly(gemini)


NAMES = [
    "",
    "../files",
    "fileSearchStores/",
    "fileSearchStores/../x",
    "fileSearchStores/a/b",
    "a?b",
]


CALLS: dict[str, Callable[[Gemini, str], Any]] = {
    "delete_store": lambda service, name: service.delete_store(name),
    "document_state": lambda service, name: service.document_state(name),
    "document_in_it": lambda service, name: service.document_state(f"{name}/documents/x"),
    "delete_document": lambda service, name: service.delete_document(name),
    "poll": lambda service, name: service.poll(name),
    "find_documents": lambda service, name: service.find_documents(name, "x"),
    "stream": lambda service, name: _raise(ask(service, name or "/").failure),
    "model": lambda service, name: _raise(ask(service, "", model=name or "?").failure),
    "model_in_it": lambda service, name: _raise(ask(service, "", model=f"x..{name}").failure),
}


def _raise(failure: EngineFailed | None) -> None:
    assert failure
    raise ServiceFailed(failure.code, failure.hint)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("call", CALLS)
def test_a_name_that_is_none_is_never_sent(gemini: Emulator, call: str, name: str) -> None:
    with pytest.raises(ServiceFailed, match="engine_request"):
        CALLS[call](service_of(gemini), name)

    assert gemini.requests() == []
