"""What Gemini means by an answer that is no success: from its status, its message and its body."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ragwidget.engines.file_search.troubles import ServiceFailed, quoted

_KEY_REASONS = {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_NOT_FOUND"}
_KEY_WORDS = re.compile(
    r"api key (?:not valid|expired|not found|was reported)|unregistered callers", re.IGNORECASE
)
_DELAY = re.compile(r"(\d{1,6}(?:\.\d+)?)s")
_RETRY_IN = re.compile(r"retry in (\d{1,6}(?:\.\d+)?)s", re.IGNORECASE)


def refused(status: int, message: str, body: Any) -> ServiceFailed:
    """Explain an answer that is not a success, from its status, its message and its whole body."""
    details = list(_details(body))
    said = quoted(message)
    if status == 429:
        return _too_much(message, said, details)
    if status >= 500 or status == 408:
        return ServiceFailed(
            "engine_down",
            f"Gemini is overloaded or has a fault of its own (status {status}). It usually passes "
            f"within minutes.{said}",
            retryable=True,
            retry_after=_delay(message, details),
        )
    reasons = {str(detail.get("reason")) for detail in details}
    if status == 401 or reasons & _KEY_REASONS or _KEY_WORDS.search(message):
        return ServiceFailed(
            "engine_key", f"Gemini does not accept the API key. Enter a valid one.{said}"
        )
    if status == 404 or (status in (400, 403) and "not exist" in message):
        return _missing(message, said)
    if status == 403:
        return ServiceFailed(
            "engine_forbidden",
            "The API key is not allowed to do this. Check in Google AI Studio that the Gemini API "
            f"is enabled for its project and that the key is not restricted.{said}",
        )
    if status == 400 and "mime_type" in message:
        return ServiceFailed("mime_refused", f"Gemini does not take files of this type.{said}")
    if status < 400:
        return ServiceFailed(
            "engine_garbled",
            f"Something else than the Gemini API answered, with status {status}. Check the base "
            "address of the API in the settings.",
        )
    return ServiceFailed(
        "engine_request",
        "Gemini refused the request. Check the model, its thinking level and the API version in "
        f"the settings.{said}",
    )


def _too_much(message: str, said: str, details: list[Mapping[str, Any]]) -> ServiceFailed:
    if "storage limit" in message.lower():
        return ServiceFailed(
            "storage_full",
            "The space for documents in this Gemini project is used up. Remove sources, or move "
            f"the project to a higher tier in Google AI Studio.{said}",
        )
    if any("PerDay" in str(quota.get("quotaId")) for quota in _violations(details)):
        return ServiceFailed(
            "engine_quota",
            "Today's quota of this API key is used up. It starts anew at midnight Pacific time; "
            f"billing in Google AI Studio raises it.{said}",
        )
    return ServiceFailed(
        "engine_busy",
        "Gemini was asked more often than this API key allows. If it happens a lot, raise the "
        f"key's quota in Google AI Studio.{said}",
        retryable=True,
        retry_after=_delay(message, details),
    )


def _missing(message: str, said: str) -> ServiceFailed:
    if "model" in message.lower():
        return ServiceFailed(
            "engine_not_found",
            f"Gemini doesn't have this model. Choose another one in the settings.{said}",
        )
    return ServiceFailed(
        "engine_not_found",
        "What was asked for is not in this API key's Gemini project: it was deleted there, or "
        f"belongs to another key. Let the sources be read again.{said}",
    )


def _details(body: Any) -> Iterator[Mapping[str, Any]]:
    error = body.get("error") if isinstance(body, Mapping) else None
    details = error.get("details") if isinstance(error, Mapping) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, Mapping):
            yield detail


def _violations(details: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for detail in details:
        violations = detail.get("violations")
        for violation in violations if isinstance(violations, list) else ():
            if isinstance(violation, Mapping):
                yield violation


def _delay(message: str, details: list[Mapping[str, Any]]) -> float | None:
    """Return the seconds after which the service wants to be asked again, if it says so."""
    for detail in details:
        if match := _DELAY.fullmatch(str(detail.get("retryDelay"))):
            return float(match[1])
    match = _RETRY_IN.search(message)
    return float(match[1]) if match else None
