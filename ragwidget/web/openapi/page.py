"""Lays the document out for people: calls by subject, and fields in words instead of schemas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

OWNERS = "/api/v1/owner/"
VISITORS_CALL = """curl -sN {home}api/v1/chat -H 'Content-Type: application/json' \\
  -d '{{"chatbot_id": "…", "message": "When do you open?"}}'"""
OWNERS_CALL = """curl -s {home}api/v1/owner/chatbots -H 'Authorization: Bearer rw_…'"""
FORMATS = {"uuid": "UUID", "date-time": "time, ISO 8601"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a body, or one parameter of an address."""

    name: str
    kind: str
    needed: bool
    sentence: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that can be asked of the server."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    proof: str  # "needed", "optional" or "none"
    parameters: list[Field]
    sent_as: str
    body: list[Field]
    answers: list[tuple[str, str, list[Field]]]  # status, sentence, fields
    events: list[tuple[str, str, list[Field]]]  # name, sentence, fields
    refusals: list[tuple[str, str, str]]  # status, code, sentence


@dataclass(frozen=True, slots=True)
class Api:
    """One of both: whom it is for, how they prove themselves, and its calls by subject."""

    name: str
    id: str
    proof: str
    example: str
    sections: dict[str, list[Call]]


def apis(document: Json) -> list[Api]:
    """Return both, with the calls of every subject in the document's order."""
    schemas = document["components"]["schemas"]
    proofs = document["components"]["securitySchemes"]
    visitors: dict[str, list[Call]] = {}
    owners: dict[str, list[Call]] = {}
    for path, methods in document["paths"].items():
        sections = owners if path.startswith(OWNERS) else visitors
        for method, operation in methods.items():
            calls = sections.setdefault(operation["tags"][0], [])
            calls.append(_call(schemas, path, method, operation))
    token, key = proofs["conversationToken"]["description"], proofs["apiKey"]["description"]
    return [
        Api("Visitor API", "visitor-api", token, VISITORS_CALL, visitors),
        Api("Owner API", "owner-api", key, OWNERS_CALL, owners),
    ]


def _call(schemas: Json, path: str, method: str, operation: Json) -> Call:
    sent = operation.get("requestBody", {}).get("content", {})
    kind, body = next(iter(sent.items()), ("", None))
    security = operation.get("security", [])
    proof = "none" if not security else "optional" if {} in security else "needed"
    return Call(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        proof=proof,
        parameters=[_parameter(schemas, told) for told in operation["parameters"]],
        sent_as="a form with a file" if kind.startswith("multipart") else "JSON",
        body=list(_fields(schemas, body["schema"])) if body else [],
        answers=list(_answers(schemas, operation["responses"])),
        events=list(_events(schemas, operation["responses"])),
        refusals=list(_refusals(operation["responses"])),
    )


def _parameter(schemas: Json, told: Json) -> Field:
    return Field(
        told["name"],
        kind_of(schemas, told["schema"]),
        told.get("required", False),
        told.get("description", ""),
        told["in"],
    )


def _answers(schemas: Json, responses: Json) -> Iterator[tuple[str, str, list[Field]]]:
    for status, answer in responses.items():
        if status < "400":
            content = answer.get("content", {}).get("application/json", {})
            yield status, answer["description"], list(_fields(schemas, content.get("schema", {})))


def _events(schemas: Json, responses: Json) -> Iterator[tuple[str, str, list[Field]]]:
    stream = responses.get("200", {}).get("content", {}).get("text/event-stream", {})
    for event in stream.get("schema", {}).get("oneOf", []):
        told = event["properties"]
        schema = _looked_up(schemas, told["data"]["contentSchema"])
        sentence = schema["description"].partition(": ")[2]
        yield told["event"]["const"], sentence, list(_fields(schemas, schema))


def _refusals(responses: Json) -> Iterator[tuple[str, str, str]]:
    for status, answer in responses.items():
        if status >= "400":
            for said in answer["description"].split(" · "):
                code, _, sentence = said.partition(": ")
                yield status, code.strip("`"), sentence


def _fields(schemas: Json, schema: Json, before: str = "") -> Iterator[Field]:
    """Yield the fields of a schema, each followed by those inside it."""
    schema = _looked_up(schemas, schema)
    for name, told in schema.get("properties", {}).items():
        needed = name in schema.get("required", [])
        yield Field(before + name, kind_of(schemas, told), needed, told.get("description", ""))
        within = _without_null(told)
        many = within.get("type") == "array"
        inner = _looked_up(schemas, within.get("items", {}) if many else within)
        yield from _fields(schemas, inner, f"{before}{name}{'[]' if many else ''}.")


def kind_of(schemas: Json, schema: Json) -> str:
    """Return in words what a schema takes.

    >>> kind_of({}, {"type": "array", "items": {"type": "string", "maxLength": 80}})
    'list of text, up to 80 characters'
    >>> kind_of({}, {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 9}, {"type": "null"}]})
    'number, 1 to 9, or null'
    """
    inner = _without_null(schema)
    if inner is not schema:
        return f"{kind_of(schemas, inner)}, or null"
    schema = _looked_up(schemas, schema)
    if choices := schema.get("enum"):
        return " · ".join(map(str, choices))
    kind = schema.get("type")
    if kind == "array":
        if pair := schema.get("prefixItems"):
            return f"[{', '.join(kind_of(schemas, each) for each in pair)}]"
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"list of {kind_of(schemas, schema['items'])}{most}"
    if kind == "string":
        most = f", up to {schema['maxLength']} characters" if "maxLength" in schema else ""
        if schema.get("format") == "binary":
            return "file"
        return FORMATS.get(schema.get("format", ""), "text") + most
    if kind in {"integer", "number"}:
        return "number" + _range(schema)
    return {"boolean": "true or false"}.get(kind or "", "object")


def _range(schema: Json) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", from {low}" if low is not None else ""


def _without_null(schema: Json) -> Json:
    choices = [each for each in schema.get("anyOf", []) if each != {"type": "null"}]
    return choices[0] if len(choices) == 1 else schema


def _looked_up(schemas: Json, schema: Json) -> Json:
    reference = schema.get("$ref")
    return schemas[reference.rpartition("/")[2]] if reference else schema
