"""Members who never stop: commands, variations, Again, Cancel, and replies, in many channels."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

import aiohttp

from tests.chaos.arena import Arena
from tests.e2e.rig import Member, Message, audio_of

MUSIC = "fal-ai/ace-step/prompt-to-audio"
SOUND = "cassetteai/sound-effects-generator"
"""Takes no seed: two requests for the same words look the same to fal."""

TIMID = (aiohttp.ClientError, AssertionError, StopIteration, TimeoutError)
"""What a member meets while the bot is away: a refusal, or a card that is gone."""


@dataclass(slots=True, kw_only=True)
class Deed:
    """Something that a member did and that the bot must answer.

    Attributes:
        id: Of the interaction, or of the message that replies.
        makes: Whether a piece is to come of it.
    """

    id: str
    what: str
    channel_id: str
    makes: bool


class Load:
    """Acts at random, about `rate` times a second, as long as not too much is unfinished."""

    def __init__(self, arena: Arena, random: Random, *, rate: float, most_open: int = 30) -> None:
        self._arena = arena
        self._random = random
        self._rate = rate
        self._most_open = most_open
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self.deeds: list[Deed] = []

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._act(), name="load")

    async def stop(self) -> None:
        """End, and have what was begun be said."""
        if self._task is None:
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _act(self) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(self._rate))
            if self._open() >= self._most_open:
                continue
            deed = self._choose()
            with suppress(*TIMID):
                # What was sent must be remembered, or nobody would miss it.
                await asyncio.shield(asyncio.ensure_future(deed()))

    def _open(self) -> int:
        """Count the cards that are still without an end, by what everybody sees."""
        world = self._arena.sandbox.discord.world
        return sum(
            message.author_id == world.bot.id
            and not message.is_ephemeral
            and not message.attachments
            and any(_labelled(row, "Cancel") for row in message.components)
            for message in world.directory.messages()
        )

    def _choose(self) -> Callable[[], Awaitable[None]]:
        deeds = (self._music, self._sound, self._twins, self._variations)
        later = (self._again, self._cancel, self._reply, self._double_click)
        weights = (40, 14, 5, 9, 12, 8, 8, 4)
        return self._random.choices(deeds + later, weights)[0]

    def _somebody(self) -> Member:
        return self._random.choice(self._arena.members)

    def _words(self) -> str:
        self._number += 1
        return f"piece {self._number:05} {self._random.choice(('calm', 'bold', 'odd'))}"

    def _did(self, what: str, member: Member, id_: str, *, makes: bool = True) -> None:
        self.deeds.append(Deed(id=id_, what=what, channel_id=member.channel_id, makes=makes))

    async def _music(self) -> None:
        member = self._somebody()
        id_ = await member.slash("music", prompt=self._words(), model=MUSIC, duration=5)
        self._did("music", member, id_)

    async def _sound(self) -> None:
        member = self._somebody()
        id_ = await member.slash("sfx", prompt=self._words(), model=SOUND, duration=2)
        self._did("sound", member, id_)

    async def _twins(self) -> None:
        """Two members ask for the very same at once, of a model that takes no seed."""
        words = self._words()

        async def ask(member: Member) -> None:
            id_ = await member.slash("sfx", prompt=words, model=SOUND, duration=2)
            self._did("twin", member, id_)

        await asyncio.gather(*map(ask, self._random.sample(self._arena.members, 2)))

    async def _variations(self) -> None:
        member = self._somebody()
        words, count = self._words(), self._random.randint(2, 3)
        id_ = await member.slash("music", prompt=words, model=MUSIC, duration=5, variations=count)
        self._did("variations", member, id_)

    async def _again(self) -> None:
        member, card = await self._some_card(finished=True)
        if card:
            self._did("again", member, await member.press(card, "Again"))

    async def _double_click(self) -> None:
        member, card = await self._some_card(finished=True)
        if card:
            first, second = await asyncio.gather(*(member.press(card, "Again") for _ in "12"))
            self._did("again", member, first)
            self._did("second click", member, second, makes=False)

    async def _cancel(self) -> None:
        member, card = await self._some_card(finished=False)
        if card:
            owner = self._arena.owner
            self._did("cancel", member, await owner.press(card, "Cancel"), makes=False)

    async def _reply(self) -> None:
        member, card = await self._some_card(finished=True)
        if card:
            message = await member.say(self._words(), reply_to=card)
            self._did("reply", member, message["id"])

    async def _some_card(self, *, finished: bool) -> tuple[Member, Message | None]:
        member = self._somebody()
        label = "Again" if finished else "Cancel"
        cards = [
            one
            for one in await member.cards()
            if bool(audio_of(one)) is finished
            and any(_labelled(row, label) for row in one["components"])
        ]
        return member, self._random.choice(cards) if cards else None


def _labelled(row: Message, label: str) -> bool:
    return any(one.get("label") == label for one in row.get("components", ()))
