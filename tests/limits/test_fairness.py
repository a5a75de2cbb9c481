"""The order of turns."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import GuildId, JobId, UserId
from bot.limits import Share, Waiting, fair_order

Line = Sequence[tuple[int, int]]


def test_nobody_waits_and_nobody_is_served() -> None:
    """An empty line has no first."""
    assert list(fair_order([], guilds={}, users={})) == []


def test_the_server_with_fewest_jobs_at_the_provider_goes_first() -> None:
    """Even one that was served a moment ago, and came last."""
    order = _order(
        [(1, 1), (2, 1)], guilds={1: Share(2, served_at_ms=5), 2: Share(1, served_at_ms=9)}
    )

    assert order == [1, 0]


def test_among_equals_the_one_served_longest_ago_goes_first() -> None:
    """Never is longest."""
    guilds = {1: Share(0, served_at_ms=9), 2: Share(0, served_at_ms=5)}

    assert _order([(1, 1), (2, 1), (3, 1)], guilds=guilds) == [2, 1, 0]


def test_a_member_goes_by_the_same_rule_within_the_server() -> None:
    """Somebody with a job at the provider lets the others go first."""
    users = {(1, 1): Share(1, served_at_ms=5)}

    assert _order([(1, 1), (1, 2)], users=users) == [1, 0]


def test_the_oldest_goes_first_when_all_else_is_equal() -> None:
    """Between servers, between members, and among one's own."""
    assert _order([(2, 1), (1, 1), (1, 2), (1, 1)]) == [0, 1, 2, 3]


def test_one_job_among_fifty_is_next_but_one() -> None:
    """A full line of one server costs another one a single turn."""
    assert _order([(1, 1)] * 50 + [(2, 1)])[:3] == [0, 50, 1]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), max_size=40))
def test_everybody_gets_a_turn_and_nobody_two_ahead(line: list[tuple[int, int]]) -> None:
    """Each job comes up once, own jobs keep their order, and servers stay level."""
    order = _order(line)

    assert sorted(order) == list(range(len(line)))
    for member in set(line):
        own = [place for place in order if line[place] == member]
        assert own == sorted(own)
    turns = dict.fromkeys({guild for guild, _ in line}, 0)
    left = {guild: sum(each == guild for each, _ in line) for guild in turns}
    for place in order:
        guild = line[place][0]
        assert turns[guild] == min(turns[each] for each in turns if left[each])
        turns[guild] += 1
        left[guild] -= 1


def _order(
    line: Line,
    *,
    guilds: dict[int, Share] | None = None,
    users: dict[tuple[int, int], Share] | None = None,
) -> list[int]:
    """Give the order as places in the line."""
    waiting = [
        Waiting(JobId(place), GuildId(guild), UserId(user))
        for place, (guild, user) in enumerate(line)
    ]
    order = fair_order(
        waiting,
        guilds={GuildId(guild): share for guild, share in (guilds or {}).items()},
        users={
            (GuildId(guild), UserId(user)): share for (guild, user), share in (users or {}).items()
        },
    )
    return list(order)
