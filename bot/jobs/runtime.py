"""What the steps of a job work with, and the deadlines they keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot import catalogue
from bot.audio.download import Downloader
from bot.audio.shelf import Shelf
from bot.audio.workshop import Workshop
from bot.catalogue import Endpoint
from bot.domain.clock import Clock
from bot.domain.ids import GuildId, JobId, WorkerId
from bot.domain.job import Job, State
from bot.domain.takes import as_one
from bot.jobs.alarms import Alarms
from bot.jobs.audit_trail import Audit, Nobody
from bot.jobs.backoff import Backoff
from bot.jobs.bell import Bell, to_nobody
from bot.jobs.board import Board, CardState
from bot.jobs.call_addresses import CallAddresses
from bot.jobs.gate import Gates
from bot.jobs.peers import Peers
from bot.jobs.runtimes import RunTimes
from bot.jobs.shop import Shop
from bot.limits import is_worth_telling
from bot.providers.base import Provider
from bot.providers.closed import ClosedProvider
from bot.store import guilds, jobs, pings
from bot.store.database import Database
from bot.store.guilds import GuildSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long things may take; in seconds.

    Attributes:
        post: How long a job whose card cannot be posted waits for Discord.
        deliver: How long Discord is offered a card's last look, and its audio.
        give_up: How long a job is offered to a provider that does not take it.
        intent: How old a durable intent may be when its POST leaves; an older one is not sent.
        lease: How long a job stays with a process that has stopped renewing.
        unknown_grace: How long a lost submit is looked for; None for the model's longest wait and
            run, and ten minutes more.
    """

    post: float = 3600
    deliver: float = 24 * 3600
    give_up: float = 1800
    intent: float = 5
    lease: float = 30
    unknown_grace: float | None = None

    def deadline(self, job: Job) -> datetime:
        """Give the moment when a submitted job must have its result."""
        return self._longest(job, job.submit_at or job.created_at)

    @staticmethod
    def _longest(job: Job, sent_at: datetime) -> datetime:
        about = catalogue.find(job.model).about
        return sent_at + timedelta(seconds=about.start_seconds + about.run_seconds)

    def grace_ends_at(self, job: Job) -> datetime:
        """Give the moment when an unknown submit is given up and refunded.

        Of a job from a backup nobody knows when it was sent, only that it was before the backup was
        put back, which is when the job was written last.
        """
        sent_at = job.submit_at or job.updated_at
        if self.unknown_grace is None:
            return self._longest(job, sent_at) + timedelta(minutes=10)
        return sent_at + timedelta(seconds=self.unknown_grace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long, and in how much room, things are kept.

    Attributes:
        days: For how long the audio as it was made, to outlive everybody's links.
        limit_bytes: How much of that.
        retention_days: The longest that a server may keep its pieces and their words; None for good.
        grace_days: How long a server's data outlives the bot's removal from it.
    """

    days: float = 30
    limit_bytes: int = 10 * 1024**3
    retention_days: int | None = None
    grace_days: float = 7


SETTLING_LOOKS = 15
SETTLING_SECONDS = 0.2

PARENTS = 1000
"""Pieces that are remembered for the cards of what was made from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Everything outside the process that a job touches, behind the doors of other rooms.

    Attributes:
        gates: Whether each provider takes work, and how much at once.
        alarms: What the operator is told.
        calls: Where providers may call; None where they cannot.
        bell: Rung when one of a card's takes got further.
        ahead: How many others take their turn first, of the cards that wait for one.
        run_times: What models usually take.
        parents: What the pieces on live cards were made from.
        pings: Cards of which somebody wants to be told when they are over.
        tell: Tells the other processes, if there are any, what `Runner.hear` understands.
        peers: The processes that work on the jobs.
        audit: What moderators are told.
        houses: Servers' settings, as they were when something was last asked for there.
    """

    db: Database
    alarms: Alarms
    providers: Mapping[str, Provider]
    board: Board
    downloader: Downloader
    workshop: Workshop
    shelf: Shelf
    work_dir: Path
    clock: Clock
    worker: WorkerId
    gates: Gates
    calls: CallAddresses | None = None
    keeping: Keeping = field(default_factory=Keeping)
    timing: Timing = field(default_factory=Timing)
    backoff: Backoff = field(default_factory=Backoff)
    shop: Shop = field(default_factory=Shop)
    bell: Bell = field(default_factory=Bell)
    ahead: dict[JobId, int] = field(default_factory=dict)
    run_times: RunTimes = field(default_factory=RunTimes)
    parents: dict[JobId, Job] = field(default_factory=dict)
    pings: set[JobId] = field(default_factory=set)
    tell: Callable[[str], None] = to_nobody
    peers: Peers = field(default_factory=Peers)
    audit: Audit = field(default_factory=Nobody)
    houses: dict[GuildId, GuildSettings] = field(default_factory=dict)

    def provider(self, job: Job) -> Provider:
        """Give the provider that a job was priced for."""
        return self.providers.get(job.provider) or ClosedProvider(job.provider)

    def provider_of(self, model: type[Endpoint]) -> Provider:
        """Give the provider that runs a model."""
        name = model.about.provider
        return self.providers.get(name) or ClosedProvider(name)

    async def takes(self, job: Job) -> list[Job]:
        """List the jobs that share a job's card, itself as it is given."""
        stored, is_wanted = await self.db.read(_takes_and_ping, job.card_owner)
        (self.pings.add if is_wanted else self.pings.discard)(job.card_owner)
        await self._learn_about(job)
        return [job if take.id == job.id else take for take in stored] or [job]

    async def takes_of(self, card_owners: Sequence[JobId]) -> list[list[Job]]:
        """List the jobs that share each of these cards, as far as there are any."""
        if not card_owners:
            return []
        found, wanted = await self.db.read(_takes_and_pings, card_owners)
        self.pings.difference_update(card_owners)
        self.pings.update(wanted.intersection(card_owners))
        for takes in found:
            await self._learn_about(takes[0])
        return found

    async def _learn_about(self, job: Job) -> None:
        """Read what else a card says, where it is not known yet."""
        if job.guild_id not in self.houses:
            self.know(job.guild_id, await self.db.read(guilds.get, job.guild_id))
        if job.parent_id is not None and job.parent_id not in self.parents:
            await self._remember(job.parent_id)

    def know(self, guild_id: GuildId, settings: GuildSettings) -> None:
        """Remember a server's settings for its cards, and for what is offered on them."""
        self.houses[guild_id] = settings
        self.shop.allowed[guild_id] = settings.allowed_models

    def _ready_at(self, job: Job) -> datetime | None:
        """Give the moment when a job should be done, as long as it lies ahead."""
        ready_at = self.run_times.ready_at(job)
        return ready_at if ready_at is not None and ready_at > self.clock.now() else None

    async def settled(self, job: Job) -> Job:
        """Give a job as it is once its delivery is written down.

        Members see, and press, a moment before that: the card is edited first.
        """
        for _ in range(SETTLING_LOOKS):
            if job.state is not State.GENERATED:
                break
            await self.clock.sleep(SETTLING_SECONDS)
            current = await self.db.read(jobs.get, job.id)
            job = job if current is None else current
        return job

    async def _remember(self, parent_id: JobId) -> None:
        parent = await self.db.read(jobs.get, parent_id)
        if parent is None:
            return
        while len(self.parents) >= PARENTS:
            del self.parents[next(iter(self.parents))]
        self.parents[parent_id] = parent

    def card(
        self,
        takes: Sequence[Job],
        *,
        paused: str | None = None,
        progress: str | None = None,
        trouble: str | None = None,
    ) -> CardState:
        """Say what the card of these takes shows."""
        whole = as_one(takes)
        waits = whole.state is State.ACCEPTED
        return CardState(
            job=whole,
            takes=tuple(takes) if len(takes) > 1 else (),
            ahead=self.ahead.get(whole.id) if waits else None,
            paused=paused or (self.gates.of(whole.provider).reason if waits else None),
            progress=progress if whole.state is State.RUNNING else None,
            ready_at=self._ready_at(whole),
            parent=None if whole.parent_id is None else self.parents.get(whole.parent_id),
            trouble=trouble,
            rings=whole.id in self.pings,
            tells_price=is_worth_telling(
                whole.estimate, self.houses.get(whole.guild_id, GuildSettings())
            ),
        )

    async def show(
        self,
        job: Job,
        *,
        paused: str | None = None,
        progress: str | None = None,
        trouble: str | None = None,
    ) -> None:
        """Bring the card of a job up to date, unless it shows its end already."""
        takes = await self.takes(job)
        if progress is not None and len(takes) > 1:
            progress = f"{job.letter}: {progress}"
        state = self.card(takes, paused=paused, progress=progress, trouble=trouble)
        if not state.job.state.is_final:
            self.board.show(state)


def _takes_and_ping(conn: Any, leader_id: JobId) -> tuple[list[Job], bool]:
    """Read all that a card shows of its jobs at one moment."""
    return jobs.takes(conn, leader_id), pings.is_wanted(conn, leader_id)


def _takes_and_pings(conn: Any, leader_ids: Sequence[JobId]) -> tuple[list[list[Job]], set[JobId]]:
    """Read the same of many cards."""
    return jobs.takes_of(conn, leader_ids), pings.wanted(conn)
