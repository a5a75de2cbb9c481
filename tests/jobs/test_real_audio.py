"""Delivering with the real download and the real workshop, from a server to a playable file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.audio.addresses import Addresses
from bot.audio.download import Downloader
from bot.audio.fit import Fit, Fitted
from bot.audio.sniff import sniff
from bot.audio.workshop import Workshop
from bot.domain.job import State
from bot.providers.base import Finished, Result
from tests.audio.sounds import music, write_file
from tests.jobs.world import World


@pytest.fixture
async def song_url(tmp_path: Path) -> AsyncIterator[str]:
    """A server with one song on it."""
    song = write_file(tmp_path / "song.wav", music(4))

    async def serve(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(song)

    app = web.Application()
    app.router.add_get("/song.wav", serve)
    server = TestServer(app)
    await server.start_server()
    yield str(server.make_url("/song.wav"))
    await server.close()


async def test_a_song_arrives_as_an_mp3_with_a_picture(world: World, song_url: str) -> None:
    """What is attached plays everywhere, is as long as the song, and has its waveform beside it."""
    seen: list[tuple[bytes, bytes]] = []
    addresses = Addresses([song_url])
    async with (
        Workshop(at_once=1) as real_workshop,
        Downloader(addresses=addresses) as real_downloader,
    ):
        world.workshop, world.downloader = real_workshop, real_downloader
        await world.restart()
        world.board.look_at_sounds = lambda sounds: seen.extend(
            (sound.path.read_bytes(), sound.waveform.read_bytes())
            for sound in sounds
            if sound.waveform
        )
        world.provider.instantly = False
        job = await world.ask()
        await world.reaches(job, State.SUBMITTED)
        made = Result(output={"audio": {"url": song_url}})
        await world.provider.change(world.provider.only, Finished(), made)

        await world.reaches(job, State.DELIVERED)

    (sound,) = world.board.ends[0].state.sounds
    assert sound.seconds == pytest.approx(4, abs=0.1)
    audio, picture = seen[0]
    assert sniff(audio[:4096]).value == "mp3"
    assert picture.startswith(b"\x89PNG")


class WatchedWorkshop(Workshop):
    """The real one; remembers which files were not wholly there when it began.

    Attributes:
        early: For each file, whether it was begun while it arrived.
    """

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.early: list[bool] = []

    async def fit(
        self, source: Path, into: Path, fit: Fit, *, arriving_bytes: int | None = None
    ) -> Fitted:
        """Note it, and do it."""
        self.early.append(arriving_bytes is not None)
        return await super().fit(source, into, fit, arriving_bytes=arriving_bytes)


async def test_a_song_is_encoded_once_while_it_arrives(world: World, tmp_path: Path) -> None:
    """The work on a large file does not wait for its last byte, and is not done twice."""
    song = write_file(tmp_path / "long.wav", music(12)).read_bytes()

    async def serve(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = len(song)
        await answer.prepare(request)
        for start in range(0, len(song), 100_000):
            await answer.write(song[start : start + 100_000])
            await asyncio.sleep(0.005)  # the bot reads it in the same loop
            world.clock.advance(0.04)
        return answer

    app = web.Application()
    app.router.add_get("/long.wav", serve)
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/long.wav"))
    async with WatchedWorkshop() as workshop, Downloader(addresses=Addresses([url])) as downloader:
        world.workshop, world.downloader = workshop, downloader
        await world.restart()
        world.provider.instantly = False
        job = await world.ask()
        await world.reaches(job, State.SUBMITTED)
        made = Result(output={"audio": {"url": url}})
        await world.provider.change(world.provider.only, Finished(), made)

        delivered = await world.reaches(job, State.DELIVERED)
    await server.close()

    assert workshop.early == [True]
    (sound,) = world.board.ends[0].state.sounds
    assert sound.seconds == pytest.approx(12, abs=0.1)
    assert (tmp_path / delivered.files[0]).read_bytes() == song
    assert list((tmp_path / "work").iterdir()) == []
