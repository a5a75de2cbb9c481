"""From the provider's result to the audio on the card, whatever Discord and the network do."""

from __future__ import annotations

from itertools import pairwise

import httpx
import pytest

from bot.domain.ids import JobId
from bot.domain.job import AudioFormat, Json, State
from bot.errors import (
    AudioError,
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    MissingPermissions,
)
from bot.providers.base import Finished, Result
from tests.jobs.world import PRICE, WAV, QuickWorkshop, World

NOWHERE = [
    MissingPermissions("Minstrel may not write here.", names=("Attach Files",)),
    ChannelGone("The channel is gone."),
    DeliveryError("This server's link filter blocked the message."),
]


def workshop(world: World) -> QuickWorkshop:
    """The world's workshop, which counts and fails as told."""
    assert isinstance(world.workshop, QuickWorkshop)
    return world.workshop


async def test_a_file_that_is_too_large_is_made_smaller_by_a_fifth_each_time(world: World) -> None:
    """Discord took less than it said: each attempt is at most four fifths of the one before."""
    world.board.takes_bytes = 9_000
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    sizes = [attempt.sizes[0] for attempt in world.board.attempts]
    assert sizes[0] == len(WAV)
    assert sizes[-1] <= 9_000
    assert all(later <= earlier * 0.8 for earlier, later in pairwise(sizes))
    assert await world.charged() == PRICE


@pytest.mark.parametrize("least_bytes", [0, 12_000], ids=["turned down", "cannot shrink"])
async def test_what_no_size_gets_through_is_kept(world: World, least_bytes: int) -> None:
    """Paid for and kept: the card says so instead of losing it."""
    world.board.takes_bytes = 10
    workshop(world).least_bytes = least_bytes
    job = await world.ask()

    done = await world.reaches(job, State.UNDELIVERED)

    assert done.failure is not None
    assert done.failure.code == "too_large"
    assert done.files
    assert await world.charged() == PRICE


async def test_the_channels_limit_is_kept_from_the_start(world: World) -> None:
    """What the server takes is known before the first attempt."""
    world.board.limit = 5_000
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert [attempt.sizes for attempt in world.board.attempts] == [(5_000,)]


async def test_a_deleted_card_is_answered_with_one_new_message(world: World) -> None:
    """The result comes anyway, once, and the job's card is that message from then on."""
    world.provider.instantly = False
    job = await world.ask()
    card = (await world.reaches(job, State.SUBMITTED)).card_id
    assert card is not None
    world.board.deleted.add(card)

    await world.provider.change(world.provider.only, Finished())
    done = await world.reaches(job, State.DELIVERED)

    assert len(world.board.looks) == 2
    assert done.card_id not in {card, None}
    assert len(world.board.ends) == 1


async def test_a_deleted_card_of_a_job_without_audio_stays_deleted(world: World) -> None:
    """Nobody wants to be told again what they removed."""
    world.provider.instantly = False
    job = await world.ask()
    card = (await world.reaches(job, State.SUBMITTED)).card_id
    assert card is not None
    world.board.deleted.add(card)

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED)

    assert len(world.board.looks) == 1


async def test_an_outage_of_discord_is_waited_out(world: World) -> None:
    """However long: the audio is delivered in the end, once."""
    world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 15)
    job = await world.ask()

    await world.reaches(job, State.DELIVERED, step=40, within=4_000)

    assert len(world.board.ends) == 1
    assert await world.charged() == PRICE


@pytest.mark.parametrize("error", NOWHERE, ids=lambda error: error.code)
async def test_what_cannot_be_shown_is_kept(world: World, error: DeliveryError) -> None:
    """Charged, kept, and offered again; never made twice."""
    world.board.settle_faults.extend([error, error])
    job = await world.ask()

    done = await world.reaches(job, State.UNDELIVERED)

    assert done.failure is not None
    assert done.failure.sentence.startswith(error.sentence)
    assert f"/show id:{job.id}" in done.failure.sentence
    assert done.files
    assert (world.folder / done.files[0]).read_bytes() == WAV
    assert await world.charged() == PRICE


async def test_a_truncated_file_is_fetched_again(world: World) -> None:
    """A connection that broke in the middle costs a second, not the result."""
    world.files.append(httpx.Response(200, content=WAV, headers={"Content-Length": "99999"}))
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert world.fetched == 2


async def test_a_file_that_does_not_decode_is_fetched_anew(world: World) -> None:
    """It arrived whole but damaged; what the provider holds may be sound."""
    workshop(world).faults.append(AudioError("It is damaged.", code="corrupt"))
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert world.fetched == 2


async def test_a_file_that_never_decodes_ends_as_charged(world: World) -> None:
    """The model made something broken, and was paid for it."""
    workshop(world).faults.extend([AudioError("It is damaged.", code="corrupt")] * 3)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert done.failure.sentence == "It is damaged."
    assert await world.charged() == PRICE


async def test_a_full_disk_is_waited_out(world: World) -> None:
    """Somebody makes room in time; the card says what it waits for."""
    full = AudioError("The disk is full.", code="disk_full", retryable=True)
    workshop(world).faults.extend([full] * 5)
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert any(look.state.trouble == "The disk is full." for look in world.board.card(job.id))


async def test_a_file_that_the_provider_has_deleted_ends_with_a_sentence(world: World) -> None:
    """We were down for longer than the provider keeps files."""
    world.files.extend([httpx.Response(404)] * 9)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED)

    assert done.failure is not None
    assert done.failure.code == "gone"
    assert await world.charged() == PRICE


async def test_several_files_are_attached_to_one_card(world: World) -> None:
    """Stems come together, named by what they are."""
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    stems: dict[str, Json] = {
        name: {"url": f"https://files.example/{name}.wav"} for name in ("vocals", "drums")
    }

    await world.provider.change(world.provider.only, Finished(), Result(output=stems))
    await world.reaches(job, State.DELIVERED)

    names = [sound.file_name for sound in world.board.ends[0].state.sounds]
    assert len(set(names)) == 2
    assert any("vocals" in name for name in names)


async def test_the_format_that_was_asked_for_is_what_is_attached(world: World) -> None:
    """The file's name ends as the member chose."""
    job = await world.ask(audio_format=AudioFormat.FLAC)

    await world.reaches(job, State.DELIVERED)

    (sound,) = world.board.ends[0].state.sounds
    assert sound.file_name.endswith(".flac")


async def test_kept_files_that_were_swept_away_are_fetched_again(world: World) -> None:
    """Between two attempts somebody made room on the disk."""
    world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 50)
    job = await world.ask()
    await world.reaches(job, State.GENERATED)
    await world.crash()
    world.runtime.shelf.remove(JobId(job.id))
    world.board.settle_faults.clear()

    await world.start()
    await world.reaches(job, State.DELIVERED)

    assert world.fetched == 2


async def test_a_web_page_in_place_of_the_file_is_given_up_within_minutes(world: World) -> None:
    """It may be a server in trouble, but nobody watches a card for an hour to learn that it is not."""
    page = httpx.Response(200, content=b"<!DOCTYPE html><title>Welcome</title>")
    world.files.extend([page] * 200)
    job = await world.ask()

    done = await world.reaches(job, State.FAILED, within=240)

    assert done.failure is not None
    assert done.failure.code == "not_audio"
    assert await world.charged() == PRICE


async def test_a_server_in_trouble_is_waited_out_for_longer(world: World) -> None:
    """What was paid for lies there, and will come."""
    world.files.extend([httpx.Response(503)] * 60)
    job = await world.ask()

    await world.reaches(job, State.DELIVERED, within=2400)


async def test_a_file_whose_first_bytes_were_damaged_is_fetched_again(world: World) -> None:
    """It does not even look like audio, and the next time it does: nothing that was paid is lost."""
    world.files.append(httpx.Response(200, content=bytes(byte ^ 0xFF for byte in WAV)))
    job = await world.ask()

    await world.reaches(job, State.DELIVERED)

    assert world.fetched == 2
