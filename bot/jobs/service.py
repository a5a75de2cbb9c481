"""What members and admins can do with jobs: ask for one, cancel it, ask for it again."""

from __future__ import annotations

import logging
import random as _random
from contextlib import suppress
from dataclasses import dataclass, replace

from bot import catalogue
from bot.catalogue import Ask, Market
from bot.config import Settings
from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId
from bot.domain.job import AudioFormat, Failure, Job, NewJob, State
from bot.domain.money import ZERO
from bot.errors import (
    DeliveryError,
    InvalidInput,
    LostRace,
    NotAllowed,
    NotFound,
    NotYours,
)
from bot.jobs.asks import ask_of, headline, typed
from bot.jobs.board import CardState
from bot.jobs.runner import Runner
from bot.jobs.runtime import Runtime
from bot.limits import Policy
from bot.store import guilds, jobs

log = logging.getLogger(__name__)

CARD_SECONDS = 10
"""How long posting a card may take before the runner does it in the command's stead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, where, and by which interaction.

    Attributes:
        moderates: Whether they may handle other members' jobs (Manage Messages).
    """

    interaction_id: int
    token: str
    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    moderates: bool = False


class JobService:
    """The one door to jobs for commands and buttons."""

    def __init__(
        self,
        runtime: Runtime,
        runner: Runner,
        settings: Settings,
        *,
        random: _random.Random | None = None,
    ) -> None:
        self._rt = runtime
        self._runner = runner
        self._settings = settings
        self._random = random or _random.SystemRandom()
        self._closing = False

    @property
    def market(self) -> Market:
        """What is known at the moment of the models' availability and prices."""
        return self._rt.shop.market

    def close(self) -> None:
        """Take no more requests: the process is about to end."""
        self._closing = True

    async def ask(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat = AudioFormat.MP3,
        parent: JobId | None = None,
    ) -> Job:
        """Accept a request: checked, priced, reserved, and its card posted, in that order.

        The same interaction delivered twice is one job. Nothing is spent when this raises.

        Raises:
            UserError: With a sentence for the member.
            DeliveryError: The card cannot be posted; the job was withdrawn.
        """
        if self._closing:
            raise NotAllowed("Minstrel is restarting. Please ask again in a minute.")
        order = catalogue.prepare(ask, random=self._random, market=self.market)
        new = NewJob(
            id=JobId(by.interaction_id),
            guild_id=by.guild_id,
            user_id=by.user_id,
            channel_id=by.channel_id,
            kind=ask.kind,
            provider="fal",
            model=order.model,
            prompt=headline(ask),
            arguments=order.arguments,
            options=typed(ask),
            format=audio_format,
            estimate=order.estimate,
            priced_by=order.priced_by,
            parent_id=parent,
            interaction_token=by.token,
        )
        policy = await self._policy(by.guild_id)
        rt = self._rt
        job = await rt.db.write(
            jobs.accept,
            new,
            policy=policy,
            now=rt.clock.now(),
            hold_seconds=CARD_SECONDS,
        )
        if job is None:
            log.info("interaction %s came twice", by.interaction_id)
            return await self._get(new.id)
        log.info("job %s: accepted for guild %s, %s", job.id, job.guild_id, job.model)
        return await self._put_up(job)

    async def again(self, job_id: JobId, by: Asker) -> Job:
        """Ask for the same once more, with a new seed, at the cost of whoever presses."""
        old = await self._get(job_id, guild=by.guild_id)
        again = replace(ask_of(old), seed=None)
        return await self.ask(again, by, audio_format=old.format, parent=old.parent_id)

    async def try_other(self, job_id: JobId, by: Asker) -> Job:
        """Ask for the same of the model that a failed job's card offers, at the presser's cost.

        Raises:
            InvalidInput: Nothing is offered, or that model cannot do it after all; the sentence
                says which option is in its way, and nothing is left out to make it fit.
        """
        old = await self._get(job_id, guild=by.guild_id)
        offer = old.failure.offer if old.failure else None
        if offer is None:
            raise InvalidInput("No other model is offered here. Press Again, or see /models.")
        other = replace(ask_of(old), model=offer)
        return await self.ask(other, by, audio_format=old.format, parent=old.parent_id)

    async def cancel(self, job_id: JobId, by: Asker) -> Job:
        """Withdraw a job that has not been made yet.

        Raises:
            NotFound, NotYours: There is no such job here, or it is somebody else's.
            InvalidInput: It is too late to matter.
        """
        while True:
            job = await self._get(job_id, guild=by.guild_id)
            if job.user_id != by.user_id and not by.moderates:
                raise NotYours(
                    "Only the member who asked for this, or someone who may manage messages, "
                    "can cancel it."
                )
            try:
                return await self._cancel(job)
            except LostRace:
                continue

    async def _cancel(self, job: Job) -> Job:
        rt = self._rt
        now = rt.clock.now()
        if job.state is State.ACCEPTED:
            failure = Failure(code="cancelled", sentence="Cancelled.")
            job = await rt.db.write(
                jobs.finish, job, State.CANCELLED, cost=ZERO, failure=failure, now=now
            )
            self._runner.poke()
            return job
        if job.state not in {State.DISPATCHING, State.SUBMITTED, State.RUNNING}:
            raise InvalidInput("It is too late to cancel this: it is being finished, or is over.")
        if job.cancel_at is None:
            job = await rt.db.write(jobs.amend, job, now=now, cancel_at=now)
            self._runner.nudge(job.id)
        return job

    async def _put_up(self, job: Job) -> Job:
        """Post the card of a job that was just accepted; without one there is no job."""
        rt = self._rt
        try:
            card_id = await rt.board.post(CardState(job=job))
        except DeliveryError as error:
            now = rt.clock.now()
            failure = Failure(code=error.code, sentence=error.sentence)
            try:
                await rt.db.write(
                    jobs.finish,
                    job,
                    State.CANCELLED,
                    cost=ZERO,
                    failure=failure,
                    now=now,
                    shown_at=now,
                )
            except LostRace:
                # It took so long that the runner has posted the card, or tells why it cannot.
                return await self._get(job.id)
            raise
        job = await self._link(job, card_id)
        self._runner.poke()
        return job

    async def _link(self, job: Job, card_id: MessageId) -> Job:
        """Write down which message is a job's card, whoever touched the job meanwhile."""
        rt = self._rt
        while job.card_id is None:
            try:
                job = await rt.db.write(jobs.set_card, job, card_id, rt.clock.now())
            except LostRace:
                # The runner posted the very same card, or somebody was quick to press Cancel.
                job = await self._get(job.id)
        if job.state.is_final:
            with suppress(DeliveryError):
                await rt.board.settle(CardState(job=job))
        return job

    async def _policy(self, guild_id: GuildId) -> Policy | None:
        if not self._settings.minstrel_limits:
            return None
        return Policy.of(self._settings, await self._rt.db.read(guilds.get, guild_id))

    async def _get(self, job_id: JobId, *, guild: GuildId | None = None) -> Job:
        job = await self._rt.db.read(jobs.get, job_id)
        if job is None or (guild is not None and job.guild_id != guild):
            raise NotFound("Minstrel does not know this piece any more.")
        return job
