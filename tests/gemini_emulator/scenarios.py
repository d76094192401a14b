"""Which trouble is on: named scenarios, chosen by a test or by a suffix of the model's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import errors
from .errors import ServiceError
from .http import Request
from .state import Indexing

PLACES = ("generate", "upload_start", "upload_data", "operation", "store", "document", "any")

# name: (where it happens unless a test says otherwise, what happens; its options)
SCENARIOS = {
    "bad_request": ("any", "400 INVALID_ARGUMENT"),
    "bad_key": ("any", "400 API_KEY_INVALID"),
    "forbidden": ("any", "403 PERMISSION_DENIED"),
    "not_found": ("any", "404 NOT_FOUND"),
    "rate_limit": ("any", "429 with RetryInfo; retry_seconds"),
    "rate_limit_bare": ("any", "429 without details"),
    "daily_quota": ("any", "429 of a quota per day; retry_seconds"),
    "storage_limit": ("upload_start", "429 that stays: the stores are full"),
    "internal": ("any", "500 INTERNAL"),
    "overloaded": ("any", "503 UNAVAILABLE"),
    "deadline": ("any", "504 DEADLINE_EXCEEDED"),
    "mime_refused": (
        "upload_start",
        "400 for mimeType in the body and for types off the short list",
    ),
    "undeletable": ("any", "500 for every DELETE"),
    "refuse_connection": ("generate", "the connection closes before a byte of the answer"),
    "cut": ("generate", "the connection ends abruptly after some text; before_text"),
    "stall": ("generate", "silence after some text, then it goes on; seconds, before_text"),
    "slow": ("generate", "silence before every event; delay"),
    "bad_json": ("generate", "half an event after some text; before_text"),
    "empty": ("generate", "200 and nothing"),
    "error_event": ("generate", "an error event after some text; code, message, before_text"),
    "early_end": ("generate", "a clean end without finishReason; before_text"),
    "split_every_byte": ("generate", "every byte in a packet and an HTTP chunk of its own"),
    "prompt_blocked": ("generate", "promptFeedback, no candidates; reason"),
    "safety": ("generate", "half the text, then SAFETY with empty content; category"),
    "recitation": ("generate", "half the text, then RECITATION with citationSources"),
    "max_tokens": ("generate", "half the text, then MAX_TOKENS"),
    "max_tokens_empty": ("generate", "MAX_TOKENS without parts: thinking used it all"),
    "no_grounding": ("generate", "the answer, without groundingMetadata"),
    "empty_grounding": ("generate", "groundingMetadata: {}"),
    "chunks_without_supports": ("generate", "groundingChunks alone"),
    "bad_indices": ("generate", "each support also names a chunk that isn't there"),
    "bad_offsets": ("generate", "each segment ends beyond the text"),
    "missing_title": ("generate", "chunks without title"),
    "duplicate_chunks": ("generate", "every chunk twice, supports naming both"),
    "intermediate_stop": ("generate", "STOP, chunks and code in the middle, then more text"),
    "thoughts": ("generate", "thought parts before the text"),
    "tool_parts": ("generate", "toolCall and toolResponse parts before the text"),
    "non_ascii": ("generate", "a beginning that is not ASCII; text"),
    "line_separators": ("generate", "U+2028, U+2029, U+0085 in the text and the chunks"),
    "unknown_fields": ("generate", "fields nobody knows; finish (a finishReason nobody knows)"),
    "continuation": ("generate", "CONTINUATION with a token at half; drop=True: cut instead"),
    "never_done": ("any", "the operations of new documents never finish; document_active"),
    "operation_error": ("any", "they end with an error; polls, code, message"),
    "document_failed": ("any", "they finish, but the documents are STATE_FAILED; polls"),
    "slow_indexing": ("any", "they finish after many polls; polls, seconds"),
}
OF_DOCUMENTS = frozenset({"never_done", "operation_error", "document_failed", "slow_indexing"})
OF_REQUESTS = frozenset(SCENARIOS) - OF_DOCUMENTS

_SHORT_MIME_LIST = frozenset(
    {"application/pdf", "application/xml", "text/plain", "text/html", "text/markdown"}
    | {f"text/x-{kind}" for kind in ("c", "java", "kotlin", "go", "python", "perl", "lua")}
    | {f"text/x-{kind}" for kind in ("erlang", "tcl", "bibtex", "diff")}
)


@dataclass(slots=True)
class Scenario:
    """One kind of trouble, and how often it happens."""

    name: str
    on: str = ""
    times: int | None = None
    match: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name not in SCENARIOS:
            raise ValueError(f"no scenario {self.name!r}; there are {', '.join(SCENARIOS)}")
        self.on = self.on or SCENARIOS[self.name][0]
        if self.on not in PLACES:
            raise ValueError(f"no place {self.on!r}; there are {', '.join(PLACES)}")

    def applies(self, place: str, request: Request) -> bool:
        """Tell whether it is meant for a request."""
        if self.on not in {place, "any"} or self.times == 0:
            return False
        if self.name == "undeletable" and request.method != "DELETE":
            return False
        if self.name == "mime_refused" and not _has_unlisted_type(request):
            return False
        return self.match in request.path or self.match.encode() in request.body

    def option(self, name: str, usual: Any) -> Any:
        return self.options.get(name, usual)


@dataclass(slots=True)
class Scenarios:
    """The scenarios that are on, in the order they were chosen."""

    chosen: list[Scenario] = field(default_factory=list)

    def take(self, place: str, request: Request, among: frozenset[str]) -> list[Scenario]:
        """Return those of some names that apply to a request, and count them as happened."""
        taken = [s for s in self.chosen if s.name in among and s.applies(place, request)]
        for scenario in taken:
            if scenario.times is not None:
                scenario.times -= 1
        return taken


def refusal(scenario: Scenario, model: str) -> ServiceError | None:
    """Return the error of a scenario that refuses; the others have none."""
    if scenario.name not in _REFUSALS:
        return None
    error = _REFUSALS[scenario.name](scenario.option("retry_seconds", 20), model)
    error.body["error"]["message"] = scenario.option("message", error.body["error"]["message"])
    return error


_REFUSALS: dict[str, Callable[[float, str], ServiceError]] = {
    "bad_request": lambda *_: errors.invalid(),
    "bad_key": lambda *_: errors.bad_key(),
    "forbidden": lambda *_: errors.forbidden("FileSearchStore"),
    "not_found": lambda *_: ServiceError(404, "Requested entity was not found."),
    "rate_limit": lambda seconds, model: errors.rate_limit(seconds, model=model),
    "rate_limit_bare": lambda *_: errors.rate_limit_bare(),
    "daily_quota": lambda seconds, model: errors.rate_limit(seconds, model=model, daily=True),
    "storage_limit": lambda *_: errors.storage_limit(),
    "internal": lambda *_: errors.internal(),
    "undeletable": lambda *_: errors.internal(),
    "overloaded": lambda *_: errors.overloaded(),
    "deadline": lambda *_: errors.deadline(),
    "mime_refused": lambda *_: errors.mime_refused(),
}


def indexing(chosen: list[Scenario], usual: Indexing) -> Indexing:
    """Return how a new document gets ready."""
    if not chosen:
        return usual
    scenario = chosen[0]
    if scenario.name == "slow_indexing":
        return Indexing(scenario.option("polls", 3), scenario.option("seconds", None))
    return Indexing(
        scenario.option("polls", usual.looks),
        None,
        scenario.name,
        document_active=scenario.option("document_active", False),
        code=scenario.option("code", 3),
        message=scenario.option("message", "Failed to count tokens."),
    )


def _has_unlisted_type(request: Request) -> bool:
    in_header = request.headers.get("x-goog-upload-header-content-type", "")
    return b'"mimeType"' in request.body or in_header not in _SHORT_MIME_LIST
