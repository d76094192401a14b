"""Control paths: what tests and people with curl change about the service, and ask of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .api import Api
from .generating import Pace
from .http import Request, Response, json_response
from .scenarios import SCENARIOS, Scenario
from .state import Indexing

if TYPE_CHECKING:
    from .server import Server


def answer(server: Server, request: Request) -> Response:
    """Do what a control request says; what it can't mean is a 400 that says why."""
    what = request.path.removeprefix("/control/")
    try:
        body = json.loads(request.body) if request.body else {}
        return json_response(_do(server, request.method, what, body, request.query))
    except (ValueError, TypeError, KeyError) as error:
        return json_response({"error": f"{type(error).__name__}: {error}"}, 400)


def _do(server: Server, method: str, what: str, body: dict[str, Any], query: dict[str, str]) -> Any:
    api = server.api
    match method, what:
        case "POST", "scenarios":
            known = {
                name: body.pop(name) for name in ("name", "on", "times", "match") if name in body
            }
            known = {name: value for name, value in known.items() if value is not None}
            api.scenarios.chosen.append(Scenario(**known, options=body))
        case "GET", "scenarios":
            on = [
                {"name": s.name, "on": s.on, "times": s.times, "match": s.match, **s.options}
                for s in api.scenarios.chosen
            ]
            return {"on": on, "known": {name: said for name, (_, said) in SCENARIOS.items()}}
        case ("DELETE", "scenarios") | ("POST", "calm"):
            _calm(api)
        case "POST", "reset":
            server.api = Api()
            server.log.clear()
        case "POST", "pace":
            api.studio.pace = Pace(**body)
        case "POST", "script":
            api.studio.scripts.append(body)
        case "POST", "indexing":
            api.indexing = Indexing(**body)
        case "POST", "settings":
            _set(api, **body)
        case "DELETE", "requests":
            server.log.clear()
        case "GET", "requests":
            wanted = query.get("path_contains", "").lower()
            return [entry for entry in server.log if wanted in entry["path"].lower()]
        case "GET", "stores":
            return _stores(api, query.get("store"))
        case _:
            raise ValueError(f"no control path {method} {what!r}")
    return {}


def _calm(api: Api) -> None:
    api.scenarios.chosen.clear()
    api.studio.scripts.clear()
    api.studio.pace = Pace()
    api.indexing = Indexing()


def _set(
    api: Api, *, missing_document_code: int | None = None, storage: int | None = None, key: str = ""
) -> None:
    if missing_document_code:
        api.service.missing_document_code = missing_document_code
    if storage is not None:
        api.service.project(key).storage = storage


def _stores(api: Api, only: str | None) -> list[dict[str, Any]]:
    """Tell what is held, whoever's it is."""
    held = []
    for key, project in api.service.projects.items():
        for store in project.stores.values():
            if only not in {None, store.name}:
                continue
            fields = {**store.wire(), "key": key}
            documents = []
            for document in store.documents.values():
                text = sum(len(passage.text) for passage in document.passages)
                metadata = document.values()
                documents.append(
                    {
                        **document.wire(),
                        "metadata": metadata,
                        "passages": len(document.passages),
                        "textLength": text,
                    }
                )
            held.append({**fields, "documents": documents})
    return held
