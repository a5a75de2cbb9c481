"""What a member is told of their data, and the button that has it erased."""

from __future__ import annotations

import re
from typing import Any, Self

import discord

from bot.domain.ids import UserId
from bot.jobs.erasing import Erased

_COLOUR = discord.Colour(0x5865F2)


class EraseButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"minstrel-erase:(?P<user>\d+)"
):
    """Erases what is kept about one member. Pressing it is announced as ``erase_button``."""

    def __init__(self, user_id: UserId) -> None:
        super().__init__(
            discord.ui.Button(
                label="Erase everything",
                style=discord.ButtonStyle.danger,
                custom_id=f"minstrel-erase:{user_id}",
            )
        )
        self.user_id = user_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button that was pressed."""
        return cls(UserId(int(match["user"])))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("erase_button", interaction, self.user_id)


def privacy_embed(
    *, retention_days: int | None, keep_days: float, grace_days: float
) -> discord.Embed:
    """Say what is kept, how long, and who else gets to see it."""
    kept = "for good" if retention_days is None else f"for {_days(retention_days)}"
    embed = discord.Embed(title="Your data", colour=_COLOUR)
    embed.add_field(
        name="What is kept",
        value=(
            "Your Discord id, and what you ask for: prompts, lyrics, options, when and in which "
            "channel, the results, their cost, and your favourites. Other messages are not read."
        ),
        inline=False,
    )
    embed.add_field(
        name="How long",
        value=(
            f"Pieces and their words are kept {kept} on this server; the audio as the model made "
            f"it, for up to {_days(keep_days)}. When Minstrel is removed from the server, all of it "
            f"is forgotten {_days(grace_days)} later. Bookings, which hold ids and amounts only, "
            "stay."
        ),
        inline=False,
    )
    embed.add_field(
        name="Who gets it",
        value=(
            "The service that makes the music gets the request and the audio to work on, but not "
            "who you are. Discord shows the result in the channel. Nobody else gets anything."
        ),
        inline=False,
    )
    embed.add_field(
        name="What you can do",
        value="**/privacy export** gives you all of it, **/privacy erase** removes it.",
        inline=False,
    )
    return embed


def erase_question(pieces: int, favourites: int) -> str:
    """Say what would be erased, before it is."""
    return (
        f"This erases all that Minstrel keeps about you on this server: {_count(pieces, 'piece')} "
        "with prompts, lyrics, options, results and files, their cards in the channels, and "
        f"{_count(favourites, 'favourite')}. What you asked for and is not finished is cancelled. "
        "What others made from your pieces keeps its audio, but not your words.\n"
        "Bookings stay, without any words: what was paid has to add up. "
        "**This cannot be undone.** /privacy export gives you everything first."
    )


def erased_words(erased: Erased) -> str:
    """Say what was erased, and what is still to come."""
    words = (
        f"Done: the words, results and files of {_count(erased.cards, 'piece')} are gone, and so "
        "are your favourites. Their cards disappear from the channels in the next minutes, as far "
        "as Minstrel can still reach them."
    )
    if erased.under_way:
        words += (
            f" {_count(erased.under_way, 'piece')} could not be stopped any more; what comes of it "
            "is erased as soon as it is over."
        )
    return words


def erase_view(user_id: UserId) -> discord.ui.View:
    """Give the button that does it."""
    view = discord.ui.View(timeout=None)
    view.add_item(EraseButton(user_id))
    return view


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _days(number: float) -> str:
    return f"{number:g} day" + ("" if number == 1 else "s")
