"""Cards: posted once, edited at a bearable pace, edited last with the audio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.domain.ids import ChannelId
from bot.domain.job import Failure, Job, State
from bot.errors import (
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    MessageGone,
    MissingPermissions,
    TooLarge,
)
from bot.jobs.board import CardState, Sound
from sandbox.faults import Fault
from tests.jobs.delivery.conftest import Gallery

SILENT = 1 << 12


@pytest.fixture
def sounds(tmp_path: Path) -> tuple[Sound, ...]:
    """A song and its picture."""
    audio, picture = tmp_path / "song.mp3", tmp_path / "wave.png"
    audio.write_bytes(b"\xff\xfb\x90\x00" * 100)
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    return (Sound(path=audio, file_name="tune.mp3", seconds=3, waveform=picture),)


async def deliver(gallery: Gallery, job: Job, sounds: tuple[Sound, ...]) -> int:
    """Write a card's end with its audio; gives the message."""
    state = CardState(job=gallery.at(job, State.DELIVERED), sounds=sounds)
    message: int = await gallery.through(gallery.cards.settle(state))
    return message


# -- posting ---------------------------------------------------------------------------------------


async def test_a_card_is_an_ordinary_silent_message(gallery: Gallery) -> None:
    """It says for whom it is and pings nobody."""
    job = await gallery.posted()

    (message,) = await gallery.messages()
    assert int(message["id"]) == job.card_id
    assert message["flags"] & SILENT
    assert "<@7>" in message["content"]
    assert message["mentions"] == []


async def test_posting_the_same_card_twice_gives_the_first_one(gallery: Gallery) -> None:
    """After a crash between the card and the row, Discord knows the nonce."""
    state = CardState(job=gallery.job())

    first = await gallery.through(gallery.cards.post(state))
    second = await gallery.through(gallery.cards.post(state))

    assert first == second
    assert len(await gallery.messages()) == 1


# -- on the way ------------------------------------------------------------------------------------


async def test_of_many_changes_only_the_newest_is_shown(gallery: Gallery) -> None:
    """A model that prints a line every moment does not make an edit of each."""
    job = await gallery.posted()
    running = gallery.at(job, State.RUNNING)

    for step in range(50):
        gallery.cards.show(CardState(job=running, progress=f"step {step}"))
        await asyncio.sleep(0)
    await gallery.quiet()

    (message,) = await gallery.messages()
    assert "step 49" in message["embeds"][0]["description"]
    assert len(gallery.edits) < 10


async def test_what_looks_the_same_is_not_edited_again(gallery: Gallery) -> None:
    """An edit that changes nothing costs as much as one that does."""
    job = await gallery.posted()
    for _ in range(3):
        gallery.cards.show(CardState(job=gallery.at(job, State.SUBMITTED)))
        await gallery.quiet(3)

    assert len(gallery.edits) == 1


async def test_a_job_that_rushes_is_still_seen_on_its_way(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Two stages at least come between the card and the result, in their order."""
    job = await gallery.posted()
    for state in (State.SUBMITTED, State.RUNNING, State.GENERATED):
        gallery.cards.show(CardState(job=gallery.at(job, state)))

    await deliver(gallery, job, sounds)

    files = [files for _, files, _ in gallery.edits]
    assert len(files) >= 3
    assert files[:-1] == [0] * (len(files) - 1)
    assert files[-1] == 2


async def test_nothing_is_edited_after_the_last(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Neither what was lined up before nor what comes late overwrites the result."""
    job = await gallery.posted()
    for state in (State.SUBMITTED, State.RUNNING, State.GENERATED) * 3:
        gallery.cards.show(CardState(job=gallery.at(job, state)))
    await deliver(gallery, job, sounds)
    count = len(gallery.edits)

    gallery.cards.show(CardState(job=gallery.at(job, State.GENERATED)))
    await gallery.quiet()

    assert len(gallery.edits) == count
    (message,) = await gallery.messages()
    assert len(message["attachments"]) == 2


async def test_a_channel_full_of_live_cards_is_never_turned_away(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Eight jobs at once: not one 429, and never more than five edits in five seconds."""
    jobs = [await gallery.posted() for _ in range(8)]

    async def live(job: Job) -> None:
        for state in (State.SUBMITTED, State.RUNNING, State.RUNNING, State.GENERATED):
            gallery.cards.show(CardState(job=gallery.at(job, state)))
            await gallery.clock.sleep(2)
        end = CardState(job=gallery.at(job, State.DELIVERED), sounds=sounds)
        await gallery.cards.settle(end)

    await gallery.through(asyncio.gather(*(live(job) for job in jobs)))

    assert gallery.refused == 0
    times = [at for _, _, at in gallery.edits]
    windows = zip(times, times[5:], strict=False)
    assert min((later - earlier).total_seconds() for earlier, later in windows) > 5
    for job in jobs:
        seen = [files for message, files, _ in gallery.edits if message == job.card_id]
        assert len(seen) >= 3
        assert seen[-1] == 2


async def test_a_rush_of_new_cards_is_let_in_one_by_one(gallery: Gallery) -> None:
    """Thirty people ask at once: not one 429, and it takes as long as Discord wants it to."""
    began = gallery.clock.monotonic()

    await gallery.through(asyncio.gather(*(gallery.posted() for _ in range(30))))

    assert gallery.refused == 0
    assert gallery.clock.monotonic() - began > 25


async def test_pings_and_copies_wait_at_the_same_door(gallery: Gallery) -> None:
    """They are messages too: whatever is posted in a channel, Discord counts it together."""
    jobs = [await gallery.through(gallery.posted()) for _ in range(4)]
    here = ChannelId(int(gallery.town.channel))

    await gallery.through(
        asyncio.gather(
            *(gallery.cards.ring(job) for job in jobs),
            *(gallery.cards.repost(CardState(job=job), here, nonce=f"{job.id}9") for job in jobs),
        )
    )

    assert gallery.refused == 0
    assert len(await gallery.messages()) == 12


async def test_in_a_crowd_results_go_before_stages_that_nobody_saw(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """Where two dozen cards wait to be edited, a result is the next edit but those of its kind."""
    jobs = [await gallery.through(gallery.posted()) for _ in range(24)]
    for state in (State.SUBMITTED, State.RUNNING):
        for job in jobs:
            gallery.cards.show(CardState(job=gallery.at(job, state)))

    await deliver(gallery, jobs[-1], sounds)

    seen = [files for message, files, _ in gallery.edits if message == jobs[-1].card_id]
    assert seen == [2]


async def test_an_outage_delays_a_card_and_nothing_else(gallery: Gallery) -> None:
    """An edit that fails is left behind; the next one shows how things stand."""
    job = await gallery.posted()
    gallery.town.faults.add(Fault(where="discord.message_edit", what="status", status=503))
    gallery.cards.show(CardState(job=gallery.at(job, State.SUBMITTED)))
    await gallery.quiet(5)

    gallery.cards.show(CardState(job=gallery.at(job, State.RUNNING)))
    await gallery.quiet(5)

    (message,) = await gallery.messages()
    assert "Making music" in message["embeds"][0]["description"]


async def test_flushing_brings_every_card_up_to_date(gallery: Gallery) -> None:
    """The last thing before the process ends."""
    jobs = [await gallery.posted() for _ in range(3)]
    for job in jobs:
        gallery.cards.show(CardState(job=gallery.at(job, State.RUNNING)))

    await gallery.through(gallery.cards.flush())

    assert {message for message, _, _ in gallery.edits} == {job.card_id for job in jobs}


# -- the last --------------------------------------------------------------------------------------


async def test_the_result_comes_by_edit_with_audio_and_picture(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """One message from beginning to end; writing its end twice changes nothing."""
    job = await gallery.posted()

    first = await deliver(gallery, job, sounds)
    second = await deliver(gallery, job, sounds)

    assert first == second == job.card_id
    (message,) = await gallery.messages()
    assert [one["filename"] for one in message["attachments"]] == ["tune.mp3", "waveform.png"]


async def test_a_deleted_card_is_answered_with_one_new_message(
    gallery: Gallery, sounds: tuple[Sound, ...]
) -> None:
    """The audio comes anyway; doing it again after a crash gives the same message."""
    job = await gallery.posted()
    await gallery.town.post(
        f"/client/channels/{gallery.town.channel}/messages/{job.card_id}",
        {},
        status=204,
        method="DELETE",
    )

    first = await deliver(gallery, job, sounds)
    second = await deliver(gallery, job, sounds)

    assert first == second != job.card_id
    (message,) = await gallery.messages()
    assert len(message["attachments"]) == 2


async def test_a_deleted_card_without_audio_stays_deleted(gallery: Gallery) -> None:
    """Nobody wants to be told again what they removed."""
    job = await gallery.posted()
    await gallery.town.post(
        f"/client/channels/{gallery.town.channel}/messages/{job.card_id}",
        {},
        status=204,
        method="DELETE",
    )
    failure = Failure(code="cancelled", sentence="Cancelled.")
    state = CardState(job=gallery.at(job, State.CANCELLED, failure=failure))

    with pytest.raises(MessageGone):
        await gallery.through(gallery.cards.settle(state))

    assert await gallery.messages() == []


async def test_a_file_over_the_limit_is_too_large(gallery: Gallery, tmp_path: Path) -> None:
    """Discord's word for it is 413."""
    job = await gallery.posted()
    huge = tmp_path / "huge.mp3"
    huge.write_bytes(bytes(11 * 2**20))
    sound = Sound(path=huge, file_name="huge.mp3", seconds=3)

    with pytest.raises(TooLarge):
        await deliver(gallery, job, (sound,))


@pytest.mark.parametrize("denied", ["send_messages", "view_channel"])
async def test_a_missing_permission_is_named(gallery: Gallery, denied: str) -> None:
    """As Discord's own settings name it."""
    await gallery.town.post(
        f"/control/channels/{gallery.town.channel}/permissions", {"deny": [denied]}, method="PUT"
    )

    with pytest.raises(MissingPermissions) as caught:
        await gallery.posted()

    assert denied.replace("_", " ").title() in caught.value.names


async def test_a_deleted_channel_is_gone(gallery: Gallery) -> None:
    """There is nowhere to put a card."""
    nowhere = ChannelId(12345)

    with pytest.raises(ChannelGone):
        await gallery.through(gallery.cards.post(CardState(job=gallery.job(channel_id=nowhere))))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(where="discord.message_*", what="status", status=500, times=None),
        Fault(where="discord.message_*", what="status", status=503, times=None),
        Fault(where="discord.message_*", what="drop_before", times=None),
        Fault(where="discord.message_*", what="drop_after", times=None),
        Fault(where="discord.message_*", what="corrupt", times=None),
    ],
    ids=["500", "503", "dropped", "dropped after", "answered with broken JSON"],
)
async def test_an_outage_is_told_from_a_refusal(
    gallery: Gallery, fault: Fault, sounds: tuple[Sound, ...]
) -> None:
    """What may work later is tried later; the audio comes once Discord is back."""
    job = await gallery.posted()
    gallery.town.faults.add(fault)
    with pytest.raises(DiscordUnavailable):
        await deliver(gallery, job, sounds)

    gallery.town.faults.clear()
    await deliver(gallery, job, sounds)

    (message,) = await gallery.messages()
    assert len(message["attachments"]) == 2


async def test_a_refusal_of_discords_own_is_neither_outage_nor_loss(gallery: Gallery) -> None:
    """AutoMod and link filters have their own codes; the sentence says what to do."""
    body = '{"message": "Blocked", "code": 240000}'
    gallery.town.faults.add(
        Fault(where="discord.message_create", what="status", status=400, body=body)
    )

    with pytest.raises(DeliveryError) as caught:
        await gallery.posted()

    assert "link filter" in caught.value.sentence


async def test_files_up_to_the_servers_limit_are_promised(gallery: Gallery) -> None:
    """A server that the client has not seen yet takes what every server takes."""
    assert await gallery.cards.limit_bytes(gallery.job()) == 10 * 2**20


async def test_a_removed_card_is_gone_for_everybody(gallery: Gallery) -> None:
    """And removing it again is harmless."""
    job = await gallery.posted()

    await gallery.through(gallery.cards.remove(job))
    await gallery.through(gallery.cards.remove(job))

    assert await gallery.messages() == []
