"""Every setting: its name, its default, one sentence. The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from ragwidget.errors import Misconfigured

PREFIX = "RAGWIDGET_"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MEGABYTE = 1024 * 1024
DEMO_KEY_FILE = "demo-secret-key"  # in the instance folder


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. The default's type is the setting's type; None means required."""

    name: str
    default: str | int | bool | timedelta | tuple[str, ...] | None
    sentence: str
    choices: tuple[str, ...] = ()  # the words that can be said, where not all can
    along: str = ""  # by default it is on where this other setting says something

    @property
    def variable(self) -> str:
        """Return the name of the environment variable."""
        return PREFIX + self.name


SETTINGS = (
    Setting("SECRET_KEY", None, "Signs visitor tokens and owner sessions."),
    Setting("OLD_SECRET_KEYS", (), "Earlier secret keys; what they signed or sealed is read."),
    Setting("DATABASE_URL", "", "The database; empty means SQLite in the instance folder."),
    Setting("DATABASE_CONNECTIONS", 20, "Connections to PostgreSQL that one process keeps."),
    Setting("INSTANCE", "instance", "The folder for the database, uploads and served assets."),
    Setting("PUBLIC_URL", "", "The address browsers reach this server at, as https://…"),
    Setting("HOST", "127.0.0.1", "The address the server listens on."),
    Setting("PORT", 8000, "The port the server listens on."),
    Setting("DEMO_PORT", 8001, "The port of the demonstration's host page."),
    Setting(
        "WORKER_CLASS",
        "gthread",
        "How a web process serves many: gthread, or gevent on PostgreSQL.",
        ("gthread", "gevent"),
    ),
    Setting("WORKERS", 1, "Web processes; several count their limits in Redis."),
    Setting("THREADS", 256, "Requests that one web process of gthread serves at once."),
    Setting("MAX_STREAMS", 0, "Answers it tells at once; 0: 16 less than THREADS, 1000 by gevent."),
    Setting("GRACE_SECONDS", 30, "Seconds that answers may go on when the server has to end."),
    Setting("TRUSTED_PROXIES", 0, "How many proxies in front may name the client's address."),
    Setting("LIMITS_URL", "memory://", "Where limits are counted: memory:// or redis://…"),
    Setting(
        "LIMITS_FALLBACK",
        "local",
        "What counts while that is away: a local fourth, or all is open, or closed.",
        ("local", "open", "closed"),
    ),
    Setting("QUEUE_URL", "", "Where jobs queue: empty for SQLite, or postgresql://… or redis://…"),
    Setting("ORIGINALS_URL", "", "Where uploads are: empty for a folder, or s3://bucket/prefix."),
    Setting("ORIGINALS_KEY_ID", "", "The access key of the bucket; empty: the machine's own role."),
    Setting("ORIGINALS_SECRET", "", "The secret that belongs to the access key of the bucket."),
    Setting("EMBEDDED_WORKER", True, "Whether the web process runs the jobs itself."),
    Setting("SIGN_UP", True, "Whether strangers may sign up and make an organization."),
    Setting(
        "CONFIRM_EMAIL",
        False,
        "Whether a new member must confirm their address by mail.",
        along="SMTP_URL",
    ),
    Setting("TWO_FACTOR", False, "Whether members can protect their sign-in with TOTP codes."),
    Setting("PASSKEYS", False, "Whether members can sign in with passkeys."),
    Setting("SIGN_IN_ATTEMPTS", "10 per minute; 100 per hour", "Sign-in tries per address."),
    Setting("SMTP_URL", "", "The mail server, smtp://user:password@host:587; empty: to the log."),
    Setting("MAIL_SENDER", "RagWidget <noreply@localhost>", "Who our mails come from."),
    Setting("MAX_MESSAGE_CHARS", 2000, "The longest question a visitor may ask."),
    Setting("VISITOR_QUESTIONS_PER_HOUR", 50, "Questions one visitor may ask in an hour."),
    Setting("ADDRESS_QUESTIONS_PER_HOUR", 250, "Questions one network address may ask in an hour."),
    Setting("ORGANIZATION_QUESTIONS_PER_DAY", 1000, "Questions an organization answers in a day."),
    Setting("API_CALLS_PER_MINUTE", 600, "Calls of the owner API that one key may make."),
    Setting("TOKEN_LIFETIME", timedelta(days=30), "How long a visitor is remembered unseen."),
    Setting("RETENTION_DAYS", 0, "Days that what was said is kept at most; 0: no such limit."),
    Setting("AUDIT_DAYS", 400, "Days that the audit log keeps what members did; 0: for ever."),
    Setting("HISTORY_MESSAGES", 12, "Earlier messages an engine is told of."),
    Setting("HISTORY_CHARS", 8000, "Characters of earlier messages an engine is told of."),
    Setting("MAX_FILE_BYTES", 50 * MEGABYTE, "The largest file a chatbot can be given."),
    Setting("MAX_SOURCES", 1000, "Sources one chatbot can have."),
    Setting("MAX_PAGES", 2000, "Pages a file may have."),
    Setting("MAX_SOURCE_CHARS", 5_000_000, "Characters a source may have."),
    Setting("READ_SECONDS", 120, "Seconds that reading one source may take."),
    Setting("READ_MEMORY_BYTES", 1024 * MEGABYTE, "Memory that reading one source may take."),
    Setting("GEMINI_API_KEY", "", "The key of all who bring none; empty: they answer locally."),
    Setting(
        "GEMINI_API_VERSION",
        "v1beta",
        "The version of the Gemini API: v1beta or v1.",
        ("v1beta", "v1"),
    ),
    Setting("GEMINI_BASE_URL", "", "Where the Gemini API is; empty: at Google."),
    Setting("GEMINI_MODEL", "gemini-3.8-flash", "The model of chatbots that choose none."),
    Setting(
        "GEMINI_MODELS",
        ("gemini-3.8-flash", "gemini-3.5-flash", "gemini-3.5-flash-lite", "gemini-3.1-pro-preview"),
        "The models that chatbots may choose.",
    ),
    Setting("GEMINI_SMALL_MODEL", "gemini-3.5-flash-lite", "Writes titles and follow-ups."),
    Setting("GEMINI_EMBEDDING_MODEL", "", "How new stores are searched; empty: Google's default."),
    Setting(
        "GEMINI_THINKING",
        "low",
        "How long models think: low, medium, high, or empty.",
        ("", "minimal", "low", "medium", "high", "xhigh"),
    ),
    Setting("GEMINI_MAX_TOKENS", 4096, "The most an answer may take, with the thinking before it."),
    Setting(
        "GEMINI_SAFETY",
        "BLOCK_ONLY_HIGH",
        "What counts as unsafe; empty: as Google says.",
        (
            "",
            "BLOCK_LOW_AND_ABOVE",
            "BLOCK_MEDIUM_AND_ABOVE",
            "BLOCK_ONLY_HIGH",
            "BLOCK_NONE",
            "OFF",
        ),
    ),
    Setting(
        "GEMINI_READER",
        "lean",
        "What reads its answers: lean, or sdk, Google's client, which costs five times as much.",
        ("lean", "sdk"),
    ),
    Setting("GEMINI_CONNECTIONS", 500, "Calls to Gemini that one process makes at once."),
    Setting("GEMINI_SILENCE_SECONDS", 45, "Seconds that Gemini may be silent in an answer."),
    Setting("GEMINI_ANSWER_SECONDS", 180, "Seconds that one of its answers may take in all."),
    Setting("GEMINI_ATTEMPTS", 3, "How often an overloaded or interrupted Gemini is asked."),
    Setting("GEMINI_INDEX_SECONDS", 1800, "Seconds that indexing one source may take there."),
    Setting(
        "PRICES",
        ("gemini-3.8-flash 0.75 3.75",),  # as announced for 2026; the other models' are not known
        "Prices of a million tokens by model: read, written, and if you know it read from cache.",
    ),
    Setting("CURRENCY", "USD", "The currency of those prices."),
    Setting("ORGANIZATION_TOKENS_PER_DAY", 0, "Tokens an organization may use a day; 0: any."),
    Setting("ORGANIZATION_COST_PER_DAY", "", "Money it may use a day, as 2.50; empty: any."),
    Setting("TARGET_SECONDS", 5, "Within which 95 of 100 answers should begin; 0: any."),
    Setting("TARGET_ERRORS", 5, "Per cent of answers that may fail; 0: any."),
    Setting("TARGET_COST", "0.01", "What a message should cost at most, as 0.01; empty: any."),
    Setting("PRIVATE_HOSTS", (), "Private hosts that the install check and webhooks may call."),
    Setting("METRICS_PORT", 0, "The port that Prometheus reads from; 0: none."),
    Setting("METRICS_HOST", "127.0.0.1", "The address that this port listens on."),
    Setting("METRICS_TOKEN", "", "Who has it may read /metrics, too; empty: nobody."),
    Setting("TRACES_URL", "", "Where traces go by OTLP, as http://host:4318; empty: nowhere."),
    Setting("LOG_LEVEL", "INFO", "How much is logged: DEBUG, INFO, WARNING or ERROR."),
    Setting("LOG_FORMAT", "json", "How logs are written: json, or console for people."),
)

LONGEST = timedelta(days=36_500)  # a moment so long ago can still be reckoned with
_SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def tell_library(variable: str, value: str) -> None:
    """Say something to a library that listens to the environment alone."""
    os.environ[variable] = value


def load(environment: Mapping[str, str] | None = None, **given: Any) -> dict[str, Any]:
    """Return every setting's value: given, else from the environment, else its default.

    A secret may come from a file named by the variable with `_FILE` behind it. A missing or
    unreadable value raises `Misconfigured` with the setting's name and its sentence.
    """
    environment = os.environ if environment is None else environment
    chosen = set(given)
    values = {
        setting.name: given.pop(setting.name)
        if setting.name in given
        else _from_environment(setting, environment)
        for setting in SETTINGS
    }
    for setting in SETTINGS:
        if setting.along and setting.name not in chosen and not is_set(setting.name, environment):
            values[setting.name] = bool(values[setting.along])
    values["INSTANCE"] = str(Path(values["INSTANCE"]).absolute())
    return values | given


def is_set(name: str, environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether the environment has its own value for a setting."""
    environment = os.environ if environment is None else environment
    return PREFIX + name in environment or f"{PREFIX}{name}_FILE" in environment


def _from_environment(setting: Setting, environment: Mapping[str, str]) -> Any:
    text = environment.get(setting.variable)
    named_file = environment.get(setting.variable + "_FILE")
    if text is None and named_file:
        try:
            text = Path(named_file).read_text().strip()
        except OSError as problem:
            raise Misconfigured(f"{setting.variable}_FILE can't be read: {problem}") from problem
    if text is None or (text == "" and setting.default is None):
        if setting.default is None:
            raise Misconfigured(f"{setting.variable} is not set. {setting.sentence}")
        return setting.default
    try:
        value = _parse(text.strip(), setting.default)
        if setting.choices and value not in setting.choices:
            words = ", ".join(filter(None, setting.choices))
            raise ValueError(f"it should be one of {words}")
        return value
    except ValueError as problem:
        raise Misconfigured(
            f"{setting.variable} is {text!r}: {problem}. {setting.sentence}"
        ) from problem


def _parse(text: str, default: Any) -> Any:
    """Read a value in the type of the default.

    >>> _parse("3h45m", timedelta(days=1)), _parse("no", True), _parse("a, b", ())
    (datetime.timedelta(seconds=13500), False, ('a', 'b'))
    """
    if isinstance(default, bool):
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off", ""}:
            return False
        raise ValueError("it should be yes or no")
    if isinstance(default, int):
        try:
            number = int(text)
        except ValueError:
            raise ValueError("it should be a whole number") from None
        if number < 0:
            raise ValueError("it should not be negative")
        return number
    if isinstance(default, timedelta):
        match = _SPAN.fullmatch(text)
        if not text or match is None:
            raise ValueError("it should be a span of time such as 30d or 3h45m")
        days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
        try:
            span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        except OverflowError:
            span = timedelta.max
        if span > LONGEST:
            raise ValueError("it should be a hundred years at most")
        return span
    if isinstance(default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text
