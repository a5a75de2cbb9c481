"""N per hour, as one integer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.limits import Bucket
from bot.limits.bucket import HOUR_US

NOW = 1_795_000_000_000_000


@given(per_hour=st.integers(1, 5_000))
def test_a_quiet_hour_earns_exactly_n_at_once(per_hour: int) -> None:
    """N are admitted in one moment, and no more."""
    bucket = Bucket(per_hour)

    assert _admitted(bucket, [NOW] * (per_hour + 3)) == per_hour


@given(per_hour=st.integers(1, 50), steps=st.lists(st.integers(0, HOUR_US // 4), max_size=200))
def test_no_hour_earns_more_than_n(per_hour: int, steps: list[int]) -> None:
    """Beyond the first N, at most N are admitted per hour, however they are spread."""
    bucket, moment, moments = Bucket(per_hour), NOW, []
    for step in steps:
        moment += step
        moments.append(moment)

    hours = (moment - NOW) / HOUR_US

    assert _admitted(bucket, moments) <= per_hour * (1 + hours)


@given(per_hour=st.integers(1, 5_000), ahead=st.integers(0, 2 * HOUR_US))
def test_the_named_moment_is_the_first_that_admits(per_hour: int, ahead: int) -> None:
    """Not a microsecond earlier."""
    bucket, tat = Bucket(per_hour), NOW + ahead

    free_at = bucket.free_at(tat)

    assert bucket.admits(tat, now_us=free_at)
    assert not bucket.admits(tat, now_us=free_at - 1)


@given(per_hour=st.integers(1, 100), asked=st.integers(0, 120), wait=st.integers(0, HOUR_US))
def test_what_is_left_is_what_will_be_admitted(per_hour: int, asked: int, wait: int) -> None:
    """The number shown is the number that works."""
    bucket, tat = Bucket(per_hour), 0
    for _ in range(asked):
        if bucket.admits(tat, now_us=NOW):
            tat = bucket.after(tat, now_us=NOW)
    now = NOW + wait

    left, admitted = bucket.left(tat, now_us=now), 0
    while bucket.admits(tat, now_us=now):
        tat, admitted = bucket.after(tat, now_us=now), admitted + 1

    assert left == admitted


def _admitted(bucket: Bucket, moments: list[int]) -> int:
    tat, count = 0, 0
    for moment in moments:
        if bucket.admits(tat, now_us=moment):
            tat, count = bucket.after(tat, now_us=moment), count + 1
    return count


@given(per_hour=st.integers(1, 5_000), days=st.integers(1, 400))
def test_a_clock_that_was_ahead_shuts_nobody_out(per_hour: int, days: int) -> None:
    """What was written in a future that is not there counts as a full bucket, not as an empty one."""
    bucket = Bucket(per_hour)
    ahead = bucket.after(0, now_us=NOW + days * 24 * HOUR_US)

    assert bucket.admits(ahead, now_us=NOW)
    assert bucket.after(ahead, now_us=NOW) == NOW + bucket.interval_us
