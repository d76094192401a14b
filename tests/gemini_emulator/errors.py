"""What the service says when it refuses: a status and the body that goes with it."""

from __future__ import annotations

from typing import Any

_TYPES = "type.googleapis.com/google.rpc."
STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


class ServiceError(Exception):
    """A refusal, as the service spells it."""

    def __init__(
        self,
        code: int,
        message: str,
        status: str | None = None,
        details: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.body: dict[str, Any] = {
            "error": {"code": code, "message": message, "status": status or STATUS[code]}
        }
        if details:
            self.body["error"]["details"] = details


class NoSuchPath(Exception):
    """Nothing is served there: 404 without a word."""


def invalid(message: str = "Request contains an invalid argument.") -> ServiceError:
    return ServiceError(400, message)


def precondition(message: str) -> ServiceError:
    return ServiceError(400, message, "FAILED_PRECONDITION")


def bad_field(message: str, field: str) -> ServiceError:
    """A request that doesn't fit its schema."""
    violation = {"field": field, "description": message} if field else {"description": message}
    return ServiceError(
        400, message, details=[{"@type": _TYPES + "BadRequest", "fieldViolations": [violation]}]
    )


def bad_key() -> ServiceError:
    return ServiceError(
        400,
        "API key not valid. Please pass a valid API key.",
        details=[
            {
                "@type": _TYPES + "ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
                "metadata": {"service": "generativelanguage.googleapis.com"},
            }
        ],
    )


def no_key() -> ServiceError:
    return ServiceError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def forbidden(what: str) -> ServiceError:
    return ServiceError(
        403, f"You do not have permission to access the {what} or it may not exist."
    )


def rate_limit(retry_seconds: float = 20, *, model: str = "", daily: bool = False) -> ServiceError:
    """Too many requests, with the three details of the real one."""
    period = "Day" if daily else "Minute"
    return ServiceError(
        429,
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. "
        f"Please retry in {retry_seconds + 0.04466179:.8f}s.",
        details=[
            {
                "@type": _TYPES + "QuotaFailure",
                "violations": [
                    {
                        "quotaMetric": "generativelanguage.googleapis.com/"
                        "generate_content_free_tier_requests",
                        "quotaId": f"GenerateRequestsPer{period}PerProjectPerModel-FreeTier",
                        "quotaDimensions": {"location": "global", "model": model},
                        "quotaValue": "250" if daily else "10",
                    }
                ],
            },
            {
                "@type": _TYPES + "Help",
                "links": [
                    {
                        "description": "Learn more about Gemini API quotas",
                        "url": "https://ai.google.dev/gemini-api/docs/rate-limits",
                    }
                ],
            },
            {"@type": _TYPES + "RetryInfo", "retryDelay": f"{retry_seconds:g}s"},
        ],
    )


def rate_limit_bare() -> ServiceError:
    return ServiceError(429, "Resource has been exhausted (e.g. check quota).")


def internal() -> ServiceError:
    return ServiceError(
        500,
        "An internal error has occurred. Please retry or report in "
        "https://developers.generativeai.google/guide/troubleshooting",
    )


def overloaded() -> ServiceError:
    return ServiceError(503, "The model is overloaded. Please try again later.")


def deadline() -> ServiceError:
    return ServiceError(504, "Deadline expired before operation could complete.")


def storage_limit(limit: int = 1_000_000_000) -> ServiceError:
    return ServiceError(429, f"Corpus has reached the storage limit of {limit} bytes.")


def mime_refused() -> ServiceError:
    return invalid(
        "* UploadToFileSearchStoreRequest.mime_type: When provided, MIME type must be in a valid "
        "type/subtype format (e.g., 'text/plain', 'application/pdf').\n"
    )
