"""A file that comes too slowly: waited for, but not for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.audio.download import Downloader, Fetched
from bot.domain.job import State
from bot.errors import AudioError
from bot.jobs.fetching import DOWNLOAD_SECONDS
from tests.jobs.world import PRICE, World


class Dripping(Downloader):
    """Takes all the time it is given, every time."""

    def __init__(self, world: World) -> None:
        super().__init__(clock=world.clock)
        self._world = world
        self.tries = 0

    async def fetch(self, url: str, to: Path, **limits: Any) -> Fetched:
        """Wait, and fail as one does that was too slow."""
        del url, to
        self.tries += 1
        await self._world.clock.sleep(limits["total_seconds"])
        raise AudioError("The file came too slowly.", code="too_slow", retryable=True)


async def test_a_download_that_drips_is_given_up_within_the_hour(world: World) -> None:
    """The card says what holds it up meanwhile, and in the end what was charged."""
    slow = Dripping(world)
    world.downloader = slow
    await world.restart()
    job = await world.ask()

    done = await world.reaches(job, State.FAILED, step=30, within=2 * 3600)

    assert done.finished_at is not None
    lasted = (done.finished_at - job.created_at).total_seconds()
    assert DOWNLOAD_SECONDS < lasted <= 3600
    assert slow.tries > 1
    assert done.failure is not None
    assert done.failure.sentence == "The file came too slowly."
    assert any(look.state.trouble for look in world.board.card(job.id))
    assert await world.charged() == PRICE
