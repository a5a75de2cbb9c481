"""Moderators read what goes on, and telling them gets in nobody's way."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from bot.config import Settings
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.domain.job import State
from bot.errors import (
    ContentBlocked,
    DiscordUnavailable,
    LimitReached,
    MissingPermissions,
    Refused,
)
from bot.jobs.audit_trail import (
    BATCH_SECONDS,
    MOST_WAITING,
    Accepted,
    AuditTrail,
    Event,
    Moderated,
    RefusedByModel,
    SettingsChanged,
    TurnedDown,
)
from bot.jobs.runner import Runner
from bot.jobs.service import JobService
from bot.store import guilds
from bot.store.guilds import GuildSettings
from tests.jobs.world import World

GUILD, CHANNEL = GuildId(100), ChannelId(77)
CLOSED = MissingPermissions('Minstrel needs "Send Messages".', names=("Send Messages",))


@dataclass
class Channels:
    """Channels in memory; what is in `faults` happens first."""

    messages: list[tuple[GuildId, ChannelId, Sequence[Event], int]] = field(default_factory=list)
    faults: deque[Exception] = field(default_factory=deque)
    introduced: list[ChannelId] = field(default_factory=list)

    async def tell(
        self, guild_id: GuildId, channel_id: ChannelId, events: Sequence[Event], *, left_out: int
    ) -> None:
        """Keep a message."""
        if self.faults:
            raise self.faults.popleft()
        self.messages.append((guild_id, channel_id, tuple(events), left_out))

    async def introduce(self, guild_id: GuildId, channel_id: ChannelId) -> None:
        """Keep that it was tried."""
        del guild_id
        if self.faults:
            raise self.faults.popleft()
        self.introduced.append(channel_id)

    @property
    def events(self) -> list[Event]:
        """All that was told."""
        return [event for message in self.messages for event in message[2]]


@dataclass
class Office:
    """A bot whose first server has set a channel."""

    world: World
    channels: Channels
    trail: AuditTrail

    async def set(self, settings: GuildSettings, *, guild: int = 100) -> None:
        """Save a server's settings."""
        now = self.world.clock.now()
        await self.world.db.write(guilds.save, GuildId(guild), settings, now=now)


@pytest.fixture
async def office(world: World) -> AsyncIterator[Office]:
    """A world with the trail in it."""
    channels = Channels()
    async with AuditTrail(world.db, channels, world.clock) as trail:
        await world.runner.stop()
        world.runtime = replace(world.runtime, audit=trail)
        world.runner = Runner(world.runtime)
        world.jobs = JobService(world.runtime, world.runner, world.settings)
        world.runner.start()
        office = Office(world, channels, trail)
        await office.set(GuildSettings(audit_channel=CHANNEL, blocked_words=("grumblewort",)))
        yield office


async def test_requests_are_told_together(office: Office) -> None:
    """One message every few seconds at most, however much goes on."""
    jobs = [await office.world.ask(f"piece {number}") for number in range(5)]
    assert office.channels.messages == []

    await office.world.passes(BATCH_SECONDS + 1)

    ((guild, channel, events, left_out),) = office.channels.messages
    assert (guild, channel, left_out) == (GUILD, CHANNEL, 0)
    assert [one.job.id for one in events if isinstance(one, Accepted)] == [job.id for job in jobs]
    assert all(one.job.card_id for one in events if isinstance(one, Accepted))


async def test_refusals_are_told_with_the_blocked_word(office: Office) -> None:
    """Moderators see which of their words it was; the member does not."""
    with pytest.raises(ContentBlocked):
        await office.world.ask("a GRUMBLEWORT waltz")

    await office.world.passes(BATCH_SECONDS + 1)

    (event,) = office.channels.events
    assert isinstance(event, TurnedDown)
    assert (event.word, event.place, event.user_id) == ("grumblewort", "the prompt", 200)


async def test_refusals_by_limits_are_told(office: Office) -> None:
    """With what the member was told."""
    world = office.world
    world.settings = Settings(_env_file=None, minstrel_user_at_once=1)
    world.jobs = JobService(world.runtime, world.runner, world.settings)
    world.provider.instantly = False
    await world.ask()
    with pytest.raises(LimitReached) as caught:
        await world.ask()

    await world.passes(BATCH_SECONDS + 1)

    (event,) = [one for one in office.channels.events if isinstance(one, TurnedDown)]
    assert (event.why, event.word) == (caught.value.sentence, None)


async def test_refusals_by_the_model_are_told_once(office: Office) -> None:
    """When the job ends, and not again when its card is written."""
    world = office.world
    world.provider.instantly = False
    job = await world.ask()
    await world.reaches(job, State.SUBMITTED)
    world.provider.only.outcome = Refused("The content rules said no.")
    from bot.providers.base import Finished  # noqa: PLC0415

    await world.provider.change(world.provider.only, Finished(), Refused("No."))
    await world.reaches(job, State.FAILED)
    await world.passes(BATCH_SECONDS + 1)

    (event,) = [one for one in office.channels.events if isinstance(one, RefusedByModel)]
    assert event.job.id == job.id


async def test_what_moderators_do_to_others_is_told(office: Office) -> None:
    """Cancelling somebody else's request is; cancelling one's own is not."""
    world = office.world
    world.provider.instantly = False
    own, others = await world.ask(), await world.ask()
    await world.jobs.cancel(own.id, world.asker())
    await world.jobs.cancel(others.id, world.asker(user=9, moderates=True))

    await world.passes(BATCH_SECONDS + 1)

    (event,) = [one for one in office.channels.events if isinstance(one, Moderated)]
    assert (event.job.id, event.by, event.was_deleted) == (others.id, 9, False)


async def test_changes_of_settings_are_told(office: Office) -> None:
    """In the sentences that the admin read."""
    await office.trail.settings_changed(GUILD, UserId(9), ["Files are FLAC now."])
    await office.trail.settings_changed(GUILD, UserId(9), [])

    await office.world.passes(BATCH_SECONDS + 1)

    assert office.channels.events == [
        SettingsChanged(guild_id=GUILD, by=UserId(9), sentences=("Files are FLAC now.",))
    ]


async def test_a_server_without_a_channel_is_told_nothing(office: Office) -> None:
    """And nothing of one server is told to another."""
    await office.world.ask(by=office.world.asker(guild=101))

    await office.world.passes(BATCH_SECONDS + 1)

    assert office.channels.messages == []


async def test_a_flood_is_counted_instead_of_kept(office: Office) -> None:
    """Memory is bounded, and moderators know that there was more."""
    for number in range(MOST_WAITING + 50):
        await office.trail.settings_changed(GUILD, UserId(9), [f"Change {number}."])

    await office.world.passes(BATCH_SECONDS + 1)

    ((_guild, _channel, events, left_out),) = office.channels.messages
    assert (len(events), left_out) == (MOST_WAITING, 50)


async def test_an_outage_delays_the_news_and_loses_none(office: Office) -> None:
    """It is told in its order once Discord is back."""
    office.channels.faults.append(DiscordUnavailable("Discord is down."))
    first = await office.world.ask("first")
    await office.world.passes(BATCH_SECONDS + 1)
    second = await office.world.ask("second")

    await office.world.passes(BATCH_SECONDS + 1)

    told = [one.job.id for one in office.channels.events if isinstance(one, Accepted)]
    assert told == [first.id, second.id]


async def test_a_closed_channel_is_logged_once_and_harms_no_job(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody is told for ever of what an admin has to put right, and it heals by itself."""
    caplog.set_level(logging.WARNING)
    office.channels.faults += [CLOSED, CLOSED, CLOSED]
    for _ in range(3):
        job = await office.world.ask()
        await office.world.reaches(job, State.DELIVERED)
        await office.world.passes(BATCH_SECONDS + 1)
    await office.world.ask("last")
    await office.world.passes(BATCH_SECONDS + 1)

    warnings = [one for one in caplog.records if "audit channel" in one.getMessage()]
    assert len(warnings) == 1
    assert len(office.channels.events) == 1


async def test_an_error_that_nobody_foresaw_harms_nobody(office: Office) -> None:
    """The next news is told all the same."""
    office.channels.faults.append(ValueError("surprise"))
    await office.world.ask("first")
    await office.world.passes(BATCH_SECONDS + 1)
    await office.world.ask("second")

    await office.world.passes(BATCH_SECONDS + 1)

    assert len(office.channels.events) == 1


async def test_an_admin_is_told_at_once_of_a_channel_that_cannot_be_used(office: Office) -> None:
    """When it is chosen, which is when it can be put right."""
    office.channels.faults.append(CLOSED)

    with pytest.raises(MissingPermissions):
        await office.trail.introduce(GUILD, CHANNEL)
    await office.trail.introduce(GUILD, CHANNEL)

    assert office.channels.introduced == [CHANNEL]


async def test_what_waits_is_told_before_the_process_ends(office: Office) -> None:
    """A stop in order loses no news."""
    await office.world.ask()

    await office.trail.flush()

    assert len(office.channels.events) == 1
