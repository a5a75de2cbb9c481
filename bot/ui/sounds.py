"""Sounds as options and forms give them."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.jobs.delivery import attached_file
from bot.jobs.material import AttachedFile
from bot.store.history import Suggested
from bot.ui.forms import Field
from bot.ui.text import NOUNS, shown

_CHOICE_LENGTH = 100


def audio_on(message: discord.Message) -> AttachedFile | None:
    """Give the first sound that a message carries."""
    files = (attached_file(one) for one in message.attachments)
    return next((one for one in files if one.is_audio), None)


def source_choice(piece: Suggested) -> app_commands.Choice[str]:
    """Offer a piece in the list under an option."""
    day = f"{piece.created_at:%d %b %H:%M}"
    tail = f" · {NOUNS[piece.kind].lower()} · {day}"
    words = shown(piece.prompt, limit=_CHOICE_LENGTH - len(tail))
    return app_commands.Choice(name=f"{words}{tail}"[:_CHOICE_LENGTH], value=str(piece.id))


WISH = Field(
    name="wish",
    label="What should change?",
    hint="darker, with strings · extend 30s · replace 0:10-0:20 with drums · lyrics: …",
    is_long=True,
    is_required=True,
    most=4000,
)
AFTER = Field(name="after", label="Seconds to add at the end", hint="30", most=10)
BEFORE = Field(name="before", label="Seconds to add at the beginning", hint="0", most=10)
STYLE = Field(name="prompt", label="How it goes on", hint="Empty to go on as it is", most=1000)
PARTS = Field(
    name="stems", label="Which parts", hint="vocals drums; empty for all of them", most=100
)
MODEL = Field(name="model", label="Model", hint="Empty for the best value")
STRENGTH = Field(name="strength", label="How much may change, where the model has it", hint="0.8")
