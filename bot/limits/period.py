"""The span a budget covers: one calendar month, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def period_of(now: datetime) -> str:
    """Name the month of a moment, such as "2026-11". Names sort as the months do."""
    return now.astimezone(UTC).strftime("%Y-%m")


def resets_at(now: datetime) -> datetime:
    """Give the first moment of the next month."""
    here = now.astimezone(UTC)
    year, month = (here.year + 1, 1) if here.month == 12 else (here.year, here.month + 1)
    return datetime(year, month, 1, tzinfo=UTC)
