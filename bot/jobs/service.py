"""What members and admins can do with jobs: ask for one, cancel it, ask for it again."""

from __future__ import annotations

import logging
import random as _random
from contextlib import suppress
from dataclasses import replace

from bot import log_context
from bot.catalogue import Ask, Endpoint, Market
from bot.config import Settings
from bot.domain.ids import GuildId, JobId, MessageId
from bot.domain.job import AudioFormat, Failure, Job, Kind
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
from bot.jobs.admission import Admission
from bot.jobs.asker import Asker
from bot.jobs.asks import ask_of
from bot.jobs.audit_trail import Accepted, Audit, Moderated
from bot.jobs.questions import Question
from bot.jobs.runner import Runner
from bot.jobs.runtime import Runtime
from bot.jobs.telling import refusals_told
from bot.store import jobs, pings
from bot.store.guilds import GuildSettings

__all__ = ["Asker", "JobService"]

log = logging.getLogger(__name__)

UNHEARD = "Minstrel was too slow to answer. Nothing was charged; please ask again."


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
        self._admission = Admission(runtime, settings, random)
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

    async def enter(self, by: Asker) -> GuildSettings:
        """Give a server's settings to a member who may ask for something there.

        Raises:
            NotAllowed: The member is blocked, or the channel is not for requests.
        """
        return await self._admission.enter(by)

    async def market_in(self, guild_id: GuildId) -> Market:
        """Give the market with the models alone that a server allows."""
        return await self._admission.market_in(guild_id)

    async def usual_in(self, guild_id: GuildId, kind: Kind) -> type[Endpoint]:
        """Give the model that a command uses in a server when nobody names one.

        Raises:
            InvalidInput: There is none that can be had and is allowed.
        """
        return await self._admission.usual_in(guild_id, kind)

    async def ask(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat | None = None,
        parent: JobId | None = None,
    ) -> Job:
        """Accept a request: checked, priced, reserved, and its card posted, in that order.

        What the member left open, the server's own settings decide. The same interaction delivered
        twice is one job. Nothing is spent when this raises.

        Raises:
            NeedsConfirming: The price has to be confirmed first.
            UserError: With a sentence for the member.
            DeliveryError: The card cannot be posted; the job was withdrawn.
        """
        return await self._ask(ask, by, audio_format=audio_format, parent=parent)

    async def confirm(self, question_id: int, by: Asker) -> Job:
        """Have made what was asked about, at its price. Answering twice is one job.

        Raises:
            NeedsConfirming: The price has gone up meanwhile.
            UserError, DeliveryError: As `ask`; the question stays open.
        """
        questions = self._admission.questions
        question = await questions.find(question_id, by.user_id, by.guild_id)
        if question.job_id is not None:
            return await self._get(question.job_id)
        try:
            return await self._ask(
                question.ask,
                by,
                audio_format=question.format,
                parent=question.parent,
                answers=question,
            )
        except DeliveryError:
            await questions.reopen(question)
            raise

    async def decline(self, question_id: int, by: Asker) -> None:
        """Forget what was asked about.

        Raises:
            NotFound, NotYours: It is no longer open, or somebody else is asked.
        """
        questions = self._admission.questions
        await questions.drop(await questions.find(question_id, by.user_id, by.guild_id))

    @refusals_told
    async def _ask(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat | None,
        parent: JobId | None,
        answers: Question | None = None,
    ) -> Job:
        log_context.is_about(job=by.interaction_id, guild=by.guild_id)
        if self._closing:
            raise NotAllowed("Minstrel is restarting. Please ask again in a minute.")
        takes = await self._admission.admit(
            ask, by, audio_format=audio_format, parent=parent, answers=answers
        )
        if takes is None:
            log.info("interaction %s came twice", by.interaction_id)
            return await self._let_in_before(by, answers)
        leader = takes[0]
        log.info(
            "job %s: accepted for guild %s, %d requests to %s",
            *(leader.id, leader.guild_id, len(takes), leader.model),
        )
        if by.is_heard is not None and not await by.is_heard():
            return await self._unheard(takes)
        return await self._put_up(takes)

    async def _let_in_before(self, by: Asker, answers: Question | None) -> Job:
        """Give the job that an earlier delivery, or a quicker press, has become."""
        if answers is None:
            return await self._get(JobId(by.interaction_id))
        question = await self._admission.questions.find(answers.id, by.user_id, by.guild_id)
        if question.job_id is None:
            raise InvalidInput("This has just changed. Please look at it once more.")
        return await self._get(question.job_id)

    @refusals_told
    async def approve(self, ask: Ask, by: Asker) -> None:
        """Refuse what `ask` would refuse in the end, before anything is done for it.

        Raises:
            UserError: With a sentence for the member.
        """
        await self._admission.approve(ask, by)

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

    async def toggle_ping(self, job_id: JobId, by: Asker) -> None:
        """Tell whoever asked for a card when it is over, or do not after all.

        Raises:
            NotFound, NotYours: There is no such job here, or it is somebody else's.
            InvalidInput: It is over.
        """
        job = await self._get(job_id, guild=by.guild_id)
        if job.user_id != by.user_id:
            raise NotYours("Only the member who asked for this is told when it is ready.")
        if as_one(await self._takes(job)).state.is_final:
            raise InvalidInput("This is over already; its card says what became of it.")
        await self._rt.db.write(pings.toggle, job.card_owner)
        await self._rt.show(job)

    async def abandon(self, guild_id: GuildId) -> None:
        """Withdraw what waits for its turn in a server that has removed the bot.

        It could not be posted any more, and nothing was spent on it. What the provider has already
        is made, kept, and handed to whoever asked.
        """
        rt = self._rt
        failure = Failure(code="removed", sentence="The bot was removed from this server.")
        for job in await rt.db.read(jobs.open_jobs):
            if job.guild_id == guild_id and job.leader_id is None:
                now = rt.clock.now()
                with suppress(LostRace):  # its turn has just come
                    await rt.db.write(jobs.withdraw, job.id, failure=failure, now=now, shown_at=now)

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
