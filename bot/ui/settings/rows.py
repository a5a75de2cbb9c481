"""Which buttons and menus stand under each page of the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import discord

from bot.catalogue.wording import cut
from bot.domain.job import AudioFormat
from bot.jobs.choices import MOST_CHOSEN
from bot.ui.settings.controls import OURS, Control, Item, Use, control_id
from bot.ui.settings.model_rows import model_rows
from bot.ui.settings.sections import ABOUT, TITLES, Place, Section, Standing, owns

_TEXT_CHANNELS = [
    discord.ChannelType.text,
    discord.ChannelType.news,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
]
_POSTING_CHANNELS = [discord.ChannelType.text, discord.ChannelType.news]


def controls(place: Place, standing: Standing) -> discord.ui.View:
    """Give what stands under a page. A new view each time, and dynamic items alone."""
    view = discord.ui.View(timeout=None)
    rows = [[_section_menu(place.section)], *_ROWS[place.section](standing, place)]
    if place.section is not Section.MODELS and (reset := _reset_menu(place.section, standing)):
        rows.append([reset])
    for number, row in enumerate(rows):
        for item in row:
            view.add_item(Control(item, row=number))
    return view


def _button(label: str, use: Use, argument: str = "", *, is_main: bool = False) -> Item:
    style = discord.ButtonStyle.primary if is_main else discord.ButtonStyle.secondary
    return discord.ui.Button(label=label, style=style, custom_id=control_id(use, argument))


def _section_menu(section: Section) -> Item:
    options = [
        discord.SelectOption(
            label=TITLES[one], value=one.value, description=ABOUT[one], default=one is section
        )
        for one in Section
    ]
    return discord.ui.Select(custom_id=control_id(Use.SECTION), options=options)


def _reset_menu(section: Section, standing: Standing) -> Item | None:
    """Offer to take back what is set in a section."""
    found = owns(section, standing)
    if not found:
        return None
    return discord.ui.Select(
        custom_id=control_id(Use.RESET, section.value),
        placeholder="Back to the operator's value: choose what",
        min_values=1,
        max_values=len(found),
        options=[
            discord.SelectOption(
                label=cut(one.label, limit=100),
                value=one.key,
                description=None if "<" in one.value else cut(f"now {one.value}", limit=100),
            )
            for one in found
        ],
    )


def _overview(_: Standing, _place: Place) -> list[list[Item]]:
    return []


def _limits(_: Standing, _place: Place) -> list[list[Item]]:
    return [[_button("Change the limits", Use.FORM, "limits", is_main=True)]]


def _money(_: Standing, _place: Place) -> list[list[Item]]:
    return [
        [
            _button("Change the budgets", Use.FORM, "budgets", is_main=True),
            _button("Change what is cheap and dear", Use.FORM, "prices"),
        ]
    ]


def _roles(standing: Standing, place: Place) -> list[list[Item]]:
    present = sorted(standing.settings.exempt_roles & standing.role_names.keys())
    tier: Item = discord.ui.RoleSelect(
        custom_id=control_id(Use.TIER),
        placeholder="Give a role numbers of its own: choose the role",
    )
    exempt: Item = discord.ui.RoleSelect(
        custom_id=control_id(Use.EXEMPT),
        placeholder="Exempt roles: choose them all",
        min_values=0,
        max_values=MOST_CHOSEN,
        default_values=[discord.Object(role, type=discord.Role) for role in present],
    )
    if place.role is None:
        return [[tier], [exempt]]
    label = cut(f"Change the numbers for {standing.role(place.role)}", limit=80)
    return [[tier], [_button(label, Use.FORM, f"tier.{place.role}", is_main=True)], [exempt]]


def _people(standing: Standing, _place: Place) -> list[list[Item]]:
    present = sorted(standing.settings.channels & standing.channel_ids)
    block: Item = discord.ui.UserSelect(
        custom_id=control_id(Use.BLOCK), placeholder="Block members", max_values=MOST_CHOSEN
    )
    unblock: Item = discord.ui.UserSelect(
        custom_id=control_id(Use.UNBLOCK),
        placeholder="Let blocked members ask again",
        max_values=MOST_CHOSEN,
    )
    channels: Item = discord.ui.ChannelSelect(
        custom_id=control_id(Use.CHANNELS),
        placeholder="Take requests in these channels only",
        channel_types=_TEXT_CHANNELS,
        min_values=0,
        max_values=MOST_CHOSEN,
        default_values=[
            discord.Object(channel, type=discord.abc.GuildChannel) for channel in present
        ],
    )
    return (
        [[block], [unblock], [channels]]
        if standing.settings.blocked_users
        else [
            [block],
            [channels],
        ]
    )


def _moderation(standing: Standing, _place: Place) -> list[list[Item]]:
    chosen = standing.settings.audit_channel
    audit: Item = discord.ui.ChannelSelect(
        custom_id=control_id(Use.AUDIT),
        placeholder="Audit channel: none",
        channel_types=_POSTING_CHANNELS,
        min_values=0,
        max_values=1,
        default_values=[discord.Object(chosen, type=discord.abc.GuildChannel)]
        if chosen in standing.channel_ids and chosen is not None
        else [],
    )
    return [[_button("Change the blocked words", Use.FORM, "words", is_main=True)], [audit]]


def _files(standing: Standing, _place: Place) -> list[list[Item]]:
    chosen = standing.settings.format
    formats: Item = discord.ui.Select(
        custom_id=control_id(Use.FORMAT),
        placeholder="The format when a member names none",
        options=[
            discord.SelectOption(
                label="Format: Minstrel's own choice", value=OURS, default=chosen is None
            ),
            *(
                discord.SelectOption(
                    label=f"Format: {one.value}", value=one.value, default=one is chosen
                )
                for one in AudioFormat
            ),
        ],
    )
    return [
        [_button("Change how long results are kept", Use.FORM, "retention", is_main=True)],
        [formats],
    ]


_ROWS: Mapping[Section, Callable[[Standing, Place], list[list[Item]]]] = {
    Section.OVERVIEW: _overview,
    Section.LIMITS: _limits,
    Section.MONEY: _money,
    Section.ROLES: _roles,
    Section.PEOPLE: _people,
    Section.MODELS: model_rows,
    Section.MODERATION: _moderation,
    Section.FILES: _files,
}
