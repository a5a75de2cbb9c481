"""Times as people write them: ``30``, ``30s``, ``1:30``, ``1m30s``. Pure."""

from __future__ import annotations

import re

from bot.catalogue.wording import plain
from bot.errors import InvalidInput

_NUMBER = r"[0-9]{1,5}(?:[.,][0-9]{1,3})?"
_SECONDS = r"(?:seconds?|secs?|s)"
_MINUTES = r"(?:minutes?|mins?|m)"
TIME = (
    rf"(?:[0-9]{{1,3}}(?::[0-9]{{1,2}}){{1,2}}(?:[.,][0-9]{{1,3}})?(?:\s?{_MINUTES})?"
    rf"|{_NUMBER}\s?{_MINUTES}(?:\s?{_NUMBER}(?:\s?{_SECONDS})?)?"
    rf"|{_NUMBER}(?:\s?{_SECONDS})?)(?!\w)"
)
"""Matches a time inside a longer expression. Has no groups; use it without regard to case."""

_WHOLE = re.compile(TIME, re.IGNORECASE)
_PARTS = re.compile(rf"({_NUMBER})\s?({_MINUTES}|{_SECONDS})?", re.IGNORECASE)


def seconds_in(text: str) -> float | None:
    """Read a time, in seconds; None where it is not one.

    >>> seconds_in("1:30"), seconds_in("1m30s"), seconds_in("12.5 sec"), seconds_in("0:70")
    (90.0, 90.0, 12.5, None)
    """
    text = text.strip()
    if not _WHOLE.fullmatch(text):
        return None
    if ":" in text:
        return _clock(text)
    total = 0.0
    for amount, unit in _PARTS.findall(text):
        total += float(amount.replace(",", ".")) * (60 if unit[:1].lower() == "m" else 1)
    return total


def _clock(text: str) -> float | None:
    """Read ``m:ss`` or ``h:mm:ss``."""
    first, *rest = [
        float(part) for part in re.sub(r"[^0-9:.,]", "", text).replace(",", ".").split(":")
    ]
    if any(part >= 60 for part in rest):
        return None
    total = first
    for part in rest:
        total = total * 60 + part
    return total


def read_time(text: str, option: str) -> float:
    """Read a time that was typed into an option, in seconds.

    Raises:
        InvalidInput: It is not a time.
    """
    seconds = seconds_in(text)
    if seconds is None:
        raise InvalidInput(
            f"{plain(text, limit=40)} is not a time for {option}. Write seconds, like 30 or 12.5, or minutes "
            "and seconds, like 1:30."
        )
    return seconds


def clock_time(seconds: float) -> str:
    """Write a moment of a piece as players do.

    >>> clock_time(9), clock_time(75.5), clock_time(3600)
    ('0:09', '1:15.5', '60:00')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    whole, tenth = divmod(rest, 10)
    return f"{minutes}:{whole:02}" + (f".{tenth}" if tenth else "")
