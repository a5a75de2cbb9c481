"""Taking what a card says of its relations off it, when one of them is to be forgotten."""

from __future__ import annotations

import discord

from bot.jobs.delivery.names import BECAME, MADE_FROM, WAVEFORM_NAME

_RELATIONS = frozenset({MADE_FROM, BECAME})
_LINE = f"-# {MADE_FROM.lower()} "
"""How a card that waits says it."""


def without_relations(message: discord.Message) -> discord.Embed | None:
    """Give a card's text without its relations; None where it tells of none."""
    if not message.embeds:
        return None
    embed = message.embeds[0].copy()
    kept = [field for field in embed.fields if field.name not in _RELATIONS]
    lines = (embed.description or "").split("\n")
    others = [line for line in lines if not line.startswith(_LINE)]
    if len(kept) == len(embed.fields) and others == lines:
        return None
    embed.description = "\n".join(others) or None
    embed.clear_fields()
    for field in kept:
        embed.add_field(name=field.name, value=field.value, inline=field.inline)
    if embed.image.url and any(one.filename == WAVEFORM_NAME for one in message.attachments):
        # Discord gave the picture's own link instead, which would show it twice, and ends in a day.
        embed.set_image(url=f"attachment://{WAVEFORM_NAME}")
    return embed
