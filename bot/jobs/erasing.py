"""Forgetting a member, as far as it is in our hands: words, files, and the cards in Discord.

What they asked for goes in two strides. The words, results and files go at once. The cards follow
as fast as Discord lets messages be deleted; only then do the rows go, so that a crash or an outage
loses no message on the way. What is still being made is cancelled, and forgotten when it is over.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.domain.ids import JobId
from bot.domain.job import Job
from bot.errors import DeliveryError, DiscordUnavailable, StoreError, UserError
from bot.jobs.retention import remove_files
from bot.jobs.runtime import Runtime
from bot.jobs.service import Asker, JobService
from bot.store import erasing, jobs, lineage, retiring
from bot.store.erasing import Wish

AT_ONCE = 50
"""Cards whose words go in one transaction."""

AGAIN_SECONDS = 60
"""How often a wish that could not be fulfilled yet is taken up."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """How far a wish is fulfilled.

    Attributes:
        cards: Pieces without words, results and files by now.
        under_way: Pieces that are still being made; they are forgotten when they are over.
    """

    cards: int
    under_way: int


class Eraser:
    """Fulfils wishes to be forgotten, across restarts."""

    def __init__(self, runtime: Runtime, service: JobService) -> None:
        self._rt = runtime
        self._service = service
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Go on with what is left to be done, once Discord can be reached."""
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="erasing")

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def count(self, by: Asker) -> tuple[int, int]:
        """Give the number of a member's pieces on this server, and of their favourites."""
        return await self._rt.db.read(erasing.count, by.guild_id, by.user_id)

    async def erase(self, by: Asker) -> Erased:
        """Forget a member on a server. Asking twice does no harm.

        When this returns, words, results and files are gone; cards in Discord follow.
        """
        rt = self._rt
        wish = await rt.db.write(erasing.wish, by.guild_id, by.user_id, now=rt.clock.now())
        log.info("guild %s: a member asked to be forgotten", by.guild_id)
        for card in await rt.db.read(erasing.open_cards, wish):
            # What cannot be cancelled any more is forgotten when it is over.
            with suppress(UserError):
                await self._service.cancel(card, by)
        cards = await self._take_words(wish)
        under_way = await rt.db.read(erasing.open_cards, wish)
        self._wake.set()
        return Erased(cards=cards, under_way=len(under_way))

    async def pursue(self) -> bool:
        """Do all that can be done at the moment; say whether every wish is fulfilled."""
        rt = self._rt
        is_done = True
        for wish in await rt.db.read(erasing.wishes):
            await self._take_words(wish)
            await self._take_cards(wish)
            if await rt.db.write(erasing.fulfil, wish):
                log.info("guild %s: a member was forgotten", wish.guild_id)
            else:
                is_done = False
        return is_done

    async def _work(self) -> None:
        while True:
            try:
                await self.pursue()
            except (StoreError, OSError):
                log.exception("erasing is held up, and tried again in a minute")
            # Another process may have taken a wish in, so one looks without being woken, too.
            with suppress(TimeoutError):
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _take_words(self, wish: Wish) -> int:
        """Take words, results and files of all that is over; give the number of cards."""
        rt = self._rt
        await rt.db.write(erasing.forget_notes, wish)
        count = 0
        while cards := await rt.db.read(erasing.worded, wish, limit=AT_ONCE):
            every = await rt.db.read(retiring.with_takes, cards)
            await remove_files(rt, every)
            await rt.db.write(erasing.blank, every)
            for job_id in every:
                rt.parents.pop(job_id, None)
            for card in cards:
                # What others made of it is rid of its words in the same breath.
                await rt.db.write(erasing.scrub, card)
            count += len(cards)
        return count

    async def _take_cards(self, wish: Wish) -> None:
        """Take the messages of what has no words any more, and then its rows."""
        rt = self._rt
        last = JobId(0)
        while cards := await rt.db.read(erasing.blanked, wish, after=last, limit=AT_ONCE):
            for card in cards:
                last = card
                try:
                    await self._take_card(card)
                except DiscordUnavailable as error:
                    log.warning("job %s: its card is still there: %s", card, error.sentence)

    async def _take_card(self, card: JobId) -> None:
        rt = self._rt
        kin = await rt.db.write(erasing.scrub, card)
        for relative in sorted(kin.job_ids):
            if (other := await rt.db.read(jobs.get, relative)) is not None and other.prompt:
                await self._on_each_message(other, is_own=False)
        if (job := await rt.db.read(jobs.get, card)) is not None:
            await self._on_each_message(job, is_own=True)
        if not kin.is_waiting:
            # What is made of it at the moment still needs to know what it comes from.
            await rt.db.write(retiring.drop, [card])

    async def _on_each_message(self, job: Job, *, is_own: bool) -> None:
        """Take away the messages of an erased piece; of others, what they say of their family.

        Raises:
            DiscordUnavailable: Try again later.
        """
        rt = self._rt
        for channel_id, message_id in await rt.db.read(lineage.messages, job.card_owner):
            there = replace(job, channel_id=channel_id, card_id=message_id)
            try:
                await (rt.board.remove(there) if is_own else rt.board.disown(there))
            except DiscordUnavailable:
                raise
            except DeliveryError as error:
                # Where the bot may not be any more it cannot clean up.
                log.info("job %s: a message stays: %s", job.id, error.sentence)
