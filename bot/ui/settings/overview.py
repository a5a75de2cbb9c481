"""All sections of the settings at a glance: what holds, and what of it was set here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import discord

from bot import catalogue
from bot.domain.job import AudioFormat, Kind
from bot.jobs.choices import NUMBERS
from bot.ui.settings.sections import TITLES, Section, Standing, mentions, owns

_FIELD_LENGTH = 700
"""Of 1,024: seven of them have to fit into one embed of 6,000 (Discord docs, Embed Limits)."""


def overview(page: discord.Embed, standing: Standing) -> None:
    """Fill the first page."""
    page.description = (
        "What holds in this server. Where nothing is set here, the operator of the bot decides. "
        "Choose below what to look at or to change."
    )
    for section, lines in _LINES.items():
        own = ", ".join(one.label for one in owns(section, standing))
        words = lines(standing)
        if len(words) > _FIELD_LENGTH:
            words = words[:_FIELD_LENGTH].rpartition(" ")[0] + " …"
        if own:
            words += f"\n-# set here: {own if len(own) < 200 else own[:200] + ' …'}"
        page.add_field(name=TITLES[section], value=words, inline=False)


def _value(name: str, standing: Standing) -> str:
    value = standing.above.standing(standing.settings, name)
    return "any" if value is None else NUMBERS[name].shown(value)


def _limits(standing: Standing) -> str:
    def value(name: str) -> str:
        return _value(name, standing)

    longest = value("longest_seconds")
    length = "of any length" if longest == "any" else f"up to {longest} long"
    return (
        f"Members: {value('user_per_hour')} per hour, {value('user_at_once')} at once. "
        f"The server: {value('guild_per_hour')} per hour, {value('guild_at_once')} at once. "
        f"Pieces {length}."
    )


def _money(standing: Standing) -> str:
    def value(name: str) -> str:
        return _value(name, standing)

    return (
        f"Members: {value('user_daily')} per day, {value('user_monthly')} per month. "
        f"The server: {value('guild_daily')} per day, {value('guild_monthly')} per month. "
        f"Prices above {value('cheap')} are shown, those from {value('dear')} on confirmed."
    )


def _roles(standing: Standing) -> str:
    settings = standing.settings
    own, exempt = len(settings.tiers), len(settings.exempt_roles)
    if not own and not exempt:
        return "The same for all members."
    return (
        f"{_count(own, 'role has numbers of its own', 'roles have numbers of their own')}, "
        f"{exempt} exempt."
    )


def _people(standing: Standing) -> str:
    settings = standing.settings
    blocked = len(settings.blocked_users)
    who = f"{_count(blocked, 'member is', 'members are')} blocked." if blocked else ""
    where = mentions(settings.channels, "<#{}>")
    return f"{who or 'Nobody is blocked.'} Requests are taken in {where or 'every channel'}."


def _models(standing: Standing) -> str:
    allowed = standing.settings.allowed_models
    everything = {
        one.about.endpoint for one in catalogue.all_models() if not standing.market.is_gone(one)
    }
    total = len(everything)
    some = f"{len(allowed & everything)} of {total} models may be used."
    usual = [
        f"/{kind.value} uses {model.about.title}"
        for kind in Kind
        if kind in standing.settings.models and (model := standing.usual(kind)) is not None
    ]
    return " ".join([some if allowed else f"All {total} models may be used.", *_sentence(usual)])


def _sentence(parts: list[str]) -> list[str]:
    return [", ".join(parts) + "."] if parts else []


def _moderation(standing: Standing) -> str:
    settings = standing.settings
    count = len(settings.blocked_words)
    words = _count(count, "word or phrase is", "words and phrases are") if count else "No words are"
    channel = settings.audit_channel
    told = f"What goes on is told in <#{channel}>." if channel else "There is no audit channel."
    return f"{words} blocked. {told}"


def _files(standing: Standing) -> str:
    days = _value("retention_days", standing)
    kept = "as long as the operator keeps them" if days == "any" else f"for {days}"
    return f"Results are kept {kept}. Files are {(standing.settings.format or AudioFormat.MP3)}."


def _count(number: int, one: str, many: str) -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many}"


_LINES: Mapping[Section, Callable[[Standing], str]] = {
    Section.LIMITS: _limits,
    Section.MONEY: _money,
    Section.ROLES: _roles,
    Section.PEOPLE: _people,
    Section.MODELS: _models,
    Section.MODERATION: _moderation,
    Section.FILES: _files,
}
