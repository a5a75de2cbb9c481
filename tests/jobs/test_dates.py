"""Dates as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import InvalidInput
from bot.jobs.dates import read_range, read_span

NOW = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)


def day(year: int, month: int, number: int) -> datetime:
    """The beginning of a day."""
    return datetime(year, month, number, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-03", "2026/11/3", "2026.11.03", "3.11.2026", "03.11.2026", "3 Nov 2026",
        "3rd november 2026", "Nov 3, 2026", "november 3rd 2026", " 2026-11-03 ",
        "2026-11-03T12:00:00Z", "3. Nov 2026",
    ],
)  # fmt: skip
def test_a_day_can_be_written_in_many_ways(typed: str) -> None:
    """Spaces, case, and the order that the writing tells do not matter."""
    span = read_span(typed, "since", now=NOW)

    assert (span.begins_at, span.ends_at) == (day(2026, 11, 3), day(2026, 11, 4))


@pytest.mark.parametrize(
    ("typed", "begins_at", "ends_at"),
    [
        ("today", day(2026, 11, 21), day(2026, 11, 22)),
        ("Yesterday", day(2026, 11, 20), day(2026, 11, 21)),
        ("2 weeks ago", day(2026, 11, 7), day(2026, 11, 8)),
        ("10d", day(2026, 11, 11), day(2026, 11, 12)),
        ("last week", day(2026, 11, 14), day(2026, 11, 15)),
        ("last 7 days", day(2026, 11, 14), day(2026, 11, 15)),
        ("Nov 2026", day(2026, 11, 1), day(2026, 12, 1)),
        ("December 2025", day(2025, 12, 1), day(2026, 1, 1)),
        ("2026-02", day(2026, 2, 1), day(2026, 3, 1)),
        ("2025", day(2025, 1, 1), day(2026, 1, 1)),
        ("31/12/2025", day(2025, 12, 31), day(2026, 1, 1)),
        ("12/31/2025", day(2025, 12, 31), day(2026, 1, 1)),
        ("5/5/2026", day(2026, 5, 5), day(2026, 5, 6)),
    ],
)
def test_a_date_is_a_span(typed: str, begins_at: datetime, ends_at: datetime) -> None:
    """A month and a year count as a whole."""
    span = read_span(typed, "until", now=NOW)

    assert (span.begins_at, span.ends_at) == (begins_at, ends_at)


@pytest.mark.parametrize(
    "typed",
    ["soon", "2026-13-01", "2026-02-30", "32.1.2026", "0000-01-01", "9999", "3 Foo 2026", "", "-1"],
)
def test_what_is_no_date_is_refused_with_examples(typed: str) -> None:
    """The sentence names the option and shows how."""
    with pytest.raises(InvalidInput, match=r"cannot read until as a date.*2026-11-03"):
        read_span(typed, "until", now=NOW)


def test_a_date_that_could_be_two_is_asked_about() -> None:
    """Half the world writes the month first."""
    with pytest.raises(InvalidInput, match=r"two different days.*2026-04-03"):
        read_span("3/4/2026", "since", now=NOW)


def test_both_ends_count() -> None:
    """From the first moment of since to the last of until."""
    begins_at, ends_at = read_range("2026-11-01", "2026-11-03", now=NOW)

    assert (begins_at, ends_at) == (day(2026, 11, 1), day(2026, 11, 4))
    assert read_range(None, None, now=NOW) == (None, None)
    assert read_range("today", "today", now=NOW) == (
        NOW.replace(hour=0, minute=0),
        NOW.replace(hour=0, minute=0) + timedelta(days=1),
    )
    with pytest.raises(InvalidInput, match="Swap the two dates"):
        read_range("2026-11-03", "2026-11-01", now=NOW)
