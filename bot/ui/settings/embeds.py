"""What holds in a server, one embed per section: its own values, or whose otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import discord

from bot import catalogue
from bot.catalogue import Endpoint
from bot.domain.job import AudioFormat, Kind
from bot.jobs.choices import NUMBERS
from bot.jobs.differences import title
from bot.ui.settings.overview import overview
from bot.ui.settings.sections import (
    ABOUT,
    BUDGETS,
    IN_LIMITS,
    PRICES,
    TITLES,
    Place,
    Section,
    Standing,
    mentions,
    tier_words,
)
from bot.ui.text import shown

_COLOUR = discord.Colour(0x5865F2)
_FIELD_LENGTH = 1024
_WORDS_LENGTH = 900
_LIFTED = (
    "The operator of this bot has switched limits off: numbers per hour, at once, per day and per "
    "month are kept, and do nothing until limits are on again."
)


def embed(place: Place, standing: Standing) -> discord.Embed:
    """Show what holds in a section."""
    section = place.section
    page = discord.Embed(
        title=f"Settings: {TITLES[section]}", description=ABOUT[section] + ".", colour=_COLOUR
    )
    _PAGES[section](page, standing)
    if section is Section.MODELS:
        _of_command(page, standing, place.kind)
    return page


def _limits(page: discord.Embed, standing: Standing) -> None:
    _numbers(page, standing, IN_LIMITS)


def _money(page: discord.Embed, standing: Standing) -> None:
    _numbers(page, standing, BUDGETS + PRICES)
    page.set_footer(text="Days and months end at midnight UTC. $0.00 as a budget allows nothing.")


def _numbers(page: discord.Embed, standing: Standing, names: tuple[str, ...]) -> None:
    if not standing.above.is_limiting:
        page.description = f"{page.description}\n{_LIFTED}"
    for name in names:
        page.add_field(name=NUMBERS[name].label, value=value_of(name, standing))


def value_of(name: str, standing: Standing) -> str:
    """Write what holds for a number, and whose it is."""
    number = NUMBERS[name]
    own: int | None = getattr(standing.settings, name)
    theirs, ceiling = standing.above.numbers.get(name), standing.above.ceilings.get(name)
    if own is None:
        if theirs is None:
            return "**no limit**\n-# nothing set here"
        return f"**{number.shown(theirs)}**\n-# {number.whose}'s value"
    if ceiling is not None and own > ceiling:
        return (
            f"**{number.shown(ceiling)}**\n-# the operator allows no more; "
            f"{number.shown(own)} is set here"
        )
    above = f"; the operator allows up to {number.shown(ceiling)}" if ceiling is not None else ""
    return f"**{number.shown(own)}**\n-# set here{above}"


def _roles(page: discord.Embed, standing: Standing) -> None:
    settings = standing.settings
    lines = [f"<@&{role}> {tier_words(tier)}" for role, tier in settings.tiers.items()]
    page.description = "\n".join(
        [
            f"{page.description}",
            "**Roles with numbers of their own**",
            *(lines or ["-# none: all members are held to the same"]),
        ]
    )
    page.add_field(
        name="Exempt roles",
        value=mentions(settings.exempt_roles, "<@&{}>") or "-# none",
        inline=False,
    )
    page.set_footer(
        text="With several roles the most generous number counts. Exempt members are still held "
        "to the server's and to the operator's limits."
    )


def _people(page: discord.Embed, standing: Standing) -> None:
    settings = standing.settings
    page.add_field(
        name="Blocked members",
        value=mentions(settings.blocked_users, "<@{}>") or "-# nobody",
        inline=False,
    )
    page.add_field(
        name="Requests are taken in",
        value=mentions(settings.channels, "<#{}>") or "-# every channel",
        inline=False,
    )
    page.set_footer(text="A thread counts as the channel that it belongs to.")


def _models(page: discord.Embed, standing: Standing) -> None:
    for kind in Kind:
        model = standing.usual(kind)
        words = "none is allowed" if model is None else _with_origin(model, kind, standing)
        page.add_field(name=f"/{kind.value}", value=words)


def _with_origin(model: type[Endpoint], kind: Kind, standing: Standing) -> str:
    """Name the usual model, and say whose choice it is."""
    chosen = standing.settings.models.get(kind)
    origin = "chosen here"
    if chosen is None:
        origin = "Minstrel's choice"
    elif model.about.endpoint != chosen:
        origin = f"Minstrel's choice: {title(chosen)} is chosen here and can no longer be had"
    return f"{model.about.title}\n-# {origin}"


def _of_command(page: discord.Embed, standing: Standing, kind: Kind) -> None:
    allowed = standing.settings.allowed_models
    found = catalogue.models(kind, market=standing.market)
    out = [one.about.title for one in found if allowed and one.about.endpoint not in allowed]
    words = f"{len(found) - len(out)} of {len(found)} may be used."
    if out:
        words += f" Not allowed: {', '.join(out)}."
    page.add_field(name=f"Models of /{kind.value}", value=_within(words), inline=False)


def _moderation(page: discord.Embed, standing: Standing) -> None:
    settings = standing.settings
    count = len(settings.blocked_words)
    words = "-# none"
    if count:
        listed = _some([shown(word, limit=60) for word in settings.blocked_words])
        words = f"{count:,}: ||{listed}||"
    page.add_field(name="Blocked words and phrases", value=words, inline=False)
    channel = f"<#{settings.audit_channel}>" if settings.audit_channel else "-# none"
    page.add_field(name="Audit channel", value=channel, inline=False)
    page.set_footer(
        text="Blocked words are found in capitals, with accents, with look-alike letters and "
        "spaced out, too. The audit channel is told of requests, refusals and changes here."
    )


def _files(page: discord.Embed, standing: Standing) -> None:
    page.add_field(name="Results are kept for", value=value_of("retention_days", standing))
    chosen = standing.settings.format
    origin = "chosen here" if chosen else "Minstrel's choice"
    name = (chosen or AudioFormat.MP3).value
    page.add_field(name="Format", value=f"{name}\n-# {origin}")


def _some(words: list[str]) -> str:
    """Join as many words as a field has room for."""
    kept = ""
    for word in words:
        if len(kept) + len(word) > _WORDS_LENGTH:
            return f"{kept}, …"
        kept = f"{kept}, {word}" if kept else word
    return kept


def _within(text: str) -> str:
    """Keep whole lines of a text up to what a field holds."""
    if len(text) <= _FIELD_LENGTH:
        return text
    cut = text[: _FIELD_LENGTH - 2]
    return (cut.rpartition("\n")[0] or cut) + "\n…"


_PAGES: Mapping[Section, Callable[[discord.Embed, Standing], None]] = {
    Section.OVERVIEW: overview,
    Section.LIMITS: _limits,
    Section.MONEY: _money,
    Section.ROLES: _roles,
    Section.PEOPLE: _people,
    Section.MODELS: _models,
    Section.MODERATION: _moderation,
    Section.FILES: _files,
}
