"""How often the cards of one channel are edited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.backoff import Backoff
from bot.jobs.pacing import Pace


@given(st.lists(st.floats(min_value=0, max_value=3), min_size=6, max_size=60))
def test_no_five_seconds_see_more_than_five_edits(gaps: list[float]) -> None:
    """However the wishes for edits come, Discord's observed limit is never reached."""
    pace, now, departures = Pace(), 100.0, []
    for gap in gaps:
        now += gap
        departures.append(now + pace.wait(now))

    for first, sixth in zip(departures, departures[5:], strict=False):
        assert sixth - first > 5


def test_a_quiet_channel_waits_for_nothing() -> None:
    """One job's few edits are seen at once."""
    pace = Pace()

    assert [pace.wait(now) for now in (0.0, 0.1, 0.2, 0.3)] == [0, 0, 0, 0]


def test_a_busy_channel_gets_most_of_what_discord_takes() -> None:
    """Being kind does not mean being slow: a minute still takes some fifty edits."""
    pace, now, edits = Pace(), 0.0, 0
    while (now := now + pace.wait(now)) < 60:
        edits += 1

    assert edits >= 50


@given(st.integers(min_value=1, max_value=10_000))
def test_waits_between_attempts_stay_within_bounds(attempt: int) -> None:
    """From a second to a minute, give or take a quarter."""
    seconds = Backoff().after(attempt).total_seconds()

    assert 0.75 <= seconds <= 75


def test_a_wait_that_was_asked_for_is_kept() -> None:
    """A provider that says how long means it."""
    assert Backoff().after(1, at_least=40).total_seconds() == 40
