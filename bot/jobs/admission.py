"""Letting requests in: by the server's rules, at a price that is known, within all limits."""

from __future__ import annotations

import logging
import random as _random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import catalogue
from bot.catalogue import Ask, Endpoint, Market, Order
from bot.config import Settings
from bot.domain.ids import GuildId, JobId
from bot.domain.job import AudioFormat, Job, Kind, NewJob
from bot.domain.money import Micros
from bot.jobs.asker import Asker
from bot.jobs.asks import headline, typed
from bot.jobs.defaults import LOST, lost_model, usual_model
from bot.jobs.house import orders_for
from bot.jobs.moderation import check_words
from bot.jobs.questions import NeedsConfirming, Question, Questions, what_of
from bot.jobs.runtime import Runtime
from bot.limits import Policy, check_place, needs_confirming
from bot.store import accepting, guilds
from bot.store.guilds import GuildSettings

log = logging.getLogger(__name__)

CARD_SECONDS = 10
"""How long posting a card may take before the runner does it in the command's stead."""

_NOWHERE = "https://source.invalid/audio"
"""Stands for a source that is uploaded only once its request is approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What a member asks for, and what it comes to.

    Attributes:
        orders: One for each piece; the first leads, and the card is its own.
        format: What the member wants; None for what the server uses.
        answers: The question about its price that is answered by this.
    """

    ask: Ask
    by: Asker
    orders: Sequence[Order]
    format: AudioFormat | None = None
    parent: JobId | None = None
    answers: Question | None = None

    @property
    def price(self) -> Micros:
        """What all of it would cost."""
        return Micros(sum(order.estimate for order in self.orders))

    @property
    def is_confirmed(self) -> bool:
        """Whether the member has said yes to this price, or a higher one."""
        return self.answers is not None and self.price <= self.answers.price


class Admission:
    """The one place where a request becomes jobs; commands, buttons and replies all end up here."""

    def __init__(
        self, runtime: Runtime, settings: Settings, random: _random.Random | None = None
    ) -> None:
        self._rt = runtime
        self._settings = settings
        self._random = random or _random.SystemRandom()
        self.questions = Questions(runtime.db, runtime.clock)

    async def market_in(self, guild_id: GuildId) -> Market:
        """What is known of models and prices, with those alone that a server allows."""
        return self._market(await self._rt.db.read(guilds.get, guild_id))

    async def usual_in(self, guild_id: GuildId, kind: Kind) -> type[Endpoint]:
        """Give the model that a command uses in a server when nobody names one.

        Raises:
            InvalidInput: There is none that can be had and is allowed.
        """
        chosen = await self._rt.db.read(guilds.get, guild_id)
        return usual_model(chosen, kind, self._rt.shop.market)

    async def enter(self, by: Asker) -> GuildSettings:
        """Give a server's settings to a member who may ask for something there.

        Raises:
            NotAllowed: The member is blocked, or the channel is not for requests.
        """
        chosen = await self._rt.db.read(guilds.get, by.guild_id)
        self._rt.know(by.guild_id, chosen)
        check_place(chosen, user=by.user_id, channel=by.channel_id, parent=by.parent_channel_id)
        return chosen

    def policy(self, chosen: GuildSettings, roles: frozenset[int]) -> Policy | None:
        """Give the limits of a member with these roles; None where the operator has lifted them."""
        if not self._settings.minstrel_limits:
            return None
        return Policy.of(self._settings, chosen, roles=roles)

    async def approve(self, ask: Ask, by: Asker) -> None:
        """Refuse what would be refused in the end, before anything is done for it.

        Raises:
            UserError: With a sentence for the member.
        """
        chosen = await self.enter(by)
        rehearsed = replace(ask, source_url=ask.source_url or _NOWHERE)
        request = _Request(ask=ask, by=by, orders=self._orders(rehearsed, chosen))
        await check_words(ask, chosen.blocked_words)
        await self._foresee(_jobs_of(request, chosen), chosen, by)

    async def admit(
        self,
        ask: Ask,
        by: Asker,
        *,
        audio_format: AudioFormat | None = None,
        parent: JobId | None = None,
        answers: Question | None = None,
    ) -> list[Job] | None:
        """Check, price and reserve; the jobs are written down when this returns.

        `answers` is the question about its price that is answered by this.

        Returns:
            The jobs of one card, leader first; None when the same interaction, or another answer to
            the same question, was let in before.

        Raises:
            NeedsConfirming: The price has to be confirmed first.
            UserError: With a sentence for the member.
        """
        chosen = await self.enter(by)
        request = _Request(
            ask=ask,
            by=by,
            orders=self._orders(ask, chosen),
            format=audio_format,
            parent=parent,
            answers=answers,
        )
        await check_words(ask, chosen.blocked_words)
        lost = None if ask.model else lost_model(chosen, ask.kind, self._rt.shop.market)
        new = _jobs_of(request, chosen, lost=lost)
        if needs_confirming(request.price, chosen) and not request.is_confirmed:
            await self._foresee(new, chosen, by)
            raise await self._question(request)
        return await self._rt.db.write(
            accepting.accept_all,
            new,
            policy=self.policy(chosen, by.role_ids),
            now=self._rt.clock.now(),
            hold_seconds=CARD_SECONDS,
            answered=None if answers is None else answers.answered_by(JobId(by.interaction_id)),
        )

    def _market(self, chosen: GuildSettings) -> Market:
        return self._rt.shop.market.only(chosen.allowed_models)

    def _orders(self, ask: Ask, chosen: GuildSettings) -> list[Order]:
        return orders_for(ask, chosen, random=self._random, market=self._market(chosen))

    async def _foresee(self, new: Sequence[NewJob], chosen: GuildSettings, by: Asker) -> None:
        """Refuse what is over a limit already, so that nobody says yes to it in vain."""
        policy = self.policy(chosen, by.role_ids)
        if policy is None:
            return
        reason = await self._rt.db.read(
            accepting.foresee, new, policy=policy, now=self._rt.clock.now()
        )
        if reason is not None:
            raise reason

    async def _question(self, request: _Request) -> NeedsConfirming:
        by, price, answers = request.by, request.price, request.answers
        log.info("interaction %s: asked to confirm %d micro-dollars", by.interaction_id, price)
        return await self.questions.put(
            Question(
                id=by.interaction_id if answers is None else answers.id,
                guild_id=by.guild_id,
                user_id=by.user_id,
                ask=request.ask,
                format=request.format,
                parent=request.parent,
                what=what_of(request.ask, request.orders),
                price=price,
                asked_at=self._rt.clock.now(),
            )
        )


def _jobs_of(request: _Request, chosen: GuildSettings, *, lost: str | None = None) -> list[NewJob]:
    """Make a job of each order.

    `lost` is the server's own model where it is gone and another one serves instead.
    """
    ask, by = request.ask, request.by
    options = typed(ask) if lost is None else typed(ask) | {LOST: lost}
    alone = {name: value for name, value in options.items() if name != "variations"}
    takes: list[NewJob] = []
    part = 0
    for order in request.orders:
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
                format=request.format or chosen.format or AudioFormat.MP3,
                estimate=order.estimate,
                priced_by=order.priced_by,
                parent_id=request.parent,
                interaction_token=None if takes else by.token,
                part=part,
            )
        )
        part += max(order.outputs, 1)
    return takes
