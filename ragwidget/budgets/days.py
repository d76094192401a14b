"""How an organization's day stands, and what it may take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import select, update

from ragwidget.extensions import db
from ragwidget.models import DailyBudget, Organization, now
from ragwidget.pricing import Prices, read_daily_cost, read_prices


@dataclass(frozen=True, slots=True)
class Limits:
    """What one day may take; None is any amount."""

    tokens: int | None = None
    cost: int | None = None  # in millionths of the currency

    def lower(self, other: Limits) -> Limits:
        """Return the lower of both, each in its own measure."""
        return Limits(_lower(self.tokens, other.tokens), _lower(self.cost, other.cost))


ANY = Limits()


@dataclass(frozen=True, slots=True)
class Day:
    """How an organization's day stands."""

    limits: Limits
    tokens: int = 0
    cost: int = 0
    held_tokens: int = 0
    held_cost: int = 0

    def has_room(self, tokens: int, cost: int) -> bool:
        """Tell whether one more answer may be expected to take this."""
        return not (
            _above(self.tokens + self.held_tokens + tokens, self.limits.tokens)
            or _above(self.cost + self.held_cost + cost, self.limits.cost)
        )


def init_app(app: Flask) -> None:
    """Read the prices and the installation's budget, or raise `Misconfigured`."""
    prices = read_prices(app.config)
    app.extensions["prices"] = prices
    app.extensions["daily-limits"] = Limits(
        app.config["ORGANIZATION_TOKENS_PER_DAY"] or None, read_daily_cost(app.config, prices)
    )


def prices() -> Prices:
    """Return the installation's prices."""
    return current_app.extensions["prices"]


def limits_of(organization_id: UUID) -> Limits:
    """Return what an organization's day may take.

    Whoever brings a key of their own pays themselves, and their word alone counts. Who asks with
    the installation's key can lower its budget, but not raise it.
    """
    return bounds_of(db.session.get_one(Organization, organization_id, populate_existing=True))


def own_limits(organization_id: UUID) -> Limits:
    """Return what the owner wants a day to take at most."""
    limits = select(Organization.tokens_per_day, Organization.cost_per_day)
    return Limits(*db.session.execute(limits.filter_by(id=organization_id)).one())


def installation_limits() -> Limits:
    """Return what the day of an organization may take that asks with the installation's key."""
    return current_app.extensions["daily-limits"]


def set_limits(organization_id: UUID, tokens: int | None, cost: int | None) -> None:
    """Keep what an owner wants a day to take at most; None leaves it to the installation."""
    db.session.execute(
        update(Organization)
        .where(Organization.id == organization_id)
        .values(tokens_per_day=tokens, cost_per_day=cost)
    )
    db.session.commit()


def today(organization_id: UUID) -> Day:
    """Return how an organization's day stands at this moment."""
    key = (organization_id, now().date())
    row = db.session.get(DailyBudget, key, populate_existing=True)
    limits = limits_of(organization_id)
    if row is None:
        return Day(limits)
    return Day(limits, row.tokens, row.cost, row.held_tokens, row.held_cost)


def until_midnight(moment: datetime) -> timedelta:
    """Return how long the day of a moment goes on."""
    return datetime.combine(moment.date() + timedelta(days=1), time(), UTC) - moment


def bounds_of(organization: Organization) -> Limits:
    """Return what an organization's day may take, of a row at hand."""
    own = Limits(organization.tokens_per_day, organization.cost_per_day)
    return own if organization.gemini_key else own.lower(installation_limits())


def model_of(model: str | None) -> str:
    """Return whose price counts where no model was chosen, too."""
    return model or current_app.config["GEMINI_MODEL"]


def _above(amount: int, limit: int | None) -> bool:
    return limit is not None and amount > limit


def _lower(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
