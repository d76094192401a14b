"""Spells the document of the API, OpenAPI 3.1, from the routes and what they are tied to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from ragwidget.errors import NotFound, Refusal
from ragwidget.web.openapi.contract import Contract, contract_of

Json = dict[str, Any]

REF = "#/components/schemas/{model}"
ABOUT = """The widget speaks to the server through the **visitor API**, and any program can do the \
same. Ids are no secrets and prove nothing; a conversation token does. With the **owner API**, \
programs of yours do what you do in the dashboard; they prove themselves with an API key.

There are no cookies. Every refusal has the same shape, `{"error": {"code", "message", …}}`. Where \
it makes sense to come back later, `Retry-After` says when. Answers may get more fields within \
this version.

Of the owner API: lists come in pages, and the `next` of one is the `after` of the one behind it. \
What has an `ETag` is sent again only when it changed, to who says `If-None-Match`, and is changed \
only as it is known, for who says `If-Match`. A call that makes something is carried out once for \
each `Idempotency-Key`, though it be sent again after a broken line or a crash. Pages of other \
websites can't call it: it has no CORS."""
PROOFS: Json = {
    "conversationToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of the last `start` event, or of `conversation.token`: signed, "
        "for one visitor of one chatbot.",
    },
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of the organization, from the dashboard: *Organization → API "
        "keys*. Its scopes say what it is for.",
    },
}
ERROR: Json = {
    "type": "object",
    "description": "Something we will not do, and why.",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "description": "For programs."},
                "message": {"type": "string", "description": "For people."},
                "field": {"type": "string", "description": "What is not as it should be."},
                "retry_after": {"type": "integer", "description": "Seconds."},
            },
        }
    },
}


def spell(app: Flask, server: str) -> Json:
    """Return the document of every endpoint under `/api/` that is tied to a contract."""
    calls = list(_calls(app))
    schemas = _schemas([contract for _, _, contract in calls])
    paths: Json = {}
    for rule, method, contract in calls:
        view = app.view_functions[rule.endpoint]
        operation = _operation(rule, view.__doc__ or "", contract)
        paths.setdefault(_path(rule), {})[method.lower()] = operation
    subjects = dict.fromkeys(contract.subject for _, _, contract in calls)
    return {
        "openapi": "3.1.0",
        "info": {"title": "RagWidget", "version": "1", "description": ABOUT},
        "servers": [{"url": server or "/"}],
        "tags": [{"name": subject} for subject in subjects],
        "paths": paths,
        "components": {"schemas": {**schemas, "Error": ERROR}, "securitySchemes": PROOFS},
    }


def _calls(app: Flask) -> Iterator[tuple[Rule, str, Contract]]:
    for rule in app.url_map.iter_rules():
        contract = contract_of(app.view_functions[rule.endpoint])
        if contract is not None:
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield rule, method, contract


def _schemas(contracts: list[Contract]) -> Json:
    taken = {contract.takes for contract in contracts if contract.takes}
    told = {contract.answers for contract in contracts if contract.answers}
    told |= {model for contract in contracts for model in contract.events.values()}
    inputs: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in taken]
    outputs: list[tuple[type[BaseModel], Any]] = [(model, "serialization") for model in told]
    _, schemas = models_json_schema(
        sorted(inputs + outputs, key=lambda each: each[0].__name__), ref_template=REF
    )
    return schemas["$defs"]


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _operation(rule: Rule, words: str, contract: Contract) -> Json:
    room, _, name = rule.endpoint.rpartition(".")
    summary, _, description = words.strip().partition("\n\n")
    operation: Json = {
        "operationId": name if room == "visitor" else f"{room}_{name}",
        "tags": [contract.subject],
        "summary": summary,
        "parameters": [*_in_path(rule), *_in_query(contract), *_in_headers(contract)],
        "responses": {**_answers(contract), **_refusals(rule, contract)},
    }
    if description:
        operation["description"] = re.sub(r"\s+", " ", description).strip()
    if contract.takes:
        schema = {"$ref": REF.format(model=contract.takes.__name__)}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    elif contract.upload:
        operation["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _form(contract.upload)}},
        }
    if contract.proof:
        operation["security"] = [{contract.proof: []}, *([] if contract.proof_needed else [{}])]
    return operation


def _form(sentence: str) -> Json:
    file = {"type": "string", "format": "binary", "description": sentence}
    return {"type": "object", "required": ["file"], "properties": {"file": file}}


def _in_path(rule: Rule) -> Iterator[Json]:
    for name in sorted(rule.arguments):
        schema = {"type": "string", "format": "uuid"}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(contract: Contract) -> Iterator[Json]:
    if contract.query is None:
        return
    for name, schema in contract.query.model_json_schema()["properties"].items():
        schema = {key: value for key, value in schema.items() if key != "title"}
        sentence = schema.pop("description", None)
        parameter: Json = {"name": name, "in": "query", "schema": _said(schema)}
        yield {**parameter, "description": sentence} if sentence else parameter


def _said(schema: Json) -> Json:
    """Return a parameter's schema without null: an address can't say it."""
    if choices := schema.get("anyOf"):
        return next(choice for choice in choices if choice != {"type": "null"})
    return schema


def _in_headers(contract: Contract) -> Iterator[Json]:
    named = contract.headers
    if contract.cached:
        named += (("If-None-Match", "The ETag of the answer that is at hand."),)
    for name, sentence in named:
        yield {"name": name, "in": "header", "description": sentence, "schema": {"type": "string"}}


def _answers(contract: Contract) -> Json:
    content: Json = {}
    if contract.answers:
        content["application/json"] = {
            "schema": {"$ref": REF.format(model=contract.answers.__name__)}
        }
    if contract.events:
        content["text/event-stream"] = {"schema": _event(contract)}
    for kind in contract.media:
        content[kind] = {"schema": {"type": "string"}}
    answer: Json = {"description": _sentence(contract)}
    if content:
        answer["content"] = content
    if not contract.cached:
        return {str(contract.status): answer}
    answer["headers"] = {"ETag": {"schema": {"type": "string"}}}
    return {str(contract.status): answer, "304": {"description": "What is at hand is the latest."}}


def _event(contract: Contract) -> Json:
    """Return the schema of one event of a stream, as OpenAPI 3.2 reads it and 3.1 can say it."""
    return {
        "description": "Each event. Ids count from 1; a stream ends in `done` or `error`, and any "
        "other end is a broken line.",
        "oneOf": [
            {
                "type": "object",
                "required": ["id", "event", "data"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[0-9]+$"},
                    "event": {"const": name},
                    "data": {
                        "type": "string",
                        "contentMediaType": "application/json",
                        "contentSchema": {"$ref": REF.format(model=model.__name__)},
                    },
                },
            }
            for name, model in contract.events.items()
        ],
    }


def _sentence(contract: Contract) -> str:
    if contract.answers:
        return (contract.answers.__doc__ or "").strip()
    if contract.media:
        return "The file."
    return "The events of the answer." if contract.events else "Done; there is nothing to say."


def _refusals(rule: Rule, contract: Contract) -> Json:
    refusals: set[type[Refusal]] = set(contract.refusals)
    if rule.arguments:
        refusals.add(NotFound)  # an id that is none
    by_status = sorted(refusals, key=lambda each: (each.status, each.code))
    return {
        str(status): _refusal(list(same))
        for status, same in groupby(by_status, key=lambda each: each.status)
    }


def _refusal(refusals: list[type[Refusal]]) -> Json:
    codes = {"properties": {"code": {"enum": [refusal.code for refusal in refusals]}}}
    schema = {"allOf": [{"$ref": REF.format(model="Error")}, {"properties": {"error": codes}}]}
    answer: Json = {
        "description": " · ".join(f"`{refusal.code}`: {refusal.message}" for refusal in refusals),
        "content": {"application/json": {"schema": schema}},
    }
    if refusals[0].status in {429, 503}:
        wait = {"type": "integer", "description": "Seconds."}
        answer["headers"] = {"Retry-After": {"schema": wait}}
    return answer
