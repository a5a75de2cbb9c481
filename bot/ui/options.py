"""What commands share: the words under their options, and the choices of models."""

from __future__ import annotations

from typing import Literal

from discord import app_commands

from bot import catalogue
from bot.catalogue import NO_NEWS, Market, Mode
from bot.domain.job import AudioFormat, Kind

MODEL = "Which model makes it; the best value if empty"
DURATION = "Length in seconds; the model's default if empty"
SEED = "The same number gives the same result again"
FORMAT = "The kind of file; mp3 plays everywhere"
VARIATIONS = "How many different takes, on one card"
ADVANCED = "Any other field of the model, such as: steps=60 scheduler=heun"

Variations = app_commands.Range[int, 1, 4]
Format = Literal["mp3", "ogg", "wav", "flac"]
Command = Literal["music", "sfx", "song", "remix", "stems"]
"""Choices whose words are also their values, as discord.py shows those of a Literal."""


def chosen_format(typed: str | None) -> AudioFormat | None:
    """Give the format that an option names, if it does."""
    return None if typed is None else AudioFormat(typed)


def model_choices(
    kind: Kind, typed: str, *, market: Market = NO_NEWS, mode: Mode | None = None
) -> list[app_commands.Choice[str]]:
    """Offer the models of a command whose name or id has what was typed."""
    return [
        app_commands.Choice(name=label, value=endpoint)
        for label, endpoint in catalogue.suggest(kind, typed, market=market)
        if mode is None or mode in catalogue.find(endpoint).about.modes
    ]
