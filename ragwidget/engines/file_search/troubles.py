"""What can go wrong with Gemini: a code, and what its owner can do."""

from __future__ import annotations

from ragwidget.engines.file_search.masking import masked
from ragwidget.engines.file_search.plain import kept
from ragwidget.engines.protocol import NOTHING, Usage

_LONGEST_QUOTE = 300


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


def quoted(words: object) -> str:
    """Return foreign words as a short quotation on one line without any key, or nothing.

    >>> quoted("Quota\\nexceeded")
    ' (“Quota exceeded”)'
    """
    line = kept(masked(" ".join(str(words or "").split())))
    cut_at = "…" if len(line) > _LONGEST_QUOTE else ""
    return f" (“{line[:_LONGEST_QUOTE]}{cut_at}”)" if line else ""
