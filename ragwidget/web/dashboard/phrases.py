"""How pages say moments, sizes, spans of time and money."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from flask import Flask, current_app

from ragwidget.models import now

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
MILLION = 1_000_000
MINUTE, HOUR, DAY = 60, 3600, 86400


def init_app(app: Flask) -> None:
    """Teach the templates to say them."""
    app.add_template_filter(ago)
    app.add_template_filter(ahead)
    app.add_template_filter(on_day)
    app.add_template_filter(exactly)
    app.add_template_filter(size)
    app.add_template_filter(span)
    app.add_template_filter(count)
    app.add_template_filter(roughly)
    app.add_template_filter(percent)
    app.add_template_filter(amount, "money")


def ago(moment: datetime) -> str:
    """Say how long ago a moment was; longer ago than a week, its date."""
    seconds = (now() - moment).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 90 * MINUTE:
        return count(max(1, round(seconds / MINUTE)), "minute") + " ago"
    if seconds < DAY:
        return count(round(seconds / HOUR), "hour") + " ago"
    if seconds < 7 * DAY:
        days = round(seconds / DAY)
        return "yesterday" if days == 1 else f"{days} days ago"
    return f"{moment.day} {moment:%B %Y}"


def ahead(span: timedelta) -> str:
    """Say how far something is away.

    >>> ahead(timedelta(hours=5, minutes=40)), ahead(timedelta(minutes=3, seconds=2))
    ('in 6 hours', 'in 3 minutes')
    >>> ahead(timedelta(seconds=9.7)), ahead(timedelta(seconds=-2))
    ('in 10 seconds', 'in a moment')
    """
    seconds = round(span.total_seconds())
    if seconds < 5:
        return "in a moment"
    if seconds < MINUTE:
        return f"in {seconds} seconds"
    minutes = round(seconds / MINUTE)
    return "in " + (
        count(minutes, "minute") if minutes < 90 else count(round(minutes / 60), "hour")
    )


def on_day(day: date) -> str:
    """Say a day of this year or the last.

    >>> on_day(date(2026, 11, 3))
    '3 November'
    """
    return f"{day.day} {day:%B}"


def exactly(moment: datetime) -> str:
    """Say a moment to the minute, for the few who need it."""
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def size(size_bytes: int) -> str:
    """Say how large something is.

    >>> size(812), size(4_300), size(12_900_000)
    ('812 bytes', '4.2 KB', '12.3 MB')
    """
    if size_bytes < 1024:
        return count(size_bytes, "byte")
    kilobytes = size_bytes / 1024
    if kilobytes < 1000:
        return f"{_rounded(kilobytes)} KB"
    return f"{_rounded(kilobytes / 1024)} MB"


def span(milliseconds: int) -> str:
    """Say how long something took.

    >>> span(38), span(1250), span(74_000)
    ('38 ms', '1.2 s', '74 s')
    """
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    return f"{_rounded(milliseconds / 1000)} s"


def count(number: int, noun: str, plural: str = "") -> str:
    """Say a number of things.

    >>> count(1, "page"), count(1200, "page"), count(2, "reply", "replies")
    ('1 page', '1,200 pages', '2 replies')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def roughly(number: int) -> str:
    """Say a large number as people do.

    >>> roughly(5_000_000), roughly(1_234_567), roughly(40_000)
    ('5 million', '1.2 million', '40,000')
    """
    if number < 1_000_000:
        return f"{number:,}"
    return f"{number / 1_000_000:.1f}".removesuffix(".0") + " million"


def money(cost: int | None, currency: str) -> str:
    """Say an amount that is given in millionths; None is one that nobody knows.

    >>> money(4_210, "USD"), money(12_345_678, "EUR"), money(250_000, "CHF")
    ('$0.0042', '€12.35', 'CHF 0.25')
    >>> money(12, "USD"), money(0, "USD"), money(None, "USD")
    ('under $0.0001', '$0.00', 'price not known')
    """
    if cost is None:
        return "price not known"
    sign = SIGNS.get(currency) or f"{currency} "
    if 0 < cost < 100:
        return f"under {sign}0.0001"
    amount = f"{cost / MILLION:,.2f}"
    if cost < MILLION // 10 and cost % (MILLION // 100):
        amount = f"{cost / MILLION:.4f}"
    return sign + amount


def amount(cost: float | None) -> str:
    """Say an amount in the installation's currency."""
    return money(None if cost is None else round(cost), current_app.config["CURRENCY"])


def percent(share: float | None) -> str:
    """Say a share.

    >>> percent(0.873), percent(0.0123), percent(None)
    ('87 %', '1.2 %', '–')
    """
    if share is None:
        return "–"
    return f"{100 * share:.1f} %".replace(".0 ", " ") if share < 0.1 else f"{100 * share:.0f} %"


def _rounded(number: float) -> str:
    return f"{number:.1f}" if number < 20 else f"{number:.0f}"
