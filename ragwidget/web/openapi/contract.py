"""What an endpoint promises: what it takes, what it answers, whom it asks for a proof."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from ragwidget.errors import Refusal

View = TypeVar("View", bound=Callable[..., Any])

_KEPT_AT = "__contract__"


@dataclass(frozen=True, slots=True)
class Contract:
    """One endpoint, as the document tells it; the models are the ones that validate."""

    subject: str
    answers: type[BaseModel] | None = None
    status: int = 200
    takes: type[BaseModel] | None = None
    upload: str | None = None  # a sentence about the file that it takes in a form, as `file`
    query: type[BaseModel] | None = None
    headers: tuple[tuple[str, str], ...] = ()  # that it listens to: name and sentence
    events: Mapping[str, type[BaseModel]] = field(default_factory=dict)  # of its stream
    proof: str | None = None  # the security scheme
    proof_needed: bool = True
    media: tuple[str, ...] = ()  # what it streams that is neither JSON nor events
    cached: bool = False  # its answer has an ETag
    refusals: tuple[type[Refusal], ...] = ()

    def __call__(self, view: View) -> View:
        """Tie the contract to a view."""
        setattr(view, _KEPT_AT, self)
        return view


def contract_of(view: Callable[..., Any]) -> Contract | None:
    """Return the contract that a view was tied to."""
    return getattr(view, _KEPT_AT, None)
