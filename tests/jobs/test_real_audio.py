"""Delivering with the real download and the real workshop, from a server to a playable file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.audio.addresses import Addresses
from bot.audio.download import Downloader
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
