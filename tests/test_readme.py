"""What the README and .env.example say of settings, commands and the invitation is so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import discord

from bot.config import Settings
from bot.ui.permissions import _NAMES as PERMISSIONS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NONE = "–"
SUBCOMMANDS = (1, 2)
MENUS = {2: "member", 3: "message"}
"""Types of options and of commands (Discord docs, Application Commands)."""


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


def rows_of(command: dict[str, Any], path: str = "") -> Iterator[str]:
    """Write a command's rows as the README has them; one for each of its subcommands."""
    name = f"{path}{command['name']}"
    options = command.get("options", [])
    inner = [one for one in options if one["type"] in SUBCOMMANDS]
    for one in inner:
        yield from rows_of(one, f"{name} ")
    if command["type"] in MENUS and not path:
        yield f"| Apps › {name} | {NONE} | in the menu of a {MENUS[command['type']]} |"
    elif not inner:
        names = [one["name"] if one.get("required") else f"[{one['name']}]" for one in options]
        shown = " ".join(f"`{each}`" for each in names) or NONE
        yield f"| `/{name}` | {shown} | {command['description']} |"


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
    """The table of commands is what Discord is told of them, in any order."""
    told = json.loads((ROOT / "tests" / "commands.json").read_text(encoding="utf-8"))
    expected = [row for command in told for row in rows_of(command)]
    found = [line for line in README.splitlines() if line.startswith(("| `/", "| Apps"))]

    assert sorted(found) == sorted(expected), "The table's rows are:\n" + "\n".join(expected)


def test_invitation_asks_for_exactly_the_permissions_that_the_bot_checks() -> None:
    """Whoever invites the bot with the README's address is never told of a missing permission."""
    asked = re.findall(r"permissions=(\d+)", README)
    wanted = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))

    assert asked == [str(wanted.value)]
    assert list(rows("permission")) == list(PERMISSIONS.values())
