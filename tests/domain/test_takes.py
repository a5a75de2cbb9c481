"""Several takes as one piece: where it stands, what it costs, which letter is whose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.ids import ChannelId, GuildId, JobId, UserId
from bot.domain.job import Job, Kind, State
from bot.domain.money import Micros
from bot.domain.takes import as_one, letters_of, pieces, progress

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def take(part: int, state: State = State.ACCEPTED, **more: Any) -> Job:
    """One of the takes of a card of three."""
    details: dict[str, Any] = {
        "id": JobId(100 + part),
        "guild_id": GuildId(1),
        "user_id": UserId(2),
        "channel_id": ChannelId(3),
        "kind": Kind.MUSIC,
        "provider": "fal",
        "model": "m",
        "prompt": "p",
        "arguments": {},
        "options": {"variations": 3} if part == 0 else {},
        "estimate": Micros(10),
        "leader_id": JobId(100) if part else None,
        "part": part,
        "state": state,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "next_run_at": NOW,
    }
    return Job(**details | more)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ((State.RUNNING, State.ACCEPTED, State.GENERATED), State.ACCEPTED),
        ((State.GENERATED, State.RUNNING, State.SUBMITTED), State.SUBMITTED),
        ((State.FAILED, State.GENERATED, State.RUNNING), State.RUNNING),
        ((State.FAILED, State.DELIVERED, State.CANCELLED), State.DELIVERED),
        ((State.CANCELLED, State.FAILED, State.TIMED_OUT), State.FAILED),
        ((State.FAILED, State.UNDELIVERED, State.FAILED), State.UNDELIVERED),
        ((State.CANCELLED, State.CANCELLED, State.CANCELLED), State.CANCELLED),
    ],
)
def test_the_whole_stands_where_the_least_advanced_is(
    states: tuple[State, ...], whole: State
) -> None:
    """Until all are over; then what was delivered counts most, and a cancellation least."""
    takes = [take(part, state) for part, state in enumerate(states)]

    assert as_one(takes).state is whole


def test_the_whole_costs_what_all_cost() -> None:
    """The estimates from the start; the costs once all of them are known."""
    under_way = [take(0, State.FAILED, cost=Micros(0)), take(1, State.RUNNING), take(2)]
    over = [take(part, State.DELIVERED, cost=Micros(7)) for part in range(3)]

    assert (as_one(under_way).estimate, as_one(under_way).cost) == (30, None)
    assert as_one(over).cost == 21


def test_a_lone_job_is_itself() -> None:
    """Nothing about it changes."""
    alone = take(0, State.RUNNING)

    assert as_one([alone]) is alone


def test_progress_counts_results_rather_than_requests() -> None:
    """A request that makes two counts for two."""
    assert progress([take(0, State.GENERATED), take(2, State.RUNNING)]) == (2, 3)
    assert progress([take(0, State.RUNNING), take(2, State.GENERATED)]) == (1, 3)


def test_letters_run_on_through_takes_and_leave_gaps_for_what_failed() -> None:
    """A letter means the same result whatever became of the others."""
    whole = [
        take(0, State.DELIVERED, files=("1",)),
        take(1, State.FAILED),
        take(2, State.DELIVERED, files=("2",)),
    ]
    double = [
        take(0, State.DELIVERED, files=("1", "2")),
        take(2, State.DELIVERED, files=("3",)),
    ]

    assert [(one.letter, one.index) for one in pieces(whole)] == [("A", 0), ("C", 0)]
    assert [(one.letter, one.index) for one in pieces(double)] == [("A", 0), ("B", 1), ("C", 0)]
    assert [letters_of(double, one) for one in double] == ["A and B", "C"]


def test_a_card_never_has_more_letters_than_it_takes_files() -> None:
    """A model that sends more files than anybody asked for breaks nothing."""
    many = [take(0, State.DELIVERED, files=tuple("abcdefghijklmno")), take(1, State.DELIVERED)]

    assert "".join(one.letter for one in pieces(many)) == "ABCDEFGHIJ"
