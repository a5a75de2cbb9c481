"""What the buttons and menus under a page of the settings are.

What each is for stands in its custom id, so that they work after any restart, and like those on
cards they decide nothing: using one is announced as the event ``settings_control``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Self

import discord

from bot.domain.job import Kind
from bot.ui.settings.sections import Place, Section

PREFIX = "minstrel-settings"
OURS = "minstrel"
"""Stands for Minstrel's own choice in menus."""

Item = discord.ui.Item[Any]


class Use(StrEnum):
    """What a control does."""

    SECTION = "section"
    FORM = "form"
    TIER = "tier"
    EXEMPT = "exempt"
    BLOCK = "block"
    UNBLOCK = "unblock"
    CHANNELS = "channels"
    AUDIT = "audit"
    COMMAND = "command"
    MODELS = "models"
    ALLOW = "allow"
    ALLOW_ALL = "allow-all"
    USUAL = "usual"
    FORMAT = "format"
    RESET = "reset"


_SECTIONS: Mapping[Use, Section] = {
    Use.TIER: Section.ROLES,
    Use.EXEMPT: Section.ROLES,
    Use.BLOCK: Section.PEOPLE,
    Use.UNBLOCK: Section.PEOPLE,
    Use.CHANNELS: Section.PEOPLE,
    Use.AUDIT: Section.MODERATION,
    Use.COMMAND: Section.MODELS,
    Use.MODELS: Section.MODELS,
    Use.ALLOW: Section.MODELS,
    Use.ALLOW_ALL: Section.MODELS,
    Use.USUAL: Section.MODELS,
    Use.FORMAT: Section.FILES,
}
"""The page that a control stands on, where its argument does not say it."""


class Control(
    discord.ui.DynamicItem[Item],
    template=rf"{PREFIX}:(?P<use>[a-z-]+)(?::(?P<argument>[a-z0-9.-]*))?",
):
    """One button or menu."""

    def __init__(self, item: Item, *, row: int | None = None) -> None:
        super().__init__(item, row=row)
        match = self.template.fullmatch(self.custom_id)
        self.use = Use(match["use"]) if match else Use.SECTION
        self.argument = (match["argument"] if match else None) or ""

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], item: Item, _match: re.Match[str]
    ) -> Self:
        """Rebuild what was used, on whatever message of whatever process."""
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the use."""
        interaction.client.dispatch("settings_control", interaction, self)

    @property
    def place(self) -> Place:
        """Where the panel is to be open after this was used."""
        values = self.values
        if self.use is Use.SECTION:
            return Place(section=Section(values[0]))
        if self.use is Use.RESET:
            return Place(section=Section(self.argument))
        section = _SECTIONS[self.use]
        if self.use is Use.TIER:
            return Place(section=section, role=int(values[0]))
        if self.use is Use.COMMAND:
            return Place(section=section, kind=Kind(values[0]))
        if section is not Section.MODELS:
            return Place(section=section)
        kind, _, page = self.argument.partition(".")
        return Place(section=section, kind=Kind(kind), page=int(page))

    @property
    def values(self) -> list[str]:
        """What was chosen in a menu; ids of roles, members and channels as text."""
        chosen: Iterable[Any] = getattr(self.item, "values", ())
        return [one if isinstance(one, str) else str(one.id) for one in chosen]

    @property
    def offered(self) -> list[str]:
        """What could have been chosen in a menu of texts."""
        options: Iterable[discord.SelectOption] = getattr(self.item, "options", ())
        return [one.value for one in options]

    @property
    def shown(self) -> list[str]:
        """What was chosen already when the page was drawn."""
        if isinstance(self.item, discord.ui.Select):
            return [one.value for one in self.item.options if one.default]
        preset: Iterable[discord.SelectDefaultValue] = getattr(self.item, "default_values", ())
        return [str(one.id) for one in preset]


def control_id(use: Use, argument: str = "") -> str:
    """Give the custom id of a control."""
    return f"{PREFIX}:{use}:{argument}" if argument else f"{PREFIX}:{use}"
