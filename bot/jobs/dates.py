"""Dates as people type them. Pure.

A date names a span of time: a day, a month, a year. `since` takes its beginning, `until` its end,
so both ends count as people mean them. Everything is reckoned in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.errors import InvalidInput

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_AGO = re.compile(r"(?:last |past )?(\d{1,4}) ?(d|w|m|y|days?|weeks?|months?|years?)(?: ago)?")
_LAST = re.compile(r"last (day|week|month|year)")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_ISO = re.compile(r"(\d{4})(?:[-./](\d{1,2})(?:[-./](\d{1,2}))?)?")
_NUMBERS = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})(?:st|nd|rd|th)?\.? )?([a-z]{3,9})\.? (\d{4})")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")


@dataclass(frozen=True, slots=True)
class Span:
    """From its beginning up to, and not including, its end."""

    begins_at: datetime
    ends_at: datetime


def read_span(typed: str, option: str, *, now: datetime) -> Span:
    """Read ``2026-11-03``, ``3 Nov 2026``, ``Nov 2026``, ``yesterday``, ``2 weeks ago`` and the like.

    Raises:
        InvalidInput: It is no date, or could be two different ones.
    """
    text = " ".join(typed.casefold().split())
    span = _relative(text, now) or _absolute(text, option)
    if span is None:
        raise InvalidInput(
            f"I cannot read {option} as a date. Write it as 2026-11-03, 3 Nov 2026, Nov 2026, "
            "yesterday or 2 weeks ago."
        )
    return span


def read_range(
    since: str | None, until: str | None, *, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Read the two options; give the first moment that counts, and the first that does not.

    Raises:
        InvalidInput: One cannot be read, or the end comes before the beginning.
    """
    begins_at = read_span(since, "since", now=now).begins_at if since else None
    ends_at = read_span(until, "until", now=now).ends_at if until else None
    if begins_at is not None and ends_at is not None and ends_at <= begins_at:
        raise InvalidInput("until lies before since, so nothing can be found. Swap the two dates.")
    return begins_at, ends_at


def _relative(text: str, now: datetime) -> Span | None:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if text in {"now", "today"}:
        return _day(today)
    if text == "yesterday":
        return _day(today - timedelta(days=1))
    if found := _LAST.fullmatch(text):
        return _day(today - timedelta(days=_DAYS[found[1][0]]))
    if found := _AGO.fullmatch(text):
        days = int(found[1]) * _DAYS[found[2][0]]
        # Nothing is older than Discord, and a year 0 there is not.
        return _day(today - timedelta(days=min(days, 365 * 50)))
    return None


def _absolute(text: str, option: str) -> Span | None:
    if found := _ISO.fullmatch(text.partition("t")[0]):
        return _span(found[1], found[2], found[3])
    if found := _NUMBERS.fullmatch(text):
        return _numbers(found, option)
    if (found := _DAY_FIRST.fullmatch(text)) and found[2][:3] in _MONTHS:
        return _span(found[3], _MONTHS.index(found[2][:3]) + 1, found[1])
    if (found := _MONTH_FIRST.fullmatch(text)) and found[1][:3] in _MONTHS:
        return _span(found[3], _MONTHS.index(found[1][:3]) + 1, found[2])
    return None


def _numbers(found: re.Match[str], option: str) -> Span | None:
    """Read day and month in the order that their writing tells; refuse where it does not."""
    first, sign, second, year = found[1], found[2], found[3], found[4]
    if sign == "." or int(first) > len(_MONTHS):
        return _span(year, second, first)
    if int(second) > len(_MONTHS) or first == second:
        return _span(year, first, second)
    raise InvalidInput(
        f"{option} could be two different days. Write the year first, such as "
        f"{year}-{int(second):02d}-{int(first):02d}."
    )


def _span(year: str, month: str | int | None, day: str | None) -> Span | None:
    try:
        begins_at = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
        if day is not None:
            return _day(begins_at)
        if month is None:
            return Span(begins_at, begins_at.replace(year=begins_at.year + 1))
        later = begins_at + timedelta(days=31)
        return Span(begins_at, later.replace(day=1))
    except (ValueError, OverflowError):
        return None


def _day(begins_at: datetime) -> Span:
    return Span(begins_at, begins_at + timedelta(days=1))
