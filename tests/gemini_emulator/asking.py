"""What a generate request asks: read, checked and refused as the service refuses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import filters, shapes
from .errors import ServiceError, forbidden, invalid, precondition
from .filters import Predicate
from .names import check_store_name
from .state import Project

MOST_STORES, TOP_K, MOST_PROMPT_TOKENS, MOST_ANSWER_TOKENS = 5, 5, 1_048_576, 65_536
MODELS = {
    name: f"models/{name}"
    for name in (
        "gemini-3.8-flash",
        "gemini-3.7-flash",
        "gemini-3.6-flash",
        "gemini-3.5-flash-lite",
        "gemini-3.5-flash",
        "gemini-3.1-pro-preview",
        "gemini-3.1-flash-lite",
        "gemini-3-flash-preview",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
    )
}
BETA_ALIASES = {
    "gemini-flash-latest": "gemini-3.8-flash",
    "gemini-flash-lite-latest": "gemini-3.5-flash-lite",
    "gemini-pro-latest": "gemini-3.1-pro-preview",
}
_THOUGHTS = {"MINIMAL": 0, "LOW": 60, "MEDIUM": 147, "HIGH": 600, "XHIGH": 2400}
_UNTEXTUAL = shapes.PART.keys() - {
    "text",
    "thought",
    "thoughtSignature",
    "toolCall",
    "toolResponse",
}


@dataclass(slots=True)
class Question:
    """A request that may be answered."""

    model: str
    turns: list[tuple[str, str]]
    system: str
    searching: bool
    stores: list[str]
    top_k: int
    allows: Predicate
    most_tokens: int
    thought_tokens: int
    prompt_tokens: int
    show_thoughts: bool
    show_tools: bool
    json_schema: dict[str, Any] | None
    continuation: str | None

    @property
    def text(self) -> str:
        return self.turns[-1][1]

    def before(self) -> str:
        """What the user said in the turn before."""
        said = [text for role, text in self.turns[:-1] if role == "user"]
        return said[-1] if said else ""


def find_model(name: str, version: str) -> str:
    """Return the model that a name means."""
    known = BETA_ALIASES.get(name, "") if version == "v1beta" else ""
    if name not in MODELS and not known:
        raise ServiceError(
            404,
            f"models/{name} is not found for API version {version}, or is not supported for "
            "generateContent. Call ListModels to see the list of available models and their "
            "supported methods.",
        )
    return known or name


def read(project: Project, model: str, body: bytes) -> Question:
    """Read a request."""
    request = shapes.parse(body, shapes.GENERATE)
    config = request.get("generationConfig", {})
    turns = _turns(request.get("contents", []))
    system = _text(request.get("systemInstruction", {}))
    search = _file_search(request.get("tools", []))
    prompt_tokens = sum(tokens_of(text) for _, text in turns) + tokens_of(system)
    if prompt_tokens > MOST_PROMPT_TOKENS:
        raise invalid(
            f"The input token count ({prompt_tokens}) exceeds the maximum number of tokens "
            f"allowed ({MOST_PROMPT_TOKENS})."
        )
    _check_ranges(config)
    wants_json = config.get("responseMimeType") == "application/json"
    schema = config.get("responseJsonSchema") or config.get("responseSchema") or {}
    return Question(
        model=model,
        turns=turns,
        system=system,
        searching=search is not None,
        stores=_stores(project, search) if search is not None else [],
        top_k=(search or {}).get("topK") or TOP_K,
        allows=_filter((search or {}).get("metadataFilter", "")),
        most_tokens=config.get("maxOutputTokens", MOST_ANSWER_TOKENS),
        thought_tokens=_thinking(model, config.get("thinkingConfig", {})),
        prompt_tokens=prompt_tokens,
        show_thoughts=config.get("thinkingConfig", {}).get("includeThoughts", False),
        show_tools=request.get("toolConfig", {}).get("includeServerSideToolInvocations", False),
        json_schema=schema if wants_json else None,
        continuation=request.get("continuationToken"),
    )


def tokens_of(text: str) -> int:
    """Count tokens as roughly as everybody: four characters are one.

    >>> tokens_of(""), tokens_of("Hello, world")
    (0, 3)
    """
    return -(-len(text) // 4)


def _turns(contents: list[dict[str, Any]]) -> list[tuple[str, str]]:
    if not contents:
        raise invalid("* GenerateContentRequest.contents: contents is not specified\n")
    for content in contents:
        if content.get("role", "user") not in {"user", "model"}:
            raise invalid("Please use a valid role: user, model.")
        if not content.get("parts"):
            raise invalid(
                "* GenerateContentRequest.contents.parts: contents.parts must not be empty.\n"
            )
    if contents[-1].get("role", "user") != "user":
        raise invalid("Please ensure that a multiturn request ends with a user role.")
    return [(content.get("role", "user"), _text(content)) for content in contents]


def _text(content: dict[str, Any]) -> str:
    for part in content.get("parts", []):
        if any(kind in part for kind in _UNTEXTUAL):
            raise invalid("The emulator reads no parts but text.")
        if not part.keys() & {"text", "toolCall", "toolResponse"}:
            raise invalid(
                "* GenerateContentRequest.contents.parts.data: required oneof field 'data' must "
                "have one initialized field\n"
            )
    return "\n".join(part["text"] for part in content.get("parts", []) if "text" in part)


def _file_search(tools: list[dict[str, Any]]) -> dict[str, Any] | None:
    kinds = {kind for tool in tools for kind in tool}
    if not tools:
        return None
    if any(not tool for tool in tools):
        raise invalid("* GenerateContentRequest.tools: a tool must be named.\n")
    if "fileSearch" in kinds and kinds & {"googleSearch", "googleSearchRetrieval", "urlContext"}:
        raise invalid("FileSearch can not be combined with other search tools in one request.")
    if kinds != {"fileSearch"}:
        raise invalid(f"The emulator serves no tool but fileSearch: {', '.join(sorted(kinds))}.")
    if len(tools) > 1:
        raise invalid("Only one FileSearch tool is allowed.")
    return tools[0]["fileSearch"]


def _stores(project: Project, search: dict[str, Any]) -> list[str]:
    stores = search.get("fileSearchStoreNames", [])
    if not stores:
        raise invalid("* FileSearch.file_search_store_names: at least one store is required.\n")
    if len(stores) > MOST_STORES:
        raise invalid(f"* FileSearch.file_search_store_names: at most {MOST_STORES} stores.\n")
    for name in stores:
        if check_store_name(name) not in project.stores:
            raise forbidden(f"FileSearchStore {name.removeprefix('fileSearchStores/')}")
    if not 0 <= search.get("topK", TOP_K) <= 100:
        raise invalid("* FileSearch.top_k: from 1 to 100.\n")
    return stores


def _filter(text: str) -> Callable[..., bool]:
    return filters.compile(text) if text.strip() else lambda _metadata: True


def _check_ranges(config: dict[str, Any]) -> None:
    for name, least, most in (
        ("temperature", 0, 2),
        ("topP", 0, 1),
        ("topK", 1, 1000),
        ("candidateCount", 1, 1),
        ("maxOutputTokens", 1, MOST_ANSWER_TOKENS),
    ):
        if not least <= config.get(name, least) <= most:
            raise invalid(
                f"* GenerateContentRequest.generation_config.{shapes.snake(name)}: "
                f"{name} must be in the range [{least}, {most}].\n"
            )
    if len(config.get("stopSequences", [])) > 5:
        raise invalid("* GenerateContentRequest.generation_config.stop_sequences: at most 5.\n")


def _thinking(model: str, config: dict[str, Any]) -> int:
    """Return how many tokens the model thinks; they count against the answer's limit."""
    level, budget = config.get("thinkingLevel"), config.get("thinkingBudget")
    if level and budget is not None:
        raise invalid("You can only set only one of thinking budget and thinking level.")
    old = model.startswith("gemini-2")
    if level and old:
        raise invalid("Thinking level is not supported for this model.")
    if level == "XHIGH" or (level == "MINIMAL" and model == "gemini-3.8-flash"):
        raise invalid(f"Thinking level {level} is not supported for this model.")
    if budget is not None and budget < -1:
        raise precondition("The thinking budget is invalid.")
    if budget is not None and budget >= 0:
        return min(budget, _THOUGHTS["MEDIUM"])
    return _THOUGHTS[level or "MEDIUM"]
