"""What /help lists, in which order, and that its commands can be clicked."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot import catalogue
from bot.domain.job import Kind
from bot.ui.pages import help_page, models_page


def command(name: str) -> app_commands.Command[Any, [], None]:
    """A command that does nothing."""

    async def act(_interaction: discord.Interaction) -> None:
        """Do nothing."""

    return app_commands.Command(name=name, description=f"About {name}.", callback=act)


def test_help_begins_with_what_people_come_for() -> None:
    """And ends with itself; whatever else there is stands between."""
    names = ("help", "usage", "aardvark", "song", "music")

    lines = (help_page([command(name) for name in names]).description or "").splitlines()

    assert [line.split()[0] for line in lines] == [
        "**/music**",
        "**/song**",
        "**/usage**",
        "**/aardvark**",
        "**/help**",
    ]


def test_a_command_whose_id_is_known_can_be_clicked() -> None:
    """Discord fills it in; of a group only its commands can be (Discord docs, Reference)."""
    group = app_commands.Group(name="server", description="About this server.")
    group.add_command(command("show"))

    words = help_page([command("music"), group], {"music": 7, "server": 8}).description or ""

    assert "</music:7> About music." in words
    assert "</server show:8> About this server." in words


def test_the_list_of_models_begins_with_the_one_that_is_used() -> None:
    """A server may have chosen another one than the catalogue; that one is the default there."""
    usual = catalogue.find("fal-ai/lyria2")

    lines = (models_page(Kind.MUSIC, usual).description or "").splitlines()

    assert lines[0].startswith("**Lyria 2** (default)")
    assert sum("(default)" in line for line in lines) == 1
