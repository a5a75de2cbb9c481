"""The report as Discord shows it."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.doctor.findings import Finding, Level

_SIGNS = {Level.FINE: "✅", Level.NOTE: "💡", Level.BAD: "⚠️"}
_WELL, _UNWELL = discord.Colour(0x57F287), discord.Colour(0xFEE75C)
_LONGEST = 380
"""Characters of one line, so that all of them fit into an embed."""


def page(findings: Sequence[Finding]) -> discord.Embed:
    """Show one line per finding, what is not well first."""
    bad = [one for one in findings if one.level is Level.BAD]
    title = "All is well" if not bad else _count(len(bad))
    embed = discord.Embed(title=title, colour=_UNWELL if bad else _WELL)
    ordered = [*bad, *(one for one in findings if one.level is not Level.BAD)]
    embed.description = "\n".join(
        f"{_SIGNS[one.level]} **{one.subject}** {_within(one.words)}" for one in ordered
    )
    return embed


def _count(number: int) -> str:
    return "One thing needs somebody" if number == 1 else f"{number} things need somebody"


def _within(words: str) -> str:
    return words if len(words) <= _LONGEST else words[:_LONGEST].rpartition(" ")[0] + " …"
