"""What Discord is told of the commands, word for word, and held to Discord's limits.

Whoever changes a command on purpose renews the picture with

    RENEW=1 .venv/bin/pytest tests/test_commands.py -q -p no:cacheprovider

and reads the difference before committing it.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import EXTENSIONS
from bot.config import Settings
from tests.clock import ManualClock
from tests.whole import whole_bot

PICTURE = Path(__file__).parent / "commands.json"
NOWHERE = "http://127.0.0.1:9"

Payload = dict[str, Any]


@pytest.fixture
async def commands(tmp_path: Path) -> AsyncIterator[list[Payload]]:
    """The body of the request that registers the commands."""
    settings = Settings(
        _env_file=None,
        fal_key=SecretStr("id:secret"),
        fal_queue_url=NOWHERE,
        fal_rest_url=NOWHERE,
        fal_api_url=NOWHERE,
        minstrel_data_dir=tmp_path,
    )
    async with whole_bot(settings, clock=ManualClock()) as bot, bot:
        for extension in EXTENSIONS:
            await bot.load_extension(extension)
        yield [command.to_dict(bot.tree) for command in bot.tree.get_commands()]


def everything(commands: list[Payload]) -> Iterator[Payload]:
    """Yield commands, sub-commands and options."""
    for one in commands:
        yield one
        yield from everything(one.get("options", []))


def size_of(one: Payload) -> int:
    """Count what Discord counts: names, descriptions and values, all the way down."""
    choices = sum(
        len(str(choice["name"])) + len(str(choice["value"])) for choice in one.get("choices", [])
    )
    own = len(one["name"]) + len(one.get("description", ""))
    return own + choices + sum(size_of(option) for option in one.get("options", []))


async def test_the_commands_are_as_they_were_last_agreed_on(commands: list[Payload]) -> None:
    """Members and scripts rely on names and options: they change on purpose only."""
    now = json.dumps(
        sorted(commands, key=lambda one: (one["type"], one["name"])),
        indent=2,
        sort_keys=True,
        ensure_ascii=False,
    )
    if os.environ.get("RENEW"):
        PICTURE.write_text(now + "\n")

    assert now + "\n" == PICTURE.read_text(), f"see the docstring of {Path(__file__).name}"


async def test_everything_fits_into_discords_limits(commands: list[Payload]) -> None:
    """Discord refuses the whole set when one of these is over its limit."""
    kinds = [one["type"] for one in commands]
    assert kinds.count(1) <= 100
    assert max(kinds.count(2), kinds.count(3)) <= 5
    assert max(size_of(one) for one in commands) <= 8_000
    for one in everything(commands):
        assert 1 <= len(one["name"]) <= 32
        assert len(one.get("options", [])) <= 25
        assert len(one.get("choices", [])) <= 25
        if one in commands and one["type"] != 1:
            continue
        assert one["name"] == one["name"].lower()
        assert 1 <= len(one["description"]) <= 100, one["name"]
        for choice in one.get("choices", []):
            assert 1 <= len(choice["name"]) <= 100
            assert len(str(choice["value"])) <= 100


async def test_required_options_come_first(commands: list[Payload]) -> None:
    """Discord refuses an optional option before a required one."""
    for one in everything(commands):
        required = [bool(option.get("required")) for option in one.get("options", [])]
        assert required == sorted(required, reverse=True), one["name"]


async def test_every_command_is_for_servers(commands: list[Payload]) -> None:
    """Limits, money and history belong to a server; only what needs none is offered elsewhere."""
    for one in commands:
        is_for_servers = one["contexts"] == [0] or one["dm_permission"] is False
        assert is_for_servers or one["name"] in {"help", "models", "privacy"}, one["name"]


async def test_every_option_says_what_it_is_for(commands: list[Payload]) -> None:
    """discord.py writes an ellipsis where a description was forgotten."""
    for one in everything(commands):
        assert one.get("description") != "…", one["name"]
