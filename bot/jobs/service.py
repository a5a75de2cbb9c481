"""What members and admins can do with jobs: ask for one, cancel it, ask for it again."""

from __future__ import annotations

import logging
import random as _random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from bot import catalogue
from bot.catalogue import Ask, Market, Order
from bot.config import Settings
from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId
from bot.domain.job import AudioFormat, Failure, Job, NewJob
from bot.domain.takes import as_one
from bot.errors import (
    DeliveryError,
    DiscordUnavailable,
    InvalidInput,
    LostRace,
    NotAllowed,
    NotFound,
    NotYours,
)
from bot.jobs.asks import ask_of, headline, typed
from bot.jobs.audit_trail import Accepted, Audit, Moderated
from bot.jobs.defaults import with_own_model
from bot.jobs.moderation import check_words
from bot.jobs.runner import Runner
from bot.jobs.runtime import Runtime
from bot.jobs.telling import refusals_told
from bot.limits import Policy
from bot.store import guilds, jobs
from bot.store.guilds import GuildSettings

log = logging.getLogger(__name__)

UNHEARD = "Minstrel was too slow to answer. Nothing was charged; please ask again."

CARD_SECONDS = 10
"""How long posting a card may take before the runner does it in the command's stead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asked, where, and by which interaction or message.

    Attributes:
        moderates: Whether they may handle other members' jobs (Manage Messages).
        role_ids: Their roles in the server; tiers and exemptions go by these.
        parent_channel_id: The channel that a thread belongs to; None outside of threads.
        acknowledge: Lets the member know that they were heard, once their wish is written down.
            False when Discord has told them meanwhile that the bot did not answer. None where
            there is nothing to acknowledge, or it was done before.
    """

    interaction_id: int
    token: str | None
    guild_id: GuildId
    channel_id: ChannelId
    user_id: UserId
    moderates: bool = False
    role_ids: frozenset[int] = frozenset()
    parent_channel_id: ChannelId | None = None
    acknowledge: Callable[[], Awaitable[bool]] | None = field(default=None, compare=False)


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

    @property
    def audit(self) -> Audit:
        """Whoever is told of what goes on."""
        return self._rt.audit

    def close(self) -> None:
        """Take no more requests: the process is about to end."""
        self._closing = True

    @refusals_told
    async def ask(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat | None = None,
        parent: JobId | None = None,
    ) -> Job:
        """Accept a request: checked, priced, reserved, and its card posted, in that order.

        What the member left open, the server's own settings decide. The same interaction delivered twice is one job. Nothing is spent when this raises.

        Raises:
            UserError: With a sentence for the member.
            DeliveryError: The card cannot be posted; the job was withdrawn.
        """
        if self._closing:
            raise NotAllowed("Minstrel is restarting. Please ask again in a minute.")
        rt = self._rt
        chosen = await rt.db.read(guilds.get, by.guild_id)
        orders = catalogue.prepare_all(
            with_own_model(ask, chosen, self.market), random=self._random, market=self.market
        )
        await check_words(ask, chosen.blocked_words)
        policy = self._policy(chosen, by)
        audio_format = audio_format or chosen.format or AudioFormat.MP3
        takes = await rt.db.write(
            jobs.accept_all,
            _takes(ask, by, orders, audio_format=audio_format, parent=parent),
            policy=policy,
            now=rt.clock.now(),
            hold_seconds=CARD_SECONDS,
        )
        if takes is None:
            log.info("interaction %s came twice", by.interaction_id)
            return await self._get(JobId(by.interaction_id))
        leader = takes[0]
        log.info(
            "job %s: accepted for guild %s, %d requests to %s",
            *(leader.id, leader.guild_id, len(takes), leader.model),
        )
        if by.acknowledge is not None and not await by.acknowledge():
            return await self._unheard(takes)
        return await self._put_up(takes)

    @refusals_told
    async def approve(self, ask: Ask, by: Asker) -> None:
        """Check the words of a request before anything is done for it; `ask` checks them too.

        Raises:
            ContentBlocked: The server's moderators do not allow one of them.
        """
        chosen = await self._rt.db.read(guilds.get, by.guild_id)
        await check_words(ask, chosen.blocked_words)

    async def _unheard(self, takes: list[Job]) -> Job:
        """Withdraw what the member believes to have failed; they have asked again by now."""
        now = self._rt.clock.now()
        failure = Failure(code="unheard", sentence=UNHEARD)
        ended = await self._rt.db.write(
            jobs.withdraw, takes[0].id, failure=failure, now=now, shown_at=now
        )
        if not ended:
            # It took so long that the runner has posted the card in the command's stead.
            return await self._get(takes[0].id)
        raise NotAllowed(UNHEARD)

    def _policy(self, chosen: GuildSettings, by: Asker) -> Policy | None:
        """Give the limits that somebody is held to; None where the operator has lifted them."""
        if not self._settings.minstrel_limits:
            return None
        return Policy.of(self._settings, chosen, roles=by.role_ids)

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
        old = as_one(await self._takes(await self._get(job_id, guild=by.guild_id)))
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
                cancelled = await self._cancel(job)
            except LostRace:
                continue
            if job.user_id != by.user_id:
                self.audit.note(Moderated(job=cancelled, by=by.user_id, was_deleted=False))
            return cancelled

    async def _cancel(self, job: Job) -> Job:
        """Cancel every take of a card for which it is not too late."""
        rt = self._rt
        failure = Failure(code="cancelled", sentence="Cancelled.")
        changed = await rt.db.write(
            jobs.cancel, job.card_owner, failure=failure, now=rt.clock.now()
        )
        if changed is None:
            raise InvalidInput("It is too late to cancel this: it is being finished, or is over.")
        for take in changed:
            if not take.state.is_final:
                self._runner.interrupt(take.id)
        rt.bell.ring(job.card_owner)
        self._runner.announce()
        return as_one(await self._takes(job))

    async def _put_up(self, takes: list[Job]) -> Job:
        """Post the card of jobs that were just accepted; without one there are no jobs."""
        rt = self._rt
        job = takes[0]
        try:
            card_id = await rt.board.post(rt.card(takes))
        except DiscordUnavailable:
            # It may have got through all the same. The runner posts it once more, with the same
            # nonce, and nothing is spent before it stands.
            log.warning("job %s: its card is held up", job.id)
            return job
        except DeliveryError as error:
            now = rt.clock.now()
            failure = Failure(code=error.code, sentence=error.sentence)
            try:
                withdrawn = await rt.db.write(
                    jobs.withdraw, job.id, failure=failure, now=now, shown_at=now
                )
            except LostRace:
                withdrawn = []
            if not withdrawn:
                # It took so long that the runner has posted the card, or tells why it cannot.
                return await self._get(job.id)
            raise
        job = await self._link(job, card_id)
        self.audit.note(Accepted(job=job))
        self._runner.announce()
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
        state = rt.card(await self._takes(job))
        if state.job.state.is_final:
            with suppress(DeliveryError):
                await rt.board.settle(state)
        return job

    async def _takes(self, job: Job) -> list[Job]:
        return await self._rt.db.read(jobs.takes, job.card_owner)

    async def _get(self, job_id: JobId, *, guild: GuildId | None = None) -> Job:
        job = await self._rt.db.read(jobs.get, job_id)
        if job is None or (guild is not None and job.guild_id != guild):
            raise NotFound("Minstrel does not know this piece any more.")
        return job


def _takes(
    ask: Ask,
    by: Asker,
    orders: Sequence[Order],
    *,
    audio_format: AudioFormat,
    parent: JobId | None,
) -> list[NewJob]:
    """Make a job of each order; the first leads, and the card is its own."""
    options = typed(ask)
    alone = {name: value for name, value in options.items() if name != "variations"}
    takes: list[NewJob] = []
    part = 0
    for order in orders:
        takes.append(
            NewJob(
                id=JobId(by.interaction_id),
                guild_id=by.guild_id,
                user_id=by.user_id,
                channel_id=by.channel_id,
                kind=ask.kind,
                provider=catalogue.find(order.model).about.provider,
                model=order.model,
                prompt=headline(ask),
                arguments=order.arguments,
                options=alone if takes else options,
                format=audio_format,
                estimate=order.estimate,
                priced_by=order.priced_by,
                parent_id=parent,
                interaction_token=None if takes else by.token,
                part=part,
            )
        )
        part += max(order.outputs, 1)
    return takes
