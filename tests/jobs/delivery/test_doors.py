"""When a new card may be posted, however long the ones before it are on their way."""

from __future__ import annotations

import asyncio

from bot.domain.ids import ChannelId
from bot.jobs.delivery._doors import Doors
from bot.jobs.pacing import EDITS, WINDOW_SECONDS
from bot.jobs.peers import Peers
from tests.clock import ManualClock

HERE = ChannelId(1)


class Street:
    """Cards that are posted, and how long each takes to be answered."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self._doors = Doors(self.clock, Peers())
        self.left: list[float] = []
        self.answered: list[float] = []

    async def post(self, seconds: float) -> None:
        """Post a card that Discord answers after so long."""
        async with self._doors.entering(HERE):
            self.left.append(self.clock.monotonic())
            await self.clock.sleep(seconds)
        self.answered.append(self.clock.monotonic())

    async def passes(self, seconds: float) -> None:
        """Let time pass, a tenth of a second at a time."""
        for _ in range(round(seconds * 10)):
            self.clock.advance(0.1)
            for _ in range(6):
                await asyncio.sleep(0)


async def test_the_sixth_card_waits_from_the_first_ones_answer_on() -> None:
    """Discord may have counted it as late as that."""
    street = Street()
    posts = [asyncio.create_task(street.post(3)) for _ in range(EDITS + 1)]

    await street.passes(3 + WINDOW_SECONDS + 4)
    await asyncio.gather(*posts)

    assert street.left[EDITS] - street.answered[0] >= WINDOW_SECONDS - 0.001


async def test_one_card_that_hangs_keeps_one_place_and_no_more() -> None:
    """The others go on, four at a time."""
    street = Street()
    hanging = asyncio.create_task(street.post(60))
    posts = [asyncio.create_task(street.post(0)) for _ in range(2 * (EDITS - 1))]

    await street.passes(WINDOW_SECONDS + 1)

    assert all(post.done() for post in posts)
    assert not hanging.done()
    await street.passes(60)
    await hanging
