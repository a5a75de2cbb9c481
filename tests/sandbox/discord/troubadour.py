"""A small real bot that does a bit of everything."""

from __future__ import annotations

import asyncio
import io
import logging

import discord
from discord import app_commands
from discord.ext import commands

discord.VoiceClient.warn_nacl = False
discord.VoiceClient.warn_dave = False
logging.getLogger("discord").setLevel(logging.ERROR)


def wave(content: bytes = b"RIFF....WAVE", name: str = "song.wav") -> discord.File:
    """Give a file to send."""
    return discord.File(io.BytesIO(content), filename=name)


class Troubadour(commands.Bot):
    """Answers commands that the tests use, and remembers what it saw."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        super().__init__(
            command_prefix=commands.when_mentioned, intents=intents, guild_ready_timeout=0
        )
        self.ready = asyncio.Event()
        self.seen: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()
        self.guilds_joined: asyncio.Queue[discord.Guild] = asyncio.Queue()
        self.resumed = asyncio.Event()
        self.released = asyncio.Event()
        self._add_commands()

        @self.tree.error
        async def note(_: discord.Interaction, error: app_commands.AppCommandError) -> None:
            self.errors.put_nowait(getattr(error, "original", error))

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()

    async def on_ready(self) -> None:
        """Say that it may begin."""
        self.ready.set()

    async def on_resumed(self) -> None:
        """Note a resumed session."""
        self.resumed.set()

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Note a new guild."""
        self.guilds_joined.put_nowait(guild)

    async def on_message(self, message: discord.Message) -> None:
        """Remember what others wrote."""
        if not message.author.bot:
            self.seen.put_nowait(message)

    def _add_commands(self) -> None:
        @self.tree.command()
        async def card(interaction: discord.Interaction, prompt: str) -> None:
            """Post a card, then put the audio on it."""
            await interaction.response.defer(ephemeral=True)
            assert isinstance(interaction.channel, discord.TextChannel)
            posted = await interaction.channel.send(f"queued: {prompt}", nonce="7")
            await interaction.delete_original_response()
            place = self.get_partial_messageable(
                interaction.channel.id, guild_id=interaction.guild_id
            )
            await place.get_partial_message(posted.id).edit(
                content=f"done: {prompt}", attachments=[wave()]
            )

        @self.tree.command()
        async def silent(interaction: discord.Interaction) -> None:
            """Never answer in time."""
            await self.released.wait()
            await interaction.response.send_message("too late")
