"""The document of the API, for programs and for people, at `/api/openapi.json` and `/api/docs`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from ragwidget.extensions import compress, this_app
from ragwidget.web.openapi.document import spell
from ragwidget.web.openapi.page import apis

bp = Blueprint("openapi", __name__, url_prefix="/api")


def init_app(app: Flask) -> None:
    """Serve the document; what other rooms tie to their endpoints is read when it is asked for."""
    app.register_blueprint(bp)


@bp.get("/openapi.json")
@compress.compressed()
def document() -> ResponseReturnValue:
    """Return the document, OpenAPI 3.1."""
    response = jsonify(_document())
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


@bp.get("/docs")
@compress.compressed()
def docs() -> ResponseReturnValue:
    """Show the document to people."""
    told = _document()
    return render_template("api/docs.html", document=told, apis=apis(told))


def _document() -> dict[str, Any]:
    kept: dict[str, Any] = current_app.extensions
    if "openapi" not in kept:
        kept["openapi"] = spell(this_app(), current_app.config["PUBLIC_URL"])
    return kept["openapi"]
