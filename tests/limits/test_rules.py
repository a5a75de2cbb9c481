"""What a server allows at all, and which prices are told or asked about."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bot.domain.ids import ChannelId, UserId
from bot.domain.money import Micros
from bot.errors import InvalidInput, NotAllowed
from bot.limits import (
    CHEAP,
    DEAR,
    check_length,
    check_place,
    is_worth_telling,
    needs_confirming,
)


@dataclass(frozen=True, kw_only=True)
class House:
    blocked_users: frozenset[UserId] = frozenset()
    channels: frozenset[ChannelId] = frozenset()
    cheap: Micros | None = None
    dear: Micros | None = None


def enter(house: House, *, user: int = 7, channel: int = 1, parent: int | None = None) -> None:
    """Ask in a channel."""
    of = None if parent is None else ChannelId(parent)
    check_place(house, user=UserId(user), channel=ChannelId(channel), parent=of)


def test_without_rules_everybody_asks_everywhere() -> None:
    """An empty list of channels is all of them."""
    enter(House())


def test_a_blocked_member_is_told_whom_to_talk_to() -> None:
    """Wherever they ask; nobody else is concerned."""
    house = House(blocked_users=frozenset({UserId(7)}))

    with pytest.raises(NotAllowed, match=r"blocked you .* talk to them"):
        enter(house)
    enter(house, user=8)


def test_other_channels_lead_to_those_for_requests() -> None:
    """Three are named at most; a thread counts as its channel, and may be named itself."""
    house = House(channels=frozenset({ChannelId(one) for one in (4, 3, 2, 5)}))

    with pytest.raises(NotAllowed, match=r"ask in <#2>, <#3> or <#4>\."):
        enter(house)
    with pytest.raises(NotAllowed):
        enter(house, channel=9, parent=1)
    enter(house, channel=5)
    enter(house, channel=9, parent=5)
    with pytest.raises(NotAllowed, match=r"ask in <#6>\."):
        enter(House(channels=frozenset({ChannelId(6)})))


@pytest.mark.parametrize(("seconds", "longest"), [(None, 10), (10, None), (10.0, 10), (None, None)])
def test_what_is_short_enough_or_unknown_passes(seconds: float | None, longest: int | None) -> None:
    """The longest itself is allowed."""
    check_length(seconds, longest)


def test_too_long_names_the_longest_and_what_to_do() -> None:
    """A remix is as long as its source, which is what has to be shorter."""
    with pytest.raises(InvalidInput, match=r"90\.5 seconds.*up to 60 seconds\. Ask for 60 or less"):
        check_length(90.5, 60)
    with pytest.raises(InvalidInput, match="shorter sound"):
        check_length(90, 60, of_source=True)


@pytest.mark.parametrize(
    ("price", "tags", "told", "asked"),
    [
        (0, House(), False, False),
        (CHEAP, House(), False, False),
        (CHEAP + 1, House(), True, False),
        (DEAR - 1, House(), True, False),
        (DEAR, House(), True, True),
        (30, House(cheap=Micros(30), dear=Micros(31)), False, False),
        (31, House(cheap=Micros(30), dear=Micros(31)), True, True),
        (0, House(cheap=Micros(0), dear=Micros(0)), False, False),
        (1, House(cheap=Micros(0), dear=Micros(0)), True, True),
    ],
)
def test_prices_above_cheap_are_told_and_from_dear_on_asked_about(
    price: int, tags: House, *, told: bool, asked: bool
) -> None:
    """Where a server sets nothing ours hold; what is free is never asked about."""
    assert is_worth_telling(Micros(price), tags) is told
    assert needs_confirming(Micros(price), tags) is asked
