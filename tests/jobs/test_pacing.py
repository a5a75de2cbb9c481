"""How often the cards of one channel are edited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.backoff import Backoff
from bot.jobs.pacing import RESERVED, Pace


@given(st.lists(st.tuples(st.floats(min_value=0, max_value=3), st.booleans()), min_size=6))
def test_no_five_seconds_see_more_than_five_edits(wishes: list[tuple[float, bool]]) -> None:
    """However the wishes for edits come, Discord's observed limit is never reached."""
    pace, now, departures = Pace(), 100.0, []
    for gap, is_last in wishes:
        now += gap
        now += pace.delay(now, reserve=0 if is_last else RESERVED)
        pace.take(now)
        departures.append(now)

    for first, sixth in zip(departures, departures[5:], strict=False):
        assert sixth - first > 5


def test_a_quiet_channel_waits_for_nothing() -> None:
    """One job's few edits are seen at once."""
    pace = Pace()

    for now in (0.0, 0.1, 0.2):
        assert pace.delay(now, reserve=RESERVED) == 0
        pace.take(now)


def test_a_result_does_not_wait_behind_edits_on_the_way() -> None:
    """However busy the channel is with progress, two results find a place at once."""
    pace, now = Pace(), 0.0
    for _ in range(51):
        now += pace.delay(now, reserve=RESERVED)
        pace.take(now)

    assert pace.delay(now, reserve=RESERVED) > 1
    for _ in range(RESERVED):
        assert pace.delay(now) == 0
        pace.take(now)
    assert pace.delay(now) > 0


def test_a_busy_channel_gets_most_of_what_discord_takes() -> None:
    """Being kind does not mean being slow: a minute still takes some fifty results."""
    pace, now, edits = Pace(), 0.0, 0
    while (now := now + pace.delay(now)) < 60:
        pace.take(now)
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
