"""A small hikari bot: says READY, answers one slash command with its text, and leaves on SIGTERM."""

from __future__ import annotations

import base64
import sys

import hikari

BASE = sys.argv[1]
TOKEN = base64.b64encode(sys.argv[2].encode()).decode() + ".x.y"

bot = hikari.GatewayBot(TOKEN, rest_url=f"{BASE}/api/v10", banner=None, logs="WARNING")


@bot.listen(hikari.StartedEvent)
async def register(_: hikari.StartedEvent) -> None:
    """Register the one command."""
    application = await bot.rest.fetch_application()
    command = bot.rest.slash_command_builder("echo", "Say it again").add_option(
        hikari.CommandOption(
            type=hikari.OptionType.STRING, name="text", description="What", is_required=True
        )
    )
    await bot.rest.set_application_commands(application, [command])


@bot.listen(hikari.InteractionCreateEvent)
async def answer(event: hikari.InteractionCreateEvent) -> None:
    """Say it again, then say it with a file."""
    interaction = event.interaction
    if isinstance(interaction, hikari.CommandInteraction) and interaction.options:
        text = str(interaction.options[0].value)
        await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
        await interaction.edit_initial_response(text, attachment=hikari.Bytes(b"ID3", "echo.mp3"))


bot.run(asyncio_debug=False, check_for_updates=False)
