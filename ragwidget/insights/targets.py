"""What this installation means to keep to, drawn against what happened."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from ragwidget import config
from ragwidget.errors import Misconfigured
from ragwidget.pricing import read_amount


@dataclass(frozen=True, slots=True)
class Targets:
    """What should not be passed; None is any amount."""

    first_text_ms: int | None  # by 95 of 100 answers
    error_share: float | None
    cost: int | None  # of a message, in millionths of the currency


def init_app(app: Flask) -> None:
    """Read the targets, or raise `Misconfigured`."""
    text = app.config["TARGET_COST"]
    try:
        cost = read_amount(text) if text else None
    except ValueError as problem:
        setting = next(setting for setting in config.SETTINGS if setting.name == "TARGET_COST")
        raise Misconfigured(
            f"{setting.variable} is {text!r}: {problem}. {setting.sentence}"
        ) from problem
    app.extensions["targets"] = Targets(
        first_text_ms=app.config["TARGET_SECONDS"] * 1000 or None,
        error_share=app.config["TARGET_ERRORS"] / 100 or None,
        cost=cost or None,
    )


def targets() -> Targets:
    """Return the installation's targets."""
    return current_app.extensions["targets"]
