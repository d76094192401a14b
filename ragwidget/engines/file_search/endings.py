"""How an answer ends that does not come to its own end, and what its visitor is told."""

from __future__ import annotations

from ragwidget.engines.file_search.troubles import ServiceFailed, quoted
from ragwidget.engines.protocol import EngineFailed

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
