"""What tokens cost: the installation's table of prices, and exact sums by it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, NoReturn

from ragwidget import config
from ragwidget.engines.protocol import Usage
from ragwidget.errors import Misconfigured

MILLION = 1_000_000
MOST = 1_000_000  # whole units of the currency, for a million tokens or for a day

_AMOUNT = re.compile(r"\d{1,7}(?:\.\d{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
# what stands behind a model's name when it is still the same model, as in gemini-3.8-flash-001
_VERSION = re.compile(r"(?:-(?:\d+|preview|exp|latest))+")


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost; so one token costs as many millionths of the currency."""

    read: Decimal
    written: Decimal
    cached: Decimal  # read from cache

    def of(self, usage: Usage) -> int:
        """Return what was taken in millionths of the currency, rounded up."""
        cached = min(usage.cached, usage.prompt)
        cost = (
            self.read * (usage.prompt - cached + usage.tools)
            + self.cached * cached
            + self.written * (usage.completion + usage.thoughts)
        )
        return int(cost.to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of models, by their names."""

    currency: str
    by_model: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        """Return a model's price; a version's is that of the model."""
        name = model.removeprefix("models/")
        known = (one for one in self.by_model if name == one or _is_version(name, one))
        longest = max(known, key=len, default=None)
        return self.by_model[longest] if longest else None

    def cost(self, model: str, usage: Usage) -> int | None:
        """Return what a model took, in millionths of the currency; None: nobody knows its price."""
        price = self.of(model)
        return price.of(usage) if price else None

    def careful_cost(self, model: str, usage: Usage) -> int:
        """Return the same for a budget, to which an unknown price is the dearest there is."""
        cost = self.cost(model, usage)
        if cost is None:
            return max((price.of(usage) for price in self.by_model.values()), default=0)
        return cost


def read_prices(settings: Mapping[str, Any]) -> Prices:
    """Return the table that the settings hold; raises `Misconfigured` where it can't be read."""
    currency = settings["CURRENCY"]
    if not _CURRENCY.fullmatch(currency):
        _refuse("CURRENCY", currency, "it should be a code of three capitals, such as USD")
    by_model: dict[str, Price] = {}
    for line in settings["PRICES"]:
        name, *amounts = line.split()
        name = name.removeprefix("models/")
        if len(amounts) not in {2, 3}:
            _refuse("PRICES", line, "it should be a model with two or three prices behind it")
        if name in by_model:
            _refuse("PRICES", line, "this model has a price already")
        try:
            read, written, *cached = (_decimal(amount) for amount in amounts)
        except ValueError as problem:
            _refuse("PRICES", line, str(problem))
        by_model[name] = Price(read, written, cached[0] if cached else read)
    return Prices(currency, by_model)


def read_daily_cost(settings: Mapping[str, Any], prices: Prices) -> int | None:
    """Return the installation's daily budget in money, None for any.

    Without prices it would stop nobody, and so it is refused with `Misconfigured`.
    """
    name = "ORGANIZATION_COST_PER_DAY"
    text = settings[name]
    if not text:
        return None
    if not prices.by_model:
        _refuse(name, text, "without a price in RAGWIDGET_PRICES nothing can be counted in money")
    try:
        return read_amount(text)
    except ValueError as problem:
        _refuse(name, text, str(problem))


def read_amount(text: str) -> int:
    """Return an amount of money in millionths, or raise `ValueError` with what is wrong.

    >>> read_amount("2.50"), read_amount("0.000001"), read_amount("7")
    (2500000, 1, 7000000)
    """
    return int(_decimal(text) * MILLION)


def spell_amount(cost: int) -> str:
    """Return an amount as `read_amount` reads it.

    >>> spell_amount(2_500_000), spell_amount(1), spell_amount(7_000_000)
    ('2.50', '0.000001', '7.00')
    """
    whole, rest = divmod(cost, MILLION)
    return f"{whole}.{f'{rest:06}'.rstrip('0'):0<2}"


def _is_version(name: str, model: str) -> bool:
    return name.startswith(model) and _VERSION.fullmatch(name, len(model)) is not None


def _decimal(text: str) -> Decimal:
    """Return a number of money exactly.

    >>> _decimal("1,000")
    Traceback (most recent call last):
    ValueError: an amount is written like 2.50
    """
    if not _AMOUNT.fullmatch(text) or not text.isascii():
        raise ValueError("an amount is written like 2.50")
    amount = Decimal(text)
    if amount > MOST:
        raise ValueError(f"an amount can be {MOST:,} at most")
    return amount


def _refuse(name: str, value: str, problem: str) -> NoReturn:
    setting = next(setting for setting in config.SETTINGS if setting.name == name)
    raise Misconfigured(f"{setting.variable} is {value!r}: {problem}. {setting.sentence}")
