"""A door for rushes: a few at a time, and nobody for longer than needed."""

from __future__ import annotations

import asyncio

import pytest

from bot.ui.rush import Rush


async def test_only_so_many_are_in_at_a_time() -> None:
    """The others wait in the order in which they came."""
    rush = Rush(at_once=2)
    inside: list[int] = []
    most = 0
    order: list[int] = []

    async def visit(number: int) -> None:
        nonlocal most
        async with rush.turn():
            inside.append(number)
            order.append(number)
            most = max(most, len(inside))
            await asyncio.sleep(0)
            inside.remove(number)

    await asyncio.gather(*(visit(number) for number in range(7)))

    assert most == 2
    assert order == list(range(7))


async def test_a_turn_can_end_before_its_block() -> None:
    """Whoever only waits for Discord any more makes room, once."""
    rush = Rush(at_once=1)
    async with rush.turn() as leave:
        assert not await _gets_in(rush)
        leave()
        leave()
        async with asyncio.timeout(5), rush.turn():
            assert not await _gets_in(rush)

    assert await _gets_in(rush)


async def test_a_turn_ends_with_an_error() -> None:
    """The door does not stay shut behind somebody who stumbled."""
    rush = Rush(at_once=1)

    async def stumble() -> None:
        async with rush.turn():
            raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - its own, a line above
        await stumble()
    assert await _gets_in(rush)


async def test_nobody_keeps_the_door_for_long() -> None:
    """Whoever fetches something first makes room for those who do not."""
    rush = Rush(at_once=1, longest_seconds=0.01)
    async with rush.turn(), asyncio.timeout(5), rush.turn():
        pass


async def _gets_in(rush: Rush) -> bool:
    """Say whether somebody who comes now is let in without waiting."""
    coming = asyncio.create_task(_visit(rush))
    await asyncio.sleep(0)
    is_in = coming.done()
    coming.cancel()
    await asyncio.gather(coming, return_exceptions=True)
    return is_in


async def _visit(rush: Rush) -> None:
    async with rush.turn():
        pass
