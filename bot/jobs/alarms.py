"""Telling the operator, once, of what only the operator can put right."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.domain.clock import Clock
from bot.errors import DeliveryError, DiscordUnavailable, StoreError
from bot.store import alarms
from bot.store.database import Database

log = logging.getLogger(__name__)

RETRY_SECONDS = 60


class Operator(Protocol):
    """The person who runs the bot, as far as there is a way to them beside the log."""

    async def tell(self, sentence: str) -> None:
        """Send them a message.

        Raises:
            DiscordUnavailable: Try again later.
            DeliveryError: They cannot be told this way.
        """


class Alarms:
    """What is wrong with the bot at the moment. Each trouble is told once, and its end once.

    What stands in the database decides, so neither a restart nor another process tells it again.
    """

    def __init__(self, db: Database, clock: Clock, operator: Operator | None = None) -> None:
        self._db = db
        self._clock = clock
        self._operator = operator
        self._known_calm: set[str] = set()
        self._news = asyncio.Event()

    async def ring(self, topic: str, sentence: str) -> None:
        """Say that something is wrong. Never raises: whoever meets trouble has enough of it."""
        try:
            is_news = await self._db.write(alarms.ring, topic, sentence)
        except StoreError:
            log.exception("the operator could not be told: %s", sentence)
            return
        self._known_calm.discard(topic)
        if is_news:
            log.error("%s", sentence)
            self._news.set()

    async def calm(self, topic: str, sentence: str) -> None:
        """Say that something is right; costs nothing where it was right all along."""
        if topic in self._known_calm:
            return
        try:
            was_wrong = await self._db.write(alarms.calm, topic, sentence)
        except StoreError:
            log.exception("the operator could not be told: %s", sentence)
            return
        self._known_calm.add(topic)
        if was_wrong:
            log.warning("%s", sentence)
            self._news.set()

    async def run(self) -> None:
        """Send what is to be told, as soon as there is something, and until it is through."""
        while True:
            self._news.clear()
            try:
                is_through = await self._send()
            except StoreError:
                log.exception("alarms for the operator cannot be read")
                is_through = False
            if is_through:
                await self._news.wait()
            else:
                await self._wait_for_news()

    async def _send(self) -> bool:
        for alarm in await self._db.read(alarms.unsent):
            try:
                if self._operator is not None:
                    await self._operator.tell(alarm.sentence)
            except DiscordUnavailable:
                return False
            except DeliveryError as error:
                log.info("the operator cannot be sent a message: %s", error.sentence)
            await self._db.write(alarms.sent, alarm)
        return True

    async def _wait_for_news(self) -> None:
        retry = asyncio.create_task(self._clock.sleep(RETRY_SECONDS))
        news = asyncio.create_task(self._news.wait())
        try:
            await asyncio.wait({retry, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            retry.cancel()
            news.cancel()
            await asyncio.gather(retry, news, return_exceptions=True)
