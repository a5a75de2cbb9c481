"""Replies to cards: with the ping on they are wishes, without it a button asks for one."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import discord
from discord.ext import commands

from bot.app import MinstrelBot
from bot.domain.ids import GuildId, MessageId
from bot.domain.job import Job
from bot.jobs.applause import is_applause
from bot.jobs.replies import without_mention
from bot.jobs.reworks import Origin, Reworks
from bot.ui.answers import answer_to
from bot.ui.asking import author
from bot.ui.buttons import remix_view

log = logging.getLogger(__name__)

UNREADABLE = (
    "I can only read a reply that pings me. Press Remix to say what should change, or reply again "
    "with the ping on."
)
WRITTEN_SECONDS = 1.0
FORWARDED = "Press Remix to make something new of this."


class Replies(commands.Cog):
    """Listens for replies to the bot's own cards; nobody else's messages are looked at."""

    def __init__(self, bot: MinstrelBot) -> None:
        self._bot = bot
        self._reworks: Reworks = bot.services.reworks

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Answer a reply to, or a forward of, one of our cards."""
        reference = message.reference
        if (
            message.author.bot
            or message.guild is None
            or reference is None
            or reference.message_id is None
        ):
            return
        guild_id = GuildId(message.guild.id)
        piece = await self._reworks.on_message(MessageId(reference.message_id), guild_id)
        if piece is None and self._is_ours(reference):
            # Seen before it was written down, which takes a moment.
            await asyncio.sleep(WRITTEN_SECONDS)
            piece = await self._reworks.on_message(MessageId(reference.message_id), guild_id)
        if piece is None:
            return
        user = self._bot.user
        if reference.type is discord.MessageReferenceType.forward:
            await self._say(message, FORWARDED, remix_view(piece.card_owner))
        elif not message.content.strip():
            # Discord hides the words of replies that do not ping (Discord docs, Message Content).
            await self._say(message, UNREADABLE, remix_view(piece.card_owner))
        elif not is_applause(without_mention(message.content, None if user is None else user.id)):
            await self._remix(message, piece)

    def _is_ours(self, reference: discord.MessageReference) -> bool:
        replied_to = reference.resolved
        return isinstance(replied_to, discord.Message) and replied_to.author == self._bot.user

    async def _remix(self, message: discord.Message, piece: Job) -> None:
        if self._bot.user is None:
            return
        with suppress(discord.HTTPException):
            await message.channel.typing()
        try:
            by = author(message, await self._channel(message))
            await self._reworks.wish(
                Origin(of=piece), message.content, by, bot_id=self._bot.user.id
            )
        except Exception as error:  # noqa: BLE001 - a listener's errors would only be logged
            await self._say(message, *answer_to(error))

    async def _channel(self, message: discord.Message) -> object:
        """Give a message's channel with what it belongs to; discord.py may not know a thread."""
        if not isinstance(message.channel, discord.PartialMessageable):
            return message.channel
        try:
            return await self._bot.fetch_channel(message.channel.id)
        except discord.HTTPException as error:
            log.info("channel %s cannot be looked up: %s", message.channel.id, error.code)
            return message.channel

    async def _say(
        self, message: discord.Message, words: str, view: discord.ui.View | None = None
    ) -> None:
        try:
            await message.reply(
                words,
                view=view or discord.utils.MISSING,
                mention_author=False,
                # An event that comes twice is answered once.
                nonce=f"say-{message.id}",
            )
        except discord.HTTPException as error:
            log.info("a reply in %s could not be answered: %s", message.channel.id, error.code)


async def setup(bot: MinstrelBot) -> None:
    """Listen."""
    await bot.add_cog(Replies(bot))
