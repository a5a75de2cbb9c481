"""What its channel does not take: kept, handed to whoever asked, and shown where it can be."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.domain.ids import ChannelId, GuildId, MessageId
from bot.domain.job import Job, State
from bot.errors import (
    ChannelGone,
    DeliveryError,
    DiscordUnavailable,
    MessageGone,
    NotFound,
    TooLarge,
)
from bot.jobs.archive import Archive
from bot.jobs.material import AttachedFile
from bot.jobs.runtime import Timing
from bot.jobs.sources import Sources
from tests.jobs.world import PRICE, World

GONE = ChannelGone("The channel is gone.")


class NoMessages:
    """Discord, where nothing is left."""

    async def attachments_of(
        self, channel_id: ChannelId, message_id: MessageId, *, within: GuildId | None = None
    ) -> Sequence[AttachedFile]:
        """Find nothing."""
        del channel_id, message_id, within
        raise MessageGone("The message is gone.")


async def _undelivered(world: World) -> Job:
    world.board.settle_faults.extend([GONE, GONE])
    return await world.reaches(await world.ask(), State.UNDELIVERED)


def _archive(world: World) -> Archive:
    return Archive(world.runtime, Sources.of(world.runtime, NoMessages()))


async def test_whoever_asked_is_sent_the_audio(world: World) -> None:
    """With the reason, and where else it can be had."""
    seen: list[bytes] = []
    world.board.look_at_sounds = lambda sounds: seen.extend(
        sound.path.read_bytes() for sound in sounds
    )
    job = await _undelivered(world)

    ((state, reason),) = world.board.handed
    assert state.job.user_id == job.user_id
    assert state.job.state is State.DELIVERED
    assert len(state.sounds) == 1
    assert len(seen) == 2  # once for the channel, once for the member
    assert reason.startswith("The channel is gone.")
    assert f"/show id:{job.id}" in reason
    assert job.failure is not None
    assert "by direct message" in job.failure.sentence
    assert await world.charged() == PRICE


async def test_who_takes_no_direct_messages_finds_it_by_show(world: World) -> None:
    """Nothing is tried again."""
    world.board.hand_over_faults.append(DeliveryError("No direct messages."))
    job = await _undelivered(world)

    assert world.board.handed == []
    assert job.failure is not None
    assert "by direct message" not in job.failure.sentence
    assert f"/show id:{job.id}" in job.failure.sentence


async def test_what_is_too_large_to_be_sent_is_told_of(world: World) -> None:
    """A direct message takes less than a boosted server."""
    world.board.hand_over_faults.append(TooLarge("Too large."))
    job = await _undelivered(world)

    ((state, _),) = world.board.handed
    assert state.sounds == ()
    assert job.failure is not None
    assert "by direct message" not in job.failure.sentence


async def test_an_outage_while_handing_over_is_tried_thrice(world: World) -> None:
    """Then the job ends all the same: the piece is kept."""
    world.board.hand_over_faults.extend([DiscordUnavailable("Down.")] * 9)
    await _undelivered(world)

    assert len(world.board.hand_over_faults) == 6


async def test_show_brings_it_to_another_channel_and_it_is_delivered(world: World) -> None:
    """Once, without any further charge."""
    job = await _undelivered(world)
    posted = len(world.board.looks)

    await _archive(world).show(job, world.asker())

    assert len(world.board.looks) == posted + 1
    shown = list(world.board.looks.values())[-1][-1].state
    assert shown.job.state is State.DELIVERED
    assert len(shown.sounds) == 1
    now = await world.job(job)
    assert now.state is State.DELIVERED
    assert now.failure is None
    assert await world.charged() == PRICE


async def test_show_outlives_the_providers_links(world: World) -> None:
    """The file is ours: nobody is asked for it again."""
    job = await _undelivered(world)
    fetched = world.fetched
    world.provider.requests.clear()

    await _archive(world).show(job, world.asker())

    assert world.fetched == fetched


async def test_what_cannot_be_shown_there_either_stays_undelivered(world: World) -> None:
    """And can be asked for once more."""
    job = await _undelivered(world)
    world.board.post_faults.append(GONE)

    with pytest.raises(ChannelGone):
        await _archive(world).show(job, world.asker())
    assert (await world.job(job)).state is State.UNDELIVERED

    await _archive(world).show(job, world.asker())
    assert (await world.job(job)).state is State.DELIVERED


async def test_what_was_never_made_is_not_shown(world: World) -> None:
    """Its card says why."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    await world.jobs.cancel(job.id, world.asker())
    ended = await world.reaches(job, State.CANCELLED)

    with pytest.raises(NotFound):
        await _archive(world).show(ended, world.asker())


async def test_a_crash_while_handing_over_loses_nothing(world: World) -> None:
    """It is tried anew from where the row says: made, and not delivered."""
    world.board.settle_faults.extend([GONE] * 9)
    world.board.hand_over_faults.extend([DiscordUnavailable("Down.")] * 1)
    job = await world.ask()
    await world.reaches(job, State.GENERATED)
    await world.restart()

    await world.reaches(job, State.UNDELIVERED)

    assert len(world.board.handed) == 1
    assert world.provider.sent == 1


async def test_an_outage_that_never_ends_ends_the_delivery(world: World) -> None:
    """After a day; the piece is kept, and the sentence says what is charged."""
    world.timing = Timing(unknown_grace=90, deliver=300)
    await world.restart()
    world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 99)
    job = await world.ask()

    done = await world.reaches(job, State.UNDELIVERED, step=20, within=2_000)

    assert done.failure is not None
    assert "Discord has not taken the audio" in done.failure.sentence
    assert done.files
    assert await world.charged() == PRICE


async def test_an_end_that_never_gets_through_is_let_go(world: World) -> None:
    """It stands in the database; nothing is tried for ever."""
    world.timing = Timing(unknown_grace=90, deliver=300)
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    world.board.settle_faults.extend([DiscordUnavailable("Down.")] * 99)

    await world.jobs.cancel(job.id, world.asker())
    await world.reaches(job, State.CANCELLED, step=20, within=2_000)

    assert 3 < len(world.board.attempts) < 30


async def test_a_card_that_can_never_be_posted_ends_the_job_unpaid(world: World) -> None:
    """Nothing is spent before it stands."""
    world.timing = Timing(unknown_grace=90, post=300)
    await world.restart()
    world.board.post_faults.extend([DiscordUnavailable("Down.")] * 99)
    job = await world.ask()

    done = await world.reaches(job, State.CANCELLED, step=20, within=2_000)

    assert done.failure is not None
    assert world.provider.sent == 0
    assert await world.charged() == 0


async def test_what_waits_in_a_server_that_removed_the_bot_is_not_paid_for(
    world: World,
) -> None:
    """What others wait for goes on waiting, and what is at the provider goes on there."""
    world.provider.instantly = False
    running = await world.ask("running")
    await world.reaches(running, State.SUBMITTED)
    world.max_active = 1
    await world.restart()
    waiting = await world.ask("waiting")
    other = await world.ask("other", by=world.asker(guild=101))

    await world.jobs.abandon(waiting.guild_id)

    assert (await world.job(waiting)).state is State.CANCELLED
    assert (await world.job(other)).state is State.ACCEPTED
    assert (await world.job(running)).state is State.SUBMITTED
    assert world.provider.sent == 1


async def test_a_card_that_was_deleted_after_it_failed_is_let_be(world: World) -> None:
    """There is nothing to say to nobody."""
    world.max_active = 0
    await world.restart()
    job = await world.ask()
    world.board.settle_faults.append(MessageGone("Deleted."))

    await world.jobs.cancel(job.id, world.asker())

    await world.reaches(job, State.CANCELLED, within=5)
