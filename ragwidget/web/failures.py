"""What people and programs hear when something is refused or breaks."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from sqlalchemy.exc import PendingRollbackError, ProgrammingError
from werkzeug.exceptions import HTTPException

from ragwidget import faults, limits, logs, metrics
from ragwidget.database import DATABASE_AWAY, is_full, is_gone, lacks_table
from ragwidget.errors import (
    DatabaseUnavailable,
    DiskFull,
    InvalidInput,
    NotFound,
    NotSignedIn,
    Refusal,
    TablesBehind,
    TooMuch,
    TooOften,
    Unreadable,
)
from ragwidget.extensions import db
from ragwidget.web import unsent

log = structlog.get_logger("ragwidget.web")

OURS: dict[int, type[Refusal]] = {400: Unreadable, 404: NotFound, 413: TooMuch, 429: TooOften}
WORDS = {
    405: "That can't be done with this address.",
    415: "Send it as application/json.",
}
STALE = "This form is no longer valid. Go back, load the page again and send it again."
SIGNED_OUT = "You were signed out. Sign in in another tab, load this page again and send it again."
SORRY = "Something went wrong on our side. It was written down and will be looked at."


def init_app(app: Flask) -> None:
    """Answer every refusal and every fault in the voice of who asked: JSON, or a page."""

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> ResponseReturnValue:
        metrics.REFUSALS(code=refusal.code).inc()
        db.session.rollback()
        if isinstance(refusal, NotSignedIn) and not _wants_json():
            kept = unsent.keep() if unsent.is_form() else None
            return kept or redirect(url_for("security.login", next=request.full_path.rstrip("?")))
        return _answer(refusal.status, refusal.body(), refusal.details.get("retry_after"))

    @app.errorhandler(ValidationError)
    def invalid(problem: ValidationError) -> ResponseReturnValue:
        return refused(in_words(problem))

    @app.errorhandler(CSRFError)
    def stale_form(_: CSRFError) -> ResponseReturnValue:
        inside = current_user.is_authenticated
        if request.endpoint == "security.logout" and not inside:
            return redirect(url_for("security.login"))
        if unsent.is_form() and not _wants_json() and (kept := unsent.keep()):
            return kept
        if unsent.is_form() and not inside:
            return refused(NotSignedIn(SIGNED_OUT))
        return _answer(400, {"error": {"code": "csrf_failed", "message": STALE}})

    @app.errorhandler(HTTPException)
    def http_problem(problem: HTTPException) -> ResponseReturnValue:
        if problem.code is None or problem.code < 400:
            return problem
        if stands_for := OURS.get(problem.code):
            if stands_for is TooOften:
                return refused(TooOften(retry_after=limits.wait()))
            return refused(stands_for())
        code = (problem.name or "error").lower().replace(" ", "_")
        words = WORDS.get(problem.code, problem.name)
        return _answer(problem.code, {"error": {"code": code, "message": words}})

    def database_away(problem: Exception) -> ResponseReturnValue:
        full, behind = is_full(problem), _behind(app, problem)
        if behind:
            log.error("the tables are older than this version: ragwidget migrate")
        else:
            event = "the disk is full" if full else "the database is out of reach"
            log.error(event, problem=faults.kind_of(problem))
        db.session.remove()
        # or every page would ask the database whom it is for
        g._login_user = app.login_manager.anonymous_user()  # type: ignore[attr-defined]
        if full and not request.path.startswith("/api/v1/"):
            return refused(DiskFull())
        told = TablesBehind if behind and not _is_visitors() else DatabaseUnavailable
        return refused(told(retry_after=5))

    # the last one: the line broke while a transaction was taken back
    for kind in (*DATABASE_AWAY, PendingRollbackError):
        app.register_error_handler(kind, database_away)

    @app.errorhandler(ProgrammingError)
    def wrong_tables(problem: ProgrammingError) -> ResponseReturnValue:
        return database_away(problem) if _behind(app, problem) else broken(problem)

    @app.errorhandler(OSError)
    def disk_full(problem: OSError) -> ResponseReturnValue:
        return refused(DiskFull()) if is_full(problem) else broken(problem)

    @app.errorhandler(Exception)
    def broken(problem: Exception) -> ResponseReturnValue:
        if app.config.get("PROPAGATE_FAULTS"):
            raise problem
        if is_gone(problem):
            log.warning("something was deleted meanwhile", path=logs.path(), exc_info=problem)
            return refused(NotFound())
        log.exception("a request failed", path=logs.path())
        db.session.rollback()
        return _answer(500, {"error": {"code": "internal", "message": SORRY}})


def in_words(problem: ValidationError) -> InvalidInput:
    """Turn pydantic's findings into one sentence that names the field."""
    first = problem.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])[:100] or "body"
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        reason = "there is no such field"
    elif first["type"] == "missing":
        reason = "it is missing"
    elif first["type"] == "json_invalid":
        field, reason = "body", "it is not valid JSON"
    return InvalidInput(
        f"{field}: {reason[0].lower()}{reason[1:]}.".replace("..", "."), field=field
    )


def _answer(status: int, body: dict[str, Any], retry_after: Any = None) -> ResponseReturnValue:
    headers = {"Retry-After": str(retry_after)} if retry_after else {}
    if _wants_json():
        return jsonify(body), status, headers
    page = render_template("problem.html", status=status, error=body["error"])
    return page, status, headers


def _behind(app: Flask, problem: Exception) -> bool:
    """Tell that a statement failed because migrations were not done."""
    if not lacks_table(problem):
        return False
    db.session.remove()  # or whoever looks waits for this request, and it for them
    return "migrations" in app.extensions["readiness"].missing()


def _is_visitors() -> bool:
    visitors = request.path.startswith(("/api/v1/", "/c/"))
    return visitors and not request.path.startswith("/api/v1/owner/")


def _wants_json() -> bool:
    accepted = request.accept_mimetypes
    return (
        request.path.startswith("/api/")
        or request.is_json
        or (accepted.best_match(["text/html", "application/json"]) == "application/json")
    )
