"""The parts of a piece: named files on one card, zipped only where they would not fit otherwise."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Sequence

import httpx
import pytest

from bot.catalogue import Ask
from bot.domain.job import AudioFormat, Job, Json, Kind, State
from bot.jobs.board import Sound
from bot.providers.base import Finished, Result
from bot.ui.card import render
from tests.audio.sounds import wav_header
from tests.jobs.fakes import Shown
from tests.jobs.world import World
from tests.ui.test_card import words_of

PARTS = ("vocals", "drums", "bass")
BYTES = 30_000
SILENCE = wav_header(channels=1, rate=8_000, data_bytes=BYTES) + bytes(BYTES)
NOISE = SILENCE[:44] + random.Random(1).randbytes(BYTES)


async def split(world: World, audio: bytes, audio_format: AudioFormat) -> tuple[Job, Shown]:
    """Have a piece taken apart, and give its card's last look."""
    world.provider.instantly = False
    output: dict[str, Json] = {part: {"url": f"https://files.example/{part}.wav"} for part in PARTS}
    ask = Ask(
        kind=Kind.STEMS,
        title="rain (stems)",
        source_url="https://files.example/rain.wav",
        source_seconds=2,
    )
    job = await world.jobs.ask(ask, world.asker(), audio_format=audio_format)
    await world.reaches(job, State.SUBMITTED)
    world.files.extend(httpx.Response(200, content=audio) for _ in PARTS)
    request = world.provider.only
    request.outcome = Result(output=output)
    await world.provider.change(request, Finished())
    return await world.reaches(job, State.DELIVERED), world.last_look(job)


@pytest.mark.parametrize("audio_format", list(AudioFormat))
async def test_parts_that_fit_are_named_files(world: World, audio_format: AudioFormat) -> None:
    """Each plays by itself."""
    _job, look = await split(world, NOISE, audio_format)

    sounds = look.state.sounds
    assert [sound.label for sound in sounds] == list(PARTS)
    assert all(part in sound.file_name for part, sound in zip(PARTS, sounds, strict=True))
    assert all(sound.file_name.endswith(f".{audio_format}") for sound in sounds)
    assert not any(sound.note for sound in sounds)
    assert "Parts: vocals · drums · bass" in words_of(render(look.state))


async def test_parts_without_loss_that_are_too_large_are_zipped(world: World) -> None:
    """By their names, in what was asked for; the card says what is inside."""
    world.board.limit = BYTES - 1
    inside: list[str] = []

    def look_inside(sounds: Sequence[Sound]) -> None:
        for sound in sounds:
            with zipfile.ZipFile(sound.path) as bundle:
                inside.extend(bundle.namelist())

    world.board.look_at_sounds = look_inside
    _job, look = await split(world, SILENCE, AudioFormat.WAV)

    (only,) = look.state.sounds
    assert only.file_name.endswith(".zip")
    assert look.sizes[0] <= world.board.limit
    assert len(inside) == len(PARTS)
    assert all(part in name for part, name in zip(PARTS, inside, strict=True))
    assert all(name.endswith(".wav") for name in inside)
    words = words_of(render(look.state))
    assert "Parts: vocals · drums · bass" in words
    assert "in a zip file" in words


@pytest.mark.parametrize("audio_format", [AudioFormat.WAV, AudioFormat.MP3])
async def test_parts_that_no_zip_makes_small_enough_are_made_smaller(
    world: World, audio_format: AudioFormat
) -> None:
    """As files once more: the workshop then gives up what has to be given up."""
    world.board.limit = BYTES - 1

    _job, look = await split(world, NOISE, audio_format)

    assert [sound.label for sound in look.state.sounds] == list(PARTS)
    assert all(size <= world.board.limit for size in look.sizes)
    assert [fit.is_strict for fit in world.workshop.fits[-3:]] == [False] * 3  # type: ignore[attr-defined]


async def test_zips_that_discord_turns_down_become_smaller_files(world: World) -> None:
    """The server's real limit may be lower than it says."""
    world.board.limit = BYTES - 1
    world.board.takes_bytes = 20

    job, look = await split_until_smaller(world)

    assert job.state is State.DELIVERED
    assert all(sound.label for sound in look.state.sounds)


async def split_until_smaller(world: World) -> tuple[Job, Shown]:
    """Split, while the channel takes less and less."""

    def relent(_sounds: Sequence[Sound]) -> None:
        if len(world.board.attempts) > 1:
            world.board.takes_bytes = None

    world.board.look_at_sounds = relent
    return await split(world, SILENCE, AudioFormat.WAV)
