"""The way to every route and every form that there is."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser
from werkzeug.routing import Rule

Ids = dict[str, str]


def path_of(app: Flask, rule: Rule, method: str, ids: Ids) -> str:
    """Spell a route's path with these ids in it; those that are missing are nobody's."""
    values = {name: ids.get(name, str(UUID(int=0))) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values, method)


def forms(client: FlaskClient, path: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Return where each form of a page leads, by which method, with what it holds."""
    page = LexborHTMLParser(client.get(path).text)
    for form in page.css("form"):
        held = {}
        for field in form.css("input[name], textarea[name], select[name], button[name]"):
            known = field.attributes
            held[str(known["name"])] = known.get("value") or field.text() or ""
        yield (
            form.attributes.get("action") or path,
            (form.attributes.get("method") or "get").upper(),
            held,
        )
