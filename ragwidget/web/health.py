"""Whether we are alive and ready, in words that a stranger may hear; and our numbers, for none."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from ragwidget.metrics.page import may_read, page
from ragwidget.readiness import Readiness

WORDS = {"database": "out of reach", "migrations": "not done"}

bp = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Open the pages for those who look after us."""
    app.extensions["readiness"] = Readiness(app)
    app.register_blueprint(bp)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process is alive."""
    return jsonify(status="alive")


@bp.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say whether questions can be answered now."""
    missing = _readiness().missing()
    if missing:
        return jsonify(status="not ready", **{part: WORDS[part] for part in missing}), 503
    return jsonify(status="ready")


@bp.get("/metrics")
def get_metrics() -> ResponseReturnValue:
    """Tell our numbers to whoever brings the token."""
    token = current_app.config["METRICS_TOKEN"]
    if not token:
        abort(404)
    if not may_read(token, request.headers.get("Authorization", "")):
        return "", 401, {"WWW-Authenticate": "Bearer"}
    return Response.from_app(page(_readiness()), request.environ)


def _readiness() -> Readiness:
    return current_app.extensions["readiness"]
