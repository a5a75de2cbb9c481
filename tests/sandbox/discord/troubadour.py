"""A small real bot that does a bit of everything."""

from __future__ import annotations

import asyncio
import io
import logging
from typing import Any

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
        add_slash_commands(self)
        add_answers(self)
        add_menus(self)


def add_slash_commands(bot: Troubadour) -> None:
    """Add the commands that take a while: cards, files, follow-ups."""

    @bot.tree.command()
    async def card(interaction: discord.Interaction, prompt: str) -> None:
        """Post a card, then put the audio on it."""
        await interaction.response.defer(ephemeral=True)
        assert isinstance(interaction.channel, discord.TextChannel)
        posted = await interaction.channel.send(f"queued: {prompt}", nonce="7")
        await interaction.delete_original_response()
        place = bot.get_partial_messageable(interaction.channel.id, guild_id=interaction.guild_id)
        await place.get_partial_message(posted.id).edit(
            content=f"done: {prompt}", attachments=[wave()]
        )

    @bot.tree.command()
    async def silent(interaction: discord.Interaction) -> None:
        """Answer only when it is too late."""
        await bot.released.wait()
        await interaction.response.send_message("too late")

    @bot.tree.command()
    async def tune(
        interaction: discord.Interaction,
        style: str,
        seconds: app_commands.Range[int, 1, 60],
        reference: discord.Attachment | None = None,
    ) -> None:
        """Edit the answer with a file and follow up."""
        await interaction.response.defer()
        content = await reference.read() if reference else b"nothing"
        edited = await interaction.edit_original_response(
            content=f"{style} {seconds}", attachments=[wave(content)]
        )
        await interaction.followup.send("there you are", embed=discord.Embed(title="Tune"))
        await edited.edit(content=f"{style} {seconds}!", attachments=edited.attachments)

    @tune.autocomplete("style")
    async def complete(
        interaction: discord.Interaction, current: str
    ) -> list[app_commands.Choice[str]]:
        """Offer styles."""
        if current == "sleep":
            await bot.released.wait()
        styles = ("jazz", "blues", "baroque")
        return [app_commands.Choice(name=one, value=one) for one in styles if current in one]

    group = app_commands.Group(name="band", description="Bands")

    @group.command()
    async def join(interaction: discord.Interaction, who: discord.Member) -> None:
        """Say who joined."""
        allowed = ", ".join(name for name, held in interaction.app_permissions if held)
        await interaction.response.send_message(f"{who.name} joined; {allowed}", ephemeral=True)

    bot.tree.add_command(group)


def add_answers(bot: Troubadour) -> None:
    """Add the commands that answer with something to use."""

    @bot.tree.command()
    async def stage(interaction: discord.Interaction) -> None:
        """Show buttons and a menu."""
        await interaction.response.send_message("On stage", view=Stage())

    @bot.tree.command()
    async def twice(interaction: discord.Interaction) -> None:
        """Acknowledge once too often."""
        await interaction.response.send_message("one")
        response = discord.InteractionResponse(interaction)
        await response.send_message("two")

    @bot.tree.command()
    async def lyrics(interaction: discord.Interaction) -> None:
        """Open a form."""
        await interaction.response.send_modal(Lyrics())


def add_menus(bot: Troubadour) -> None:
    """Add the context menus."""

    @bot.tree.context_menu(name="Remix this")
    async def remix(interaction: discord.Interaction, message: discord.Message) -> None:
        names = ",".join(one.filename for one in message.attachments)
        await interaction.response.send_message(f"{message.content} {names}", ephemeral=True)

    @bot.tree.context_menu(name="Who is this")
    async def who(interaction: discord.Interaction, person: discord.Member) -> None:
        await interaction.response.send_message(f"{person.name}")


class Stage(discord.ui.View):
    """Buttons and a menu under a message."""

    @discord.ui.button(label="Louder", custom_id="louder")
    async def louder(self, interaction: discord.Interaction, _: discord.ui.Button[Stage]) -> None:
        """Change the message itself."""
        await interaction.response.edit_message(content="LOUDER")

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, _: discord.ui.Button[Stage]) -> None:
        """Change the message a moment later."""
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="Words", custom_id="words")
    async def words(self, interaction: discord.Interaction, _: discord.ui.Button[Stage]) -> None:
        """Open the form."""
        await interaction.response.send_modal(Lyrics())

    @discord.ui.button(label="Off", custom_id="off", disabled=True)
    async def off(self, interaction: discord.Interaction, _: discord.ui.Button[Stage]) -> None:
        """Never be pressed."""

    @discord.ui.select(
        custom_id="pick",
        options=[discord.SelectOption(label="A", value="a"), discord.SelectOption(label="B")],
    )
    async def pick(
        self, interaction: discord.Interaction, select: discord.ui.Select[Stage]
    ) -> None:
        """Say what was picked."""
        await interaction.response.send_message(f"picked {select.values[0]}")


class Lyrics(discord.ui.Modal, title="Lyrics"):
    """Every kind of field a form may have."""

    hint = discord.ui.TextDisplay[Any]("Write something")
    text = discord.ui.Label[Any](
        text="Words",
        component=discord.ui.TextInput[Any](
            custom_id="text", style=discord.TextStyle.paragraph, min_length=2
        ),
    )
    voice = discord.ui.Label[Any](
        text="Voice",
        component=discord.ui.RadioGroup[Any](
            custom_id="voice",
            options=[
                discord.RadioGroupOption(label="High", value="high"),
                discord.RadioGroupOption(label="Low", value="low"),
            ],
        ),
    )
    loop = discord.ui.Label[Any](text="Loop", component=discord.ui.Checkbox[Any](custom_id="loop"))
    sample = discord.ui.Label[Any](
        text="Sample", component=discord.ui.FileUpload[Any](custom_id="sample", required=False)
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what was entered."""
        fields = [one.component for one in (self.text, self.voice, self.loop, self.sample)]
        text, voice, loop, sample = fields
        assert isinstance(text, discord.ui.TextInput)
        assert isinstance(voice, discord.ui.RadioGroup)
        assert isinstance(loop, discord.ui.Checkbox)
        assert isinstance(sample, discord.ui.FileUpload)
        names = [one.filename for one in sample.values]
        await interaction.response.send_message(f"{text.value}|{voice.value}|{loop.value}|{names}")
