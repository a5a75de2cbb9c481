"""The spans that budgets cover: one calendar month and one day, in UTC.

Days and months are named so that their names sort as they follow each other.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def period_of(now: datetime) -> str:
    """Name the month of a moment, such as "2026-11"."""
    return now.astimezone(UTC).strftime("%Y-%m")


def day_of(now: datetime) -> str:
    """Name the day of a moment, such as "2026-11-21"."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")


def resets_at(now: datetime) -> datetime:
    """Give the first moment of the next month."""
    here = now.astimezone(UTC)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)


def day_ends_at(now: datetime) -> datetime:
    """Give the first moment of the next day."""
    here = now.astimezone(UTC)
    return datetime(here.year, here.month, here.day, tzinfo=UTC) + timedelta(days=1)
