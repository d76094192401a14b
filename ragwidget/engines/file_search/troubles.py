"""What can go wrong with Gemini: a code, what its owner can do, and what a visitor is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ragwidget.engines.file_search.masking import masked
from ragwidget.engines.file_search.plain import kept
from ragwidget.engines.protocol import NOTHING, EngineFailed, Usage

_LONGEST_QUOTE = 300
_KEY_REASONS = {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_NOT_FOUND"}
_KEY_WORDS = re.compile(
    r"api key (?:not valid|expired|not found|was reported)|unregistered callers", re.IGNORECASE
)
_DELAY = re.compile(r"(\d{1,6}(?:\.\d+)?)s")
_RETRY_IN = re.compile(r"retry in (\d{1,6}(?:\.\d+)?)s", re.IGNORECASE)

_LATER = "This chat can't answer at the moment. Please try again later."
_AGAIN = "The answer could not be fetched. Please ask again."
_BROKE_OFF = "The answer broke off. Please ask again."
_REPHRASE = "I can't answer that as it stands. Please ask in other words, or something else."
_UNFINISHED = "I can't finish this answer. Please ask in other words."

# What the visitor is told, whether asking again may help, and whether another engine may answer.
_FACES = {
    "engine_key": (_LATER, False, True),
    "engine_forbidden": (_LATER, False, True),
    "engine_not_found": (_LATER, False, True),
    "engine_request": (_LATER, False, False),
    "engine_busy": ("There are many questions right now. Please ask again soon.", True, True),
    "engine_quota": (_LATER, False, True),
    "engine_down": (_AGAIN, True, True),
    "engine_unreachable": (_AGAIN, True, True),
    "engine_stalled": ("The answer takes too long to come. Please ask again.", True, True),
    "engine_cut": (_AGAIN, True, True),
    "engine_garbled": (_AGAIN, True, True),
}
_BEGUN = {"engine_down", "engine_unreachable", "engine_cut", "engine_garbled"}

_BLOCKED = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "ESCALATION"}


class ServiceFailed(Exception):
    """Gemini did not do what it was asked to.

    `code` is ours, `hint` tells the owner what happened and what to do. `retryable` says that the
    same call may well succeed a little later, `retry_after` how many seconds later the service
    wants it. A store or document that is not there is `engine_not_found`, even where the service
    says 403, as it does for everything it doesn't want to tell apart.
    """

    def __init__(
        self,
        code: str,
        hint: str,
        *,
        retryable: bool = False,
        retry_after: float | None = None,
        usage: Usage = NOTHING,
    ) -> None:
        super().__init__(f"{code}: {hint}")
        self.code = code
        self.hint = hint
        self.retryable = retryable
        self.retry_after = retry_after
        self.usage = usage  # what it took all the same


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


def unreachable(problem: str) -> ServiceFailed:
    """Explain that no connection came about."""
    return ServiceFailed(
        "engine_unreachable",
        "This server can't reach Gemini. Check its network, name resolution, proxy and "
        f"certificates.{quoted(problem)}",
        retryable=True,
    )


def crowded() -> ServiceFailed:
    """Explain that all our own connections are in use."""
    return ServiceFailed(
        "engine_busy",
        "All connections of this server to Gemini are in use. Raise the setting "
        "RAGWIDGET_GEMINI_CONNECTIONS.",
        retryable=True,
    )


def silent() -> ServiceFailed:
    """Explain that Gemini said nothing for too long."""
    return ServiceFailed(
        "engine_stalled",
        "Gemini said nothing for too long. If that happens a lot to answers, lower the thinking "
        "level, or raise the setting RAGWIDGET_GEMINI_SILENCE_SECONDS.",
        retryable=True,
    )


def slow(seconds: float) -> ServiceFailed:
    """Explain that an answer took too long in all."""
    return ServiceFailed(
        "engine_stalled",
        f"An answer was not ready after {seconds:g} seconds. If that happens a lot, lower the "
        "thinking level, or raise the setting RAGWIDGET_GEMINI_ANSWER_SECONDS.",
        retryable=True,
    )


def cut(problem: str = "") -> ServiceFailed:
    """Explain that the line broke, or that an answer ended without saying why."""
    return ServiceFailed(
        "engine_cut",
        "The connection to Gemini ended before the answer did. It usually helps to ask again."
        + quoted(problem),
        retryable=True,
    )


def garbled(problem: str, usage: Usage = NOTHING) -> ServiceFailed:
    """Explain that what came can't be understood."""
    return ServiceFailed(
        "engine_garbled",
        "What came from Gemini could not be understood. If it happens again, check the base "
        f"address and the version of the API in the settings.{quoted(problem)}",
        retryable=True,
        usage=usage,
    )


def too_much(what: str) -> ServiceFailed:
    """Explain that more came than anybody asked for; asking again would bring as much."""
    return ServiceFailed(
        "engine_garbled",
        f"Gemini sent {what}, and was hung up on. If it happens again, check the base address of "
        "the API in the settings, or choose another model.",
    )


def elsewhere(host: str) -> ServiceFailed:
    """Explain that the service named an address that is not its own."""
    return ServiceFailed(
        "engine_garbled",
        "Gemini wanted something to be sent to another address than its own"
        f"{quoted(host)}, and it was not sent. Check the base address of the API in the settings.",
    )


def malformed(what: str) -> ServiceFailed:
    """Explain that a name is none, so that nothing was asked."""
    return ServiceFailed("engine_request", f"This is not the name of {what} of Gemini's.")


def told(trouble: ServiceFailed, *, begun: bool = False, withheld: str = "") -> EngineFailed:
    """Return a trouble as the end of an answer; `begun` if the visitor has read some of it."""
    message, retryable, passing = _FACES.get(trouble.code, (_AGAIN, True, False))
    if begun and trouble.code in _BEGUN:
        message = _BROKE_OFF
    return EngineFailed(
        trouble.code,
        message,
        hint=trouble.hint,
        retryable=retryable,
        passing=passing,
        withheld=withheld,
    )


def blocked_question(reason: str) -> EngineFailed:
    """Return the end of an answer whose question Gemini would not take."""
    return EngineFailed(
        "blocked_question",
        _REPHRASE,
        hint=f"Gemini blocked the question ({quoted(reason).strip()}). If that was wrong, allow "
        "more with the setting RAGWIDGET_GEMINI_SAFETY.",
        retryable=False,
    )


def ended(reason: str, withheld: str = "") -> EngineFailed:
    """Return the end of an answer that Gemini did not bring to its own end."""
    if reason in _BLOCKED or reason.startswith("IMAGE_"):
        return EngineFailed(
            "blocked_answer",
            _UNFINISHED,
            hint=f"Gemini blocked its own answer ({reason}). If that was wrong, allow more with "
            "the setting RAGWIDGET_GEMINI_SAFETY, or word the source differently.",
            retryable=False,
            withheld=withheld,
        )
    if reason == "RECITATION":
        return EngineFailed(
            "recitation",
            _UNFINISHED,
            hint="Gemini stopped because its answer came too close to a published text. Asking "
            "in other words helps; so does an instruction to answer in its own words.",
            withheld=withheld,
        )
    if reason == "LANGUAGE":
        return EngineFailed(
            "language",
            "I can't answer in this language. Please try another one.",
            hint="Gemini says that the model doesn't speak the language of the question. Choose "
            "another model.",
            retryable=False,
            withheld=withheld,
        )
    return EngineFailed(
        "engine_garbled",
        _BROKE_OFF,
        hint=f"Gemini ended its answer for a reason of its own{quoted(reason)}. Asking again "
        "usually helps; if not, choose another model.",
        withheld=withheld,
    )


def no_words(reason: str) -> EngineFailed:
    """Return the end of an answer that came to no words at all."""
    return EngineFailed(
        "no_words",
        "I could not put the answer into words. Please ask again.",
        hint="The model used up its tokens before the first word of the answer. Raise "
        "RAGWIDGET_GEMINI_MAX_TOKENS, or lower the thinking level RAGWIDGET_GEMINI_THINKING."
        if reason == "MAX_TOKENS"
        else "The model ended its answer without a word. Asking again usually helps.",
    )


def quoted(words: object) -> str:
    """Return foreign words as a short quotation on one line without any key, or nothing.

    >>> quoted("Quota\\nexceeded")
    ' (“Quota exceeded”)'
    """
    line = kept(masked(" ".join(str(words or "").split())))
    cut_at = "…" if len(line) > _LONGEST_QUOTE else ""
    return f" (“{line[:_LONGEST_QUOTE]}{cut_at}”)" if line else ""


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
