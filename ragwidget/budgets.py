"""What a day may take and what it took: the only writer of daily usage and daily budgets.

Before a question goes to an engine that costs, an estimate of its answer is set aside; when the
answer ends, whatever the end, what it really took is counted in its place, in the same commit. A
day is a day in UTC, and an answer belongs to the day on which its question was asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ragwidget import metrics
from ragwidget.engines.protocol import NOTHING, Usage
from ragwidget.errors import Refusal
from ragwidget.extensions import db, rows_changed
from ragwidget.models import Chatbot, DailyBudget, DailyUsage, Message, Organization, now
from ragwidget.pricing import Prices, read_daily_cost, read_prices

COSTLY = frozenset({"gemini"})  # engines whose tokens somebody pays for

BYTES_A_TOKEN = 3  # of UTF-8, on the careful side for every script
RULES_TOKENS = 300  # what an engine tells its model around the question
PASSAGE_TOKENS = 400
ANSWER_TOKENS = 800  # with the thoughts before it

# what settling needs to know of a message that has ended
ACCOUNT = (
    Message.id,
    Message.organization_id,
    Message.chatbot_id,
    Message.question_id,
    Message.status,
    Message.finish_reason,
    (func.length(Message.text) + func.coalesce(func.length(Message.withheld), 0)).label("chars"),
    Message.engine,
    Message.model,
    Message.instead_of,
    Message.created_at,
    Message.prompt_tokens,
    Message.completion_tokens,
    Message.thought_tokens,
    Message.tool_tokens,
    Message.cached_tokens,
    Message.total_tokens,
    Message.held_tokens,
    Message.held_cost,
)


class BudgetReached(Refusal):
    status = 429
    code = "budget_reached"
    message = "This chat has answered all it can today. Please come back tomorrow."


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
class Hold:
    """What is set aside for one answer until it ends."""

    organization_id: UUID
    made_at: datetime
    tokens: int
    cost: int


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


def expect(chatbot: Chatbot, question: str, *, history_chars: int, use_sources: bool) -> Usage:
    """Return about what answering a question will take, before anybody is asked."""
    said = len((question + chatbot.instructions).encode()) + history_chars
    return Usage(
        prompt=RULES_TOKENS + said // BYTES_A_TOKEN,
        completion=min(ANSWER_TOKENS, current_app.config["GEMINI_MAX_TOKENS"]),
        tools=chatbot.top_k * PASSAGE_TOKENS if use_sources else 0,
    )


def hold(chatbot: Chatbot, expected: Usage) -> Hold | None:
    """Set the cost of an answer aside, or refuse with `BudgetReached`.

    None when the chatbot's engine costs nothing, or the day may take any amount. One statement
    looks and takes, so that many questions at once get no more than one after the other. It is
    part of the commit that writes the question down: a process that dies before leaves nothing.
    """
    if chatbot.engine not in COSTLY:
        return None
    limits = _limits(chatbot.organization)
    if limits == ANY:
        return None
    cost = prices().careful_cost(_model_of(chatbot.model), expected)
    held = Hold(chatbot.organization_id, now(), expected.total, cost)
    if not _set_aside(held, limits):
        seconds = ceil(until_midnight(held.made_at).total_seconds())
        raise BudgetReached(chatbot.words.get("limit") or None, retry_after=seconds)
    return held


def release(held: Hold | None) -> None:
    """Give back what was set aside for an answer that is not begun after all."""
    if held is not None:
        db.session.rollback()


def settle(ended: Iterable[Row[*tuple[Any, ...]]]) -> None:
    """Count what answers took that have ended, and free what was set aside for them.

    Takes the `ACCOUNT` of each, as the statement returned it by which it ended, and is part of
    the same commit. A service tells of passages and thoughts only at its end, so an answer that
    was not heard out counts as what was expected of it, or as what was told if that is more.
    """
    # in one order, so that two processes that settle the same days don't wait for each other
    for answer in sorted(ended, key=lambda answer: answer.organization_id):
        if answer.engine in COSTLY or answer.held_tokens or answer.instead_of is not None:
            _settle(answer)


def count(organization_id: UUID, chatbot_id: UUID, model: str, usage: Usage) -> None:
    """Count a call beside the answers, such as one for a title, in the caller's commit."""
    day = now().date()
    _write(
        _booked(organization_id, day, took=(usage.total, prices().careful_cost(model, usage))),
        _entered(organization_id, chatbot_id, day, model, usage, prices().cost(model, usage)),
    )


def limits_of(organization_id: UUID) -> Limits:
    """Return what an organization's day may take.

    Whoever brings a key of their own pays themselves, and their word alone counts. Who asks with
    the installation's key can lower its budget, but not raise it.
    """
    return _limits(db.session.get_one(Organization, organization_id, populate_existing=True))


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


def _limits(organization: Organization) -> Limits:
    own = Limits(organization.tokens_per_day, organization.cost_per_day)
    return own if organization.gemini_key else own.lower(installation_limits())


def _set_aside(held: Hold, limits: Limits) -> bool:
    """Take an estimate out of the day's budget; tell whether there was room for it."""
    day = _day_of(held.organization_id, held.made_at.date())
    room = update(DailyBudget).where(*day)
    if limits.tokens is not None:
        room = room.where(
            DailyBudget.tokens + DailyBudget.held_tokens + held.tokens <= limits.tokens
        )
    if limits.cost is not None:
        room = room.where(DailyBudget.cost + DailyBudget.held_cost + held.cost <= limits.cost)
    take = room.values(
        held_tokens=DailyBudget.held_tokens + held.tokens,
        held_cost=DailyBudget.held_cost + held.cost,
    )
    if rows_changed(take):
        return True
    # There is no room, or no day yet: of many who begin it at once, one does and the others wait.
    _begin_day(held.organization_id, held.made_at.date())
    return bool(rows_changed(take))


def _settle(answer: Row[*tuple[Any, ...]]) -> None:
    day, model, usage = answer.created_at.date(), _billed_model(answer), _told(answer)
    careful = prices().careful_cost(model, usage)
    if answer.engine in COSTLY and _broke_off(answer):
        tokens, least = _expected(answer, model)
        usage = replace(usage, prompt=usage.prompt + max(0, tokens - usage.total))
        careful = max(careful, least)
    known = answer.engine in COSTLY or usage.total
    cost = careful if known and prices().of(model) else None
    rows_changed(
        update(Message).where(Message.id == answer.id).values(cost=cost, held_tokens=0, held_cost=0)
    )
    booked = _booked(
        answer.organization_id,
        day,
        took=(usage.total, careful),
        freed=(answer.held_tokens, answer.held_cost),
    )
    entered = None
    if usage.total:
        ids = answer.organization_id, answer.chatbot_id
        entered = _entered(*ids, day, model, usage, cost)
    _write(booked, entered)


def _told(answer: Row[*tuple[Any, ...]]) -> Usage:
    """Return what the engine that costs has told of an answer."""
    if answer.engine not in COSTLY and answer.instead_of is None:
        return NOTHING
    return Usage(
        prompt=answer.prompt_tokens or 0,
        completion=answer.completion_tokens or 0,
        thoughts=answer.thought_tokens or 0,
        tools=answer.tool_tokens or 0,
        cached=answer.cached_tokens or 0,
    )


def _billed_model(answer: Row[*tuple[Any, ...]]) -> str:
    """Return whose price counts: where another engine stepped in, the one that was asked first."""
    if answer.engine in COSTLY:
        return _model_of(answer.model)
    return _model_of(db.session.scalar(select(Chatbot.model).filter_by(id=answer.chatbot_id)))


def _broke_off(answer: Row[*tuple[Any, ...]]) -> bool:
    """Tell that an answer was begun and its engine's last word never heard."""
    return (
        answer.status == "stopped"
        or answer.finish_reason == "interrupted"
        or (answer.status == "failed" and answer.chars > 0)
    )


def _expected(answer: Row[*tuple[Any, ...]], model: str) -> tuple[int, int]:
    """Return the tokens and the cost that were set aside for an answer, or would have been."""
    if answer.held_tokens:
        return answer.held_tokens, answer.held_cost
    asked = select(Chatbot, Message).join(Message, Message.chatbot_id == Chatbot.id)
    chatbot, question = db.session.execute(asked.where(Message.id == answer.question_id)).one()
    expected = expect(
        chatbot,
        question.text,
        history_chars=current_app.config["HISTORY_CHARS"] if question.position > 1 else 0,
        use_sources=question.details.get("use_sources", True),
    )
    return expected.total, prices().careful_cost(model, expected)


def _booked(
    organization_id: UUID,
    day: date,
    *,
    took: tuple[int, int] = (0, 0),
    freed: tuple[int, int] = (0, 0),
) -> Any:
    """Return what adds to an organization's day, and frees some that was set aside there."""
    if not any((*took, *freed)):
        return None
    amounts = {
        "tokens": took[0],
        "cost": took[1],
        "held_tokens": -freed[0],
        "held_cost": -freed[1],
    }
    statement = _insert(DailyBudget).values(organization_id=organization_id, day=day, **amounts)
    return statement.on_conflict_do_update(
        index_elements=["organization_id", "day"], set_=_added(DailyBudget, statement, amounts)
    )


def _begin_day(organization_id: UUID, day: date) -> None:
    db.session.execute(
        _insert(DailyBudget)
        .values(organization_id=organization_id, day=day)
        .on_conflict_do_nothing()
    )


def _entered(
    organization_id: UUID, chatbot_id: UUID, day: date, model: str, usage: Usage, cost: int | None
) -> Any:
    """Return what writes a call down in the ledger; without a cost if nobody knows its price."""
    _tell(model, usage, cost)
    amounts = {
        "calls": 1,
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "thought_tokens": usage.thoughts,
        "tool_tokens": usage.tools,
        "cached_tokens": usage.cached,
        "cost": cost or 0,
    }
    keys = {"chatbot_id": chatbot_id, "day": day, "model": model.removeprefix("models/")[:120]}
    statement = _insert(DailyUsage).values(organization_id=organization_id, **keys, **amounts)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_=_added(DailyUsage, statement, amounts)
    )


def _tell(model: str, usage: Usage, cost: int | None) -> None:
    """Add a call to what the whole installation has taken."""
    for kind in ("prompt", "completion", "thoughts", "tools", "cached"):
        metrics.TOKENS(model=model, kind=kind).inc(getattr(usage, kind))
    if cost is not None:
        currency = current_app.config["CURRENCY"]
        metrics.COST(model=model, currency=currency).inc(cost / 1_000_000)


def _write(booked: Any, entered: Any) -> None:
    """Carry both out, either of which may be nothing.

    Everybody whose answer ends waits for the same two rows until the commit, so PostgreSQL takes
    both at once; and always in this order, so that nobody waits in a circle.
    """
    if booked is not None and entered is not None and _dialect() == "postgresql":
        booked, entered = None, entered.add_cte(booked.cte("booked"))
    for statement in (booked, entered):
        if statement is not None:
            db.session.execute(statement)


def _added(table: Any, statement: Any, amounts: Iterable[str]) -> dict[str, Any]:
    """Return what a row that is there becomes with the amounts that were to be inserted."""
    return {name: table.__table__.c[name] + getattr(statement.excluded, name) for name in amounts}


def _insert(table: Any) -> Any:
    """Begin a statement that knows `ON CONFLICT` on this database."""
    return (postgresql if _dialect() == "postgresql" else sqlite).insert(table)


def _dialect() -> str:
    return db.session.get_bind().dialect.name


def _day_of(organization_id: UUID, day: date) -> tuple[Any, Any]:
    return DailyBudget.organization_id == organization_id, DailyBudget.day == day


def _model_of(model: str | None) -> str:
    return model or current_app.config["GEMINI_MODEL"]


def _above(amount: int, limit: int | None) -> bool:
    return limit is not None and amount > limit


def _lower(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
