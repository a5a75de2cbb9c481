"""The page of /usage: what is used, what is left, and when it comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import discord

from bot.domain.money import Micros, usd
from bot.jobs.usage import GuildUse, Use
from bot.limits import Bucket, Caps, day_ends_at, resets_at
from bot.limits.refusals import epoch_us
from bot.store.quota import Spent
from bot.ui.text import ago, title_of

_BLUE = discord.Colour(0x5865F2)
NO_LIMITS = "The operator of this bot has lifted all limits."


def usage_page(
    whose: str, member: Use, guild: GuildUse | None = None, *, now: datetime
) -> discord.Embed:
    """Draw the page for a member; with the server's part, for those who manage it."""
    embed = discord.Embed(title=whose, colour=_BLUE, description="\n".join(_lines(member, now)))
    if guild is None:
        return embed
    embed.add_field(name="This server", value="\n".join(_lines(guild.use, now)), inline=False)
    if guild.models:
        embed.add_field(
            name="Most of this month's money went to",
            value="\n".join(_model_lines(guild.models)),
            inline=False,
        )
    if guild.ceiling is not None:
        embed.add_field(
            name="The operator's ceilings",
            value=(
                f"The server: {_ceiling(guild.ceiling.guild)}\n"
                f"Each member: {_ceiling(guild.ceiling.user)}\n"
                "-# /settings can set less, never more."
            ),
            inline=False,
        )
    return embed


def _lines(use: Use, now: datetime) -> list[str]:
    standing, caps = use.standing, use.caps
    day, month = standing.in_day(now), standing.in_period(now)
    if caps is None:
        return [
            NO_LIMITS,
            f"**Under way**: {standing.active}",
            f"**Today**: {usd(day)}",
            f"**This month**: {usd(month)}",
        ]
    return [
        _hourly(use, caps, now),
        f"**At once**: {standing.active} of {caps.at_once} under way",
        _money("Today", day, caps.daily, day_ends_at(now)),
        _money("This month", month, caps.monthly, resets_at(now)),
    ]


def _hourly(use: Use, caps: Caps, now: datetime) -> str:
    if caps.per_hour < 1:
        return "**Per hour**: none may be started"
    bucket, now_us = Bucket(caps.per_hour), epoch_us(now)
    left = bucket.left(use.standing.tat_us, now_us=now_us)
    line = f"**Per hour**: {left} of {caps.per_hour} left"
    next_us = bucket.next_at(use.standing.tat_us, now_us=now_us)
    if next_us is None:
        return line
    next_at = datetime.fromtimestamp(-(-next_us // 1_000_000), UTC)
    return f"{line} · one more {ago(next_at)}"


def _money(span: str, used: Micros, budget: Micros | None, starts_over_at: datetime) -> str:
    if budget is None:
        return f"**{span}**: {usd(used)}"
    left = Micros(max(budget - used, 0))
    return (
        f"**{span}**: {usd(used)} of {usd(budget)} used, {usd(left)} left"
        f" · starts over {ago(starts_over_at)}"
    )


def _model_lines(models: Sequence[Spent]) -> list[str]:
    return [
        f"{_model(one)} · {usd(one.amount)} for {one.requests}"
        f" {'piece' if one.requests == 1 else 'pieces'}"
        for one in models
    ]


def _model(spent: Spent) -> str:
    return "Pieces that are no longer kept" if spent.model is None else title_of(spent.model)


def _ceiling(caps: Caps) -> str:
    numbers = [f"{caps.per_hour} per hour", f"{caps.at_once} at once"]
    if caps.daily is not None:
        numbers.append(f"{usd(caps.daily)} a day")
    if caps.monthly is not None:
        numbers.append(f"{usd(caps.monthly)} a month")
    return ", ".join(numbers)
