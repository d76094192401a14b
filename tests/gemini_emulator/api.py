"""Which path is which method, and what the short ones do."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import asking, generating, names, scenarios, shapes, uploads
from .errors import NoSuchPath, ServiceError, bad_field, bad_key, forbidden, invalid, no_key
from .generating import Studio
from .http import Request, Response, Streamed, json_response
from .scenarios import OF_REQUESTS, Scenario, Scenarios
from .state import Indexing, Project, Service

KEY_PREFIX = "emulator-key-"
_USUAL_PAGE, _LARGEST_PAGE = 10, 20
_PARAMETERS = frozenset(
    ["key", "alt", "$alt", "prettyPrint", "fields", "quotaUser", "uploadType", "upload_protocol"]
)

Answer = Response | Streamed


@dataclass(slots=True)
class Api:
    """The service and what a test changes about it."""

    service: Service = field(default_factory=Service)
    scenarios: Scenarios = field(default_factory=Scenarios)
    studio: Studio = field(default_factory=Studio)
    indexing: Indexing = field(default_factory=Indexing)


@dataclass(slots=True)
class Call:
    """A request that found its method."""

    api: Api
    request: Request
    parts: dict[str, str]
    troubles: list[Scenario] = field(default_factory=list)

    @property
    def project(self) -> Project:
        return self.api.service.project(key_of(self.request))

    @property
    def store_name(self) -> str:
        return f"fileSearchStores/{self.parts['store']}"

    def model(self) -> str:
        """Return the model's name without the scenarios behind it."""
        name = self.parts.get("model", "")
        return name.split("--")[0] if self.suffixes() else name

    def suffixes(self) -> list[str]:
        """Return the scenarios that stand behind the model's name."""
        found = self.parts.get("model", "").split("--")[1:]
        return found if OF_REQUESTS.issuperset(found) else []

    def force(self) -> bool:
        return self.request.query.get("force", "") in {"true", "True", "1"}

    def indexing(self) -> Indexing:
        chosen = self.api.scenarios.take("operation", self.request, scenarios.OF_DOCUMENTS)
        return scenarios.indexing(chosen, self.api.indexing)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    place: str
    handle: Callable[[Call], Answer]
    parameters: frozenset[str]


def key_of(request: Request) -> str:
    """Return the key of a request, refusing none and wrong ones."""
    key = request.headers.get("x-goog-api-key") or request.query.get("key", "")
    if not key:
        raise no_key()
    if not key.startswith(KEY_PREFIX):
        raise bad_key()
    return key


def find(request: Request) -> tuple[Route, dict[str, str]]:
    """Return the method of a request and what its path says."""
    for route in ROUTES:
        if route.method == request.method and (match := route.pattern.fullmatch(request.path)):
            return route, match.groupdict()
    raise NoSuchPath


def check_parameters(route: Route, request: Request) -> None:
    """Refuse what the method doesn't know."""
    for name in request.query:
        if shapes.camel(name) not in route.parameters and name not in _PARAMETERS:
            raise bad_field(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query '
                f"parameter. Field '{name}' could not be found in request message.",
                "",
            )


def _create_store(call: Call) -> Answer:
    body = shapes.parse(call.request.body, shapes.STORE)
    store = call.project.create_store(body.get("displayName"), body.get("embeddingModel"))
    return json_response(store.wire())


def _get_store(call: Call) -> Answer:
    return json_response(call.project.store(call.store_name).wire())


def _list_stores(call: Call) -> Answer:
    return _page(call, "fileSearchStores", list(call.project.stores.values()))


def _delete_store(call: Call) -> Answer:
    call.project.delete_store(call.project.store(call.store_name), force=call.force())
    return json_response({})


def _list_documents(call: Call) -> Answer:
    documents = list(call.project.store(call.store_name).documents.values())
    for document in documents:
        document.look()
    return _page(call, "documents", documents)


def _get_document(call: Call) -> Answer:
    store = call.project.store(call.store_name)
    document = store.document(call.parts["document"], call.api.service.missing_document_code)
    document.look()
    return json_response(document.wire())


def _delete_document(call: Call) -> Answer:
    store = call.project.store(call.store_name)
    document = store.document(call.parts["document"], call.api.service.missing_document_code)
    store.delete(document, force=call.force())
    return json_response({})


def _start_upload(call: Call) -> Answer:
    store = call.project.store(call.store_name) if "store" in call.parts else None
    return uploads.start(call.api.service, call.project, call.request, store)


def receive_chunk(call: Call) -> Answer:
    """Take a chunk of an upload; its id is all the authentication there is."""
    upload = call.api.service.uploads.get(call.request.query["upload_id"])
    if upload is None:
        raise ServiceError(404, "Upload not found.")
    final = "finalize" in call.request.headers.get("x-goog-upload-command", "")
    return uploads.receive(upload, call.request, call.indexing() if final else call.api.indexing)


def _import_file(call: Call) -> Answer:
    store = call.project.store(call.store_name)
    indexing = call.indexing()
    return json_response(uploads.import_file(call.project, store, call.request, indexing))


def _get_operation(call: Call) -> Answer:
    store = call.project.store(call.store_name)
    name = call.request.path.split("/", 2)[2]
    return json_response(uploads.operation(store, name))


def _files(call: Call) -> Answer:
    files = [uploads.file_wire(file) for file in call.project.files.values()]
    return _page(call, "files", files)


def _file(call: Call) -> Answer:
    name = f"files/{names.check_id(call.parts['file'])}"
    if name not in call.project.files:
        raise forbidden(f"File {call.parts['file']}")
    if call.request.method == "DELETE":
        del call.project.files[name]
        return json_response({})
    return json_response(uploads.file_wire(call.project.files[name]))


def _model(call: Call) -> Answer:
    name = asking.find_model(call.parts["model"], call.parts["version"])
    model = {
        "name": f"models/{name}",
        "displayName": name.replace("-", " ").title(),
        "inputTokenLimit": asking.MOST_PROMPT_TOKENS,
        "outputTokenLimit": asking.MOST_ANSWER_TOKENS,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
    return json_response(model)


def _count(call: Call) -> Answer:
    asking.find_model(call.model(), call.parts["version"])
    return json_response(generating.count_tokens(call.request.body))


def _generate(call: Call) -> Answer:
    model = asking.find_model(call.model(), call.parts["version"])
    stream = None
    if call.parts["method"].startswith("stream"):
        stream = "sse" if call.request.query.get("alt") == "sse" else "json"
    return generating.generate(
        call.api.studio,
        call.project,
        model,
        call.request.body,
        stream=stream,
        scenarios=call.troubles,
    )


def _page(call: Call, kind: str, things: list[Any]) -> Answer:
    """Answer with one page of things, in the order they were made."""
    query = {shapes.camel(name): value for name, value in call.request.query.items()}
    try:
        size = int(query.get("pageSize", "0"))
        token = query.get("pageToken", "")
        start = int(
            base64.urlsafe_b64decode(token).decode().removeprefix(f"{kind}:") if token else 0
        )
    except ValueError as error:
        raise invalid() from error
    if size < 0 or start < 0:
        raise invalid()
    end = start + min(size or _USUAL_PAGE, _LARGEST_PAGE)
    page = [thing if isinstance(thing, dict) else thing.wire() for thing in things[start:end]]
    answer: dict[str, Any] = {kind: page} if page else {}
    if end < len(things):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"{kind}:{end}".encode()).decode()
    return json_response(answer)


def _route(
    method: str, path: str, place: str, handle: Callable[[Call], Answer], *parameters: str
) -> Route:
    pattern = re.sub(
        r"\{(\w+)\}", r"(?P<\1>[^/:]+)", path.replace("{v}", "(?P<version>v1(?:beta)?)")
    )
    return Route(method, re.compile(pattern), place, handle, frozenset(parameters))


_STORE = "/{v}/fileSearchStores/{store}"
_PAGING = ("pageSize", "pageToken")
ROUTES = (
    _route(
        "POST", "/{v}/models/{model}:(?P<method>(?:streamG|g)enerateContent)", "generate", _generate
    ),
    _route("POST", "/{v}/models/{model}:countTokens", "any", _count),
    _route("GET", "/{v}/models/{model}", "any", _model),
    _route("POST", "/{v}/fileSearchStores", "store", _create_store),
    _route("GET", "/{v}/fileSearchStores", "store", _list_stores, *_PAGING),
    _route("GET", _STORE, "store", _get_store),
    _route("DELETE", _STORE, "store", _delete_store, "force"),
    _route("POST", f"/upload{_STORE}:uploadToFileSearchStore", "upload_start", _start_upload),
    _route("POST", "/upload/{v}/files", "upload_start", _start_upload),
    _route("POST", f"{_STORE}:importFile", "operation", _import_file),
    _route("GET", f"{_STORE}/upload/operations/{{operation}}", "operation", _get_operation),
    _route("GET", f"{_STORE}/operations/{{operation}}", "operation", _get_operation),
    _route("GET", f"{_STORE}/documents", "document", _list_documents, *_PAGING),
    _route("GET", f"{_STORE}/documents/{{document}}", "document", _get_document),
    _route("DELETE", f"{_STORE}/documents/{{document}}", "document", _delete_document, "force"),
    _route("GET", "/{v}/files", "any", _files, *_PAGING),
    _route("GET", "/{v}/files/{file}", "any", _file),
    _route("DELETE", "/{v}/files/{file}", "any", _file),
)
