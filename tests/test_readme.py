"""What the README and .env.example say of settings, commands and the invitation is so."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.app import EXTENSIONS
from bot.config import Settings
from bot.ui.permissions import _NAMES as PERMISSIONS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NONE = "–"


def rows(header: str) -> dict[str, list[str]]:
    """Give a table of the README: each row's further cells, by its first one."""
    _, found, rest = README.partition(f"| {header} |")
    assert found, f"The README has no table that begins with {header}"
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {cell.strip("`"): more for cell, *more in cells}


def written(name: str) -> str:
    """Write a setting's default as an operator would."""
    if name == "database_url":
        return Settings.model_construct().store_url
    default: Any = Settings.model_fields[name].default
    if default is None or default == ():
        return ""
    if isinstance(default, bool):
        return "on" if default else "off"
    return str(default)


def slash_commands() -> Iterator[tuple[str, app_commands.Command[Any, ..., Any]]]:
    """Give every slash command of the loaded cogs with its full name."""
    for extension in EXTENSIONS:
        for thing in vars(importlib.import_module(extension)).values():
            if isinstance(thing, type) and issubclass(thing, commands.Cog):
                for one in getattr(thing, "__cog_app_commands__", ()):
                    yield from _leaves(one)


def _leaves(
    one: app_commands.Command[Any, ..., Any] | app_commands.Group,
) -> Iterator[tuple[str, app_commands.Command[Any, ..., Any]]]:
    if isinstance(one, app_commands.Group):
        for inner in one.commands:
            yield from _leaves(inner)
    else:
        yield one.qualified_name, one


def row_of(name: str, command: app_commands.Command[Any, ..., Any]) -> str:
    """Write a command's row as the README has it."""
    options = [
        one.display_name if one.required else f"[{one.display_name}]" for one in command.parameters
    ]
    shown = " ".join(f"`{option}`" for option in options) or NONE
    return f"| `/{name}` | {shown} | {command.description} |"


def test_readme_lists_every_setting_with_its_default() -> None:
    """An operator can rely on the table: nothing is missing, made up, or out of date."""
    table = {name: cells[0].strip("`") for name, cells in rows("name").items()}

    assert table == {name.upper(): written(name) or NONE for name in Settings.model_fields}


def test_example_sets_nothing_and_names_every_setting() -> None:
    """A copied .env.example changes nothing until somebody fills in the keys."""
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    found = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, flags=re.MULTILINE))
    active = re.findall(r"^([A-Z_]+)=(.*)$", example, flags=re.MULTILINE)

    assert found == {name.upper(): written(name) for name in Settings.model_fields}
    assert active == [("DISCORD_TOKEN", ""), ("FAL_KEY", "")]


def test_readme_lists_every_command_with_its_options() -> None:
    """The table of commands is what the bot registers."""
    expected = [row_of(name, command) for name, command in slash_commands()]
    lines = [line for line in README.splitlines() if line.startswith("| `/")]

    assert lines == expected, "The README's table should read:\n" + "\n".join(expected)


def test_invitation_asks_for_exactly_the_permissions_that_the_bot_checks() -> None:
    """Whoever invites the bot with the README's address is never told of a missing permission."""
    asked = re.findall(r"permissions=(\d+)", README)
    wanted = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))

    assert asked == [str(wanted.value)]
    assert list(rows("permission")) == list(PERMISSIONS.values())
