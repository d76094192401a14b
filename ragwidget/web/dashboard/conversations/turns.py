"""A conversation as turns, and how their parts are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from urllib.parse import urlsplit
from uuid import UUID

from markupsafe import Markup

from ragwidget.models import Message
from ragwidget.models.message import OPEN_STATUSES
from ragwidget.web.dashboard.conversations.door import bp
from ragwidget.web.rendering import host_of, render


@dataclass(slots=True)
class Turn:
    """A question with the answer that stands, and the tries that it replaced."""

    question: Message | None
    answer: Message | None = None
    earlier: list[Message] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        """Return what it is found by, however often it is answered anew."""
        first = next(self._messages())
        return first.question_id or first.id

    @property
    def is_open(self) -> bool:
        """Tell whether its answer is being written."""
        return self.answer is not None and self.answer.status in OPEN_STATUSES

    @property
    def state(self) -> str:
        """Return what is another as soon as it looks otherwise."""
        told = [
            (
                str(message.id),
                message.status,
                len(message.text),
                message.rating,
                message.comment,
                message.follow_ups,
                message.details.get("pair"),
            )
            for message in self._messages()
        ]
        return blake2b(repr(told).encode(), digest_size=6).hexdigest()

    def _messages(self) -> Iterator[Message]:
        return (each for each in (self.question, self.answer, *self.earlier) if each)


def turns_of(messages: list[Message]) -> list[Turn]:
    """Put every answer under its question, wherever a later try of it was written."""
    turns: dict[UUID, Turn] = {}
    for message in messages:
        if message.role == "visitor":
            turns[message.id] = Turn(message)
            continue
        turn = turns.setdefault(message.question_id or message.id, Turn(None))
        if message.superseded_at:
            turn.earlier.append(message)
        else:
            turn.answer = message
    return list(turns.values())


def as_html(message: Message) -> Markup:
    """Return an answer as it may be shown, its citations marked where they support it."""
    marks = [(end, citation.index) for citation in message.citations for _, end in citation.spans]
    return render(message.text, marks, f"source-{message.id}-")


def parts_of(message: Message) -> str:
    """Say what an answer's tokens went into.

    >>> parts_of(Message(prompt_tokens=1812, cached_tokens=900, completion_tokens=95))
    '1,812 read, 900 of them from cache, 95 written'
    """
    parts = (
        (message.prompt_tokens, "read"),
        (message.cached_tokens, "of them from cache"),
        (message.tool_tokens, "of passages"),
        (message.thought_tokens, "thought"),
        (message.completion_tokens, "written"),
    )
    return ", ".join(f"{tokens:,} {what}" for tokens, what in parts if tokens)


@bp.app_template_test("unfounded")
def is_unfounded(message: Message) -> bool:
    """Tell whether an answer was written that no source supports.

    The embedded engine only quotes; what it says without a source is a greeting.
    """
    return (
        message.status == "completed"
        and message.grounded is False
        and message.finish_reason != "refused"
        and message.engine != "local"
    )


def as_link(address: str | None) -> str | None:
    """Return an address that may stand in a link, None for what only looks like one."""
    try:
        scheme = urlsplit(address or "").scheme
    except ValueError:
        return None
    return address if scheme in {"http", "https"} else None


SHOWN = {
    "as_html": as_html,
    "as_link": as_link,
    "as_prose": render,
    "host_of": host_of,
    "parts_of": parts_of,
}
