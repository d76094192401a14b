"""What tokens cost: exact sums, by a table that is refused in words when it is odd."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragwidget import config
from ragwidget.engines.protocol import NOTHING, Usage
from ragwidget.errors import Misconfigured
from ragwidget.pricing import Price, Prices, read_amount, read_daily_cost, read_prices, spell_amount

TABLE = ("gemini-3.8-flash 0.75 3.75 0.075", "gemini-3.5-flash-lite 0.1 0.4")


def settings(**given: Any) -> dict[str, Any]:
    return {"CURRENCY": "USD", "PRICES": TABLE, "ORGANIZATION_COST_PER_DAY": "", **given}


@pytest.fixture
def prices() -> Prices:
    return read_prices(settings())


def test_it_prices_each_kind_of_token(prices: Prices) -> None:
    million = 1_000_000

    def cost(**usage: int) -> int | None:
        return prices.cost("gemini-3.8-flash", Usage(**usage))

    assert cost(prompt=million) == 750_000
    assert cost(tools=million) == 750_000  # passages are read
    assert cost(completion=million) == 3_750_000
    assert cost(thoughts=million) == 3_750_000  # and thoughts are written
    assert cost(prompt=million, cached=million) == 75_000
    assert cost(prompt=million, cached=400_000) == 480_000
    assert prices.cost("gemini-3.8-flash", NOTHING) == 0


def test_it_reads_from_cache_at_the_full_price_where_no_other_is_known(prices: Prices) -> None:
    usage = Usage(prompt=1000, cached=1000)

    assert prices.cost("gemini-3.5-flash-lite", usage) == 100


def test_it_rounds_up_once_and_at_the_end(prices: Prices) -> None:
    assert prices.cost("gemini-3.8-flash", Usage(prompt=1)) == 1
    assert prices.cost("gemini-3.8-flash", Usage(prompt=1, tools=1)) == 2  # 1.5, not 1 and 1
    assert prices.cost("gemini-3.8-flash", Usage(prompt=4)) == 3


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_it_is_exact_and_no_part_is_ever_negative(prompt: int, cached: int, written: int) -> None:
    price = Price(Decimal("0.1"), Decimal("0.000001"), Decimal("0.01"))

    cost = price.of(Usage(prompt=prompt, cached=cached, completion=written))

    fresh, stored = prompt - min(cached, prompt), min(cached, prompt)
    assert cost == -(-(fresh * 100_000 + stored * 10_000 + written) // 1_000_000)
    assert cost >= 0


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gemini-3.8-flash", True),
        ("models/gemini-3.8-flash", True),
        ("gemini-3.8-flash-001", True),
        ("gemini-3.8-flash-preview-09-2026", True),
        ("gemini-3.8-flash-latest", True),
        ("gemini-3.8-flash-lite", False),  # another model
        ("gemini-3.8-flashy", False),
        ("gemini-3.8", False),
        ("", False),
    ],
)
def test_it_knows_a_model_by_its_versions_too(prices: Prices, name: str, known: bool) -> None:
    assert (prices.cost(name, Usage(prompt=100)) is not None) == known


def test_it_prefers_the_longest_name() -> None:
    prices = read_prices(settings(PRICES=("gemini-3 1 1", "gemini-3-001 2 2")))

    assert prices.cost("gemini-3-001-preview", Usage(prompt=1)) == 2
    assert prices.cost("gemini-3-002", Usage(prompt=1)) == 1


def test_it_counts_an_unknown_price_as_the_dearest_one_for_budgets(prices: Prices) -> None:
    usage = Usage(prompt=100, completion=100)

    assert prices.cost("gemini-9", usage) is None
    assert prices.careful_cost("gemini-9", usage) == 450
    assert prices.careful_cost("gemini-3.5-flash-lite", usage) == 50
    assert read_prices(settings(PRICES=())).careful_cost("gemini-9", usage) == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("gemini-3.8-flash", "a model with two or three prices"),
        ("gemini-3.8-flash 1", "a model with two or three prices"),
        ("gemini-3.8-flash 1 2 3 4", "a model with two or three prices"),
        ("gemini-3.8-flash 1 -2", "an amount is written like 2.50"),
        ("gemini-3.8-flash 1 NaN", "an amount is written like 2.50"),
        ("gemini-3.8-flash 1 1e3", "an amount is written like 2.50"),
        ("gemini-3.8-flash 1 ٣", "an amount is written like 2.50"),
        ("gemini-3.8-flash 1 2000000", "1,000,000 at most"),
        ("models/gemini-3.5-flash-lite 1 2", "has a price already"),
    ],
)
def test_an_odd_price_stops_the_start_by_name(line: str, reason: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        read_prices(settings(PRICES=("gemini-3.5-flash-lite 0.1 0.4", line)))

    assert str(refused.value).startswith(f"RAGWIDGET_PRICES is {line!r}: ")
    assert reason in str(refused.value)
    assert "Prices of a million tokens" in str(refused.value)


@pytest.mark.parametrize("currency", ["", "$", "usd", "DOLLAR"])
def test_an_odd_currency_stops_the_start_by_name(currency: str) -> None:
    with pytest.raises(Misconfigured, match=r"RAGWIDGET_CURRENCY is .*three capitals"):
        read_prices(settings(CURRENCY=currency))


def test_the_installations_daily_money_is_read_exactly(prices: Prices) -> None:
    def read(text: str) -> int | None:
        return read_daily_cost(settings(ORGANIZATION_COST_PER_DAY=text), prices)

    assert (read(""), read("2.50"), read("0.000001")) == (None, 2_500_000, 1)
    with pytest.raises(Misconfigured, match="RAGWIDGET_ORGANIZATION_COST_PER_DAY is '2,50'"):
        read("2,50")


def test_daily_money_without_a_price_would_stop_nobody_and_is_refused() -> None:
    odd = settings(ORGANIZATION_COST_PER_DAY="1", PRICES=())

    with pytest.raises(Misconfigured, match="without a price in RAGWIDGET_PRICES"):
        read_daily_cost(odd, read_prices(odd))


def test_the_prices_that_come_with_it_can_be_read() -> None:
    given = config.load({"RAGWIDGET_SECRET_KEY": "a secret"})

    assert read_prices(given).cost(given["GEMINI_MODEL"], Usage(prompt=1_000_000)) == 750_000


@given(st.integers(0, 10**12))
def test_an_amount_is_read_as_it_is_spelled(cost: int) -> None:
    assert read_amount(spell_amount(cost)) == cost
