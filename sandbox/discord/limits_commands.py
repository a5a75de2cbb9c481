"""What Discord takes as application commands.

Discord docs, Application Commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.discord.forms import (
    Fields,
    Flag,
    Kinds,
    Many,
    Number,
    OneOf,
    Path,
    Rule,
    Snowflake,
    Text,
    Whole,
)
from sandbox.discord.refusals import Form
from sandbox.discord.state import Json

SLASH, USER_MENU, MESSAGE_MENU = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER = 1, 2, 3, 4, 5, 6
CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 7, 8, 9, 10, 11

_MOST = {SLASH: 100, USER_MENU: 15, MESSAGE_MENU: 15}
_TOTAL = 8000
_SLASH_NAME = re.compile(r"^[-_'\w\u0900-\u097F\u0E00-\u0E7F]{1,32}$", re.UNICODE)
_MENU_NAME = re.compile(r"^[^\n]{1,32}$")


@dataclass(frozen=True, slots=True)
class _Name:
    """A name of a slash command or option: lower case, no spaces."""

    def check(self, value: Any, path: Path, form: Form) -> None:
        if not isinstance(value, str):
            form.add(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
        elif not 1 <= len(value) <= 32:
            form.add(path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")
        elif not _SLASH_NAME.match(value) or value != value.lower():
            form.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


_DESCRIPTION = Text(low=1, high=100)


def _check_option(option: Json, path: Path, form: Form) -> None:
    if option.get("choices") and option.get("autocomplete"):
        text = "Autocomplete options cannot have choices"
        form.add((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_WITH_CHOICES", text)
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        if (
            option.get(low) is not None
            and option.get(high) is not None
            and option[low] > option[high]
        ):
            text = f"The value of {low} is greater than {high}"
            form.add((*path, low), "APPLICATION_COMMAND_OPTIONS_MIN_OVER_MAX", text)
    _check_doubled(option.get("choices") or [], (*path, "choices"), form)


def _value_option(kind: int) -> Fields:
    rules: dict[str, Rule] = {
        "name": _Name(),
        "description": _DESCRIPTION,
        "required": Flag(),
        "autocomplete": Flag(),
    }
    values: dict[int, Rule] = {STRING: Text(high=100), INTEGER: Whole(), NUMBER: Number()}
    if kind in values:
        choice = Fields(
            rules={"name": Text(low=1, high=100), "value": values[kind]}, required=("name", "value")
        )
        rules["choices"] = Many(of=choice, high=25)
    if kind == STRING:
        rules |= {"min_length": Whole(low=0, high=6000), "max_length": Whole(low=1, high=6000)}
    elif kind == INTEGER:
        rules |= {"min_value": Whole(), "max_value": Whole()}
    elif kind == NUMBER:
        rules |= {"min_value": Number(), "max_value": Number()}
    elif kind == CHANNEL:
        rules["channel_types"] = Many(of=Whole(low=0, high=16), high=20)
    return Fields(rules=rules, required=("name", "description"), then=_check_option)


def _check_order(holder: Json, path: Path, form: Form) -> None:
    optional_seen = False
    options = holder.get("options") or []
    for index, option in enumerate(options):
        if option.get("required") and optional_seen:
            text = "Required options must be placed before non-required options"
            code = "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"
            form.add((*path, "options", index), code, text)
        optional_seen = optional_seen or not option.get("required")
    _check_doubled(options, (*path, "options"), form)


def _check_doubled(items: list[Json], path: Path, form: Form) -> None:
    names: set[str] = set()
    for index, item in enumerate(items):
        if item["name"] in names:
            text = "Option name is already used"
            form.add((*path, index, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED", text)
        names.add(item["name"])


_VALUES: dict[int, Rule] = {kind: _value_option(kind) for kind in range(STRING, ATTACHMENT + 1)}
_SUBCOMMAND = Fields(
    rules={
        "name": _Name(),
        "description": _DESCRIPTION,
        "options": Many(of=Kinds(lambda: _VALUES), high=25),
    },
    required=("name", "description"),
    then=_check_order,
)
_GROUP = Fields(
    rules={
        "name": _Name(),
        "description": _DESCRIPTION,
        "options": Many(of=Kinds(lambda: {SUBCOMMAND: _SUBCOMMAND}), low=1, high=25),
    },
    required=("name", "description"),
)
_NESTED: dict[int, Rule] = {SUBCOMMAND: _SUBCOMMAND, GROUP: _GROUP}


def _check_slash(command: Json, path: Path, form: Form) -> None:
    kinds = {option["type"] for option in command.get("options") or []}
    if kinds & _NESTED.keys() and kinds - _NESTED.keys():
        text = "Sub-command and sub-command group option types are mutually exclusive"
        form.add((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    if not kinds & _NESTED.keys():
        _check_order(command, path, form)
    if sum(map(len, _texts(command))) > _TOTAL:
        text = f"Command exceeds maximum size ({_TOTAL})"
        form.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _texts(holder: Json) -> Iterator[str]:
    """Give all text that counts, the longest translation where there are any."""
    for name in ("name", "description"):
        translations = holder.get(f"{name}_localizations") or {}
        yield max([holder.get(name) or "", *map(str, translations.values())], key=len)
    for choice in holder.get("choices") or []:
        yield from _texts(choice)
        yield str(choice["value"])
    for option in holder.get("options") or []:
        yield from _texts(option)


_SHARED: dict[str, Rule] = {
    "nsfw": Flag(),
    "default_member_permissions": Snowflake(),
    "name_localizations": Fields(rules={}),
    "description_localizations": Fields(rules={}),
    "dm_permission": Flag(),
    "contexts": Many(of=OneOf((0, 1, 2)), high=3),
    "integration_types": Many(of=OneOf((0, 1)), high=2),
}
_SLASH = Fields(
    rules={
        "name": _Name(),
        "description": _DESCRIPTION,
        "options": Many(of=Kinds(lambda: _NESTED | _VALUES), high=25),
        **_SHARED,
    },
    required=("name", "description"),
    then=_check_slash,
)


def _check_menu(menu: Json, path: Path, form: Form) -> None:
    if not _MENU_NAME.match(menu["name"]):
        form.add((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    if menu.get("description"):
        text = "Context menu commands cannot have description"
        code = "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID"
        form.add((*path, "description"), code, text)
    if menu.get("options"):
        text = "Context menu commands cannot have options"
        form.add((*path, "options"), "APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID", text)


_MENU = Fields(
    rules={"name": Text(low=1, high=32), **_SHARED}, required=("name",), then=_check_menu
)


def check_command(command: Any, path: Path, form: Form) -> None:
    """Note what is wrong with one command."""
    kind = (command.get("type") or SLASH) if isinstance(command, dict) else SLASH
    rules: dict[int, Rule] = {SLASH: _SLASH, USER_MENU: _MENU, MESSAGE_MENU: _MENU}
    rule = rules.get(kind) if isinstance(kind, int) else None
    if rule is None:
        form.add((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
        return
    rule.check(command, path, form)


def check_commands(commands: Any) -> None:
    """Check all commands of a scope together.

    Raises:
        Refusal: 400 with code 50035.
    """
    form = Form()
    if not isinstance(commands, list):
        form.add((), "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
        form.check()
    for index, command in enumerate(commands):
        check_command(command, (index,), form)
    form.check()
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        key = (command.get("type", SLASH), command["name"])
        if key in seen:
            text = "Application command names must be unique"
            form.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        seen.add(key)
    for kind, most in _MOST.items():
        if sum(one.get("type", SLASH) == kind for one in commands) > most:
            form.add((), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    form.check()
