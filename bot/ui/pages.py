"""Pages of words: help, and the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import discord
from discord import app_commands

from bot import catalogue
from bot.catalogue import NO_NEWS, Endpoint, Market
from bot.domain.job import Kind
from bot.jobs.replies import GRAMMAR
from bot.ui.text import NOUNS

_COLOUR = discord.Colour(0x5865F2)
_FIELD_LENGTH = 1024
_PAGE_LENGTH = 4000

_BUTTONS = (
    "**Again** makes it once more with a new seed, **Edit** lets you change the request first, "
    "**Remix**, **Extend** and **Stems** work on the sound, **Format** gives you another kind of "
    "file. Whoever presses pays from their own allowance. While a piece is made, **Notify me** has "
    "you pinged when it is ready."
)


_ORDER = ("music", "song", "sfx", "remix", "stems", "show", "history", "models", "usage")
"""What people come for first; commands that are not named here follow by their names, then help."""

_Command: TypeAlias = app_commands.Command[Any, ..., Any] | app_commands.Group


def help_page(
    commands: Sequence[_Command], ids: Mapping[str, int] = MappingProxyType({})
) -> discord.Embed:
    """List the commands, the buttons, and what a reply to a card understands.

    Args:
        commands: Those of the slash.
        ids: Their ids, by name; with it a command can be clicked.
    """
    embed = discord.Embed(title="Minstrel", colour=_COLOUR)
    ordered = sorted(commands, key=lambda one: (_rank(one.name), one.name))
    embed.description = _within("\n".join(_help_line(one, ids) for one in ordered))
    embed.add_field(name="On a finished card", value=_BUTTONS, inline=False)
    replies = "\n".join(f"`{form}` {meaning}" for form, meaning in GRAMMAR)
    embed.add_field(
        name="Or reply to it, with the ping left on", value=replies[:_FIELD_LENGTH], inline=False
    )
    return embed


def _rank(name: str) -> int:
    if name == "help":
        return len(_ORDER) + 1
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _help_line(command: _Command, ids: Mapping[str, int]) -> str:
    """Name a command so that a click types it; of a group, each of its commands."""
    if isinstance(command, app_commands.Group):
        names = [f"{command.name} {one.name}" for one in command.commands]
    else:
        names = [command.name]
    command_id = ids.get(command.name)
    mentions = [
        f"**/{name}**" if command_id is None else f"</{name}:{command_id}>" for name in names
    ]
    return f"{' '.join(mentions)} {command.description}"


def models_page(kind: Kind, usual: type[Endpoint], *, market: Market = NO_NEWS) -> discord.Embed:
    """List the models of one kind that can be had, at their current prices.

    `usual` is the one that is used where none is named; it comes first.
    """
    lines = []
    found = catalogue.models(kind, market=market)
    for model in sorted(found, key=lambda one: one is not usual):
        facts = catalogue.describe(model, market=market)
        note = " (default)" if model is usual else "" if facts.listed else " (may be gone)"
        lines.append(f"**{facts.title}**{note}: {facts.use}\n-# {facts.price} · {facts.length}")
    embed = discord.Embed(title=f"Models: {NOUNS[kind]}", colour=_COLOUR)
    embed.description = _within("\n".join(lines))
    embed.set_footer(text="Choose one with the option model; /models model: shows all it takes.")
    return embed


def model_page(model: type[Endpoint], *, market: Market = NO_NEWS) -> discord.Embed:
    """Describe one model, down to what `advanced` reaches."""
    facts = catalogue.describe(model, market=market)
    embed = discord.Embed(title=facts.title, description=str(facts), colour=_COLOUR)
    settings = "\n".join(
        f"`{one.name}` {one.takes}" + (f", else {one.default}" if one.default else "")
        for one in facts.settings
    )
    if settings:
        name = "With the option advanced, as name=value"
        embed.add_field(name=name, value=settings[:_FIELD_LENGTH], inline=False)
    embed.set_footer(text=facts.endpoint)
    return embed


def _within(text: str) -> str:
    """Keep whole lines of a text up to what a page holds."""
    if len(text) <= _PAGE_LENGTH:
        return text
    return text[:_PAGE_LENGTH].rpartition("\n")[0] + "\n…"
