"""The history as a message: a page of pieces, a menu to choose one, and what to do with it.

The message is for one person's eyes. Which question it answers stands in the database, under the
id that its buttons carry along with the page and the piece, so they work after any restart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

import discord

from bot.domain.ids import JobId
from bot.domain.job import Job, Kind, State
from bot.store.browsing import Entry, Page, Wanted
from bot.ui.buttons import CardButton, Verb
from bot.ui.text import NOUNS, ago, as_typed, shown, title_of

_COLOUR = discord.Colour(0x5865F2)
_LINE_LENGTH = 70
_LABEL_LENGTH = 100
_POINTER = "➤"
_MARKS = {
    Kind.MUSIC: "🎵",
    Kind.SFX: "🔊",
    Kind.SONG: "🎤",
    Kind.REMIX: "🎛️",
    Kind.STEMS: "🎚️",
}
_BUTTON = r"minstrel-history:(?P<move>[a-z]+):(?P<query>\d+):(?P<top>\d+):(?P<job>\d+)"
_MENU = r"minstrel-choice:(?P<query>\d+):(?P<top>\d+)"


class Move(StrEnum):
    """What is done under a list."""

    CHOOSE = "choose"
    NEWER = "newer"
    OLDER = "older"
    PLAY = "play"
    SHOW = "show"
    STAR = "star"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody is in a list.

    Attributes:
        query_id: Which question the list answers.
        top: The piece that the page begins with; None for the newest page.
        chosen: The piece that the buttons are about.
    """

    query_id: int
    top: JobId | None = None
    chosen: JobId | None = None


class HistoryButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=_BUTTON):
    """A button under a list. Pressing it is announced as the event ``history_move``."""

    def __init__(
        self,
        move: Move,
        place: Place,
        *,
        label: str = "",
        emoji: str | None = None,
        is_off: bool = False,
    ) -> None:
        top, chosen = place.top or 0, place.chosen or 0
        super().__init__(
            discord.ui.Button(
                label=label or move.value.capitalize(),
                emoji=emoji,
                style=discord.ButtonStyle.secondary,
                custom_id=f"minstrel-history:{move}:{place.query_id}:{top}:{chosen}",
                disabled=is_off,
            )
        )
        self.move = move
        self.place = place

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button that was pressed."""
        return cls(Move(match["move"]), _place(match["query"], match["top"], match["job"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("history_move", interaction, self.move, self.place)


class HistoryMenu(discord.ui.DynamicItem[discord.ui.Select[Any]], template=_MENU):
    """The menu that chooses a piece of the page; announced like the buttons."""

    def __init__(self, place: Place, options: list[discord.SelectOption] | None = None) -> None:
        super().__init__(
            discord.ui.Select(
                custom_id=f"minstrel-choice:{place.query_id}:{place.top or 0}",
                placeholder="Choose a piece",
                # Rebuilt for a press it needs none; Discord does not take a menu without any.
                options=options or [discord.SelectOption(label="-", value="0")],
            )
        )
        self.place = place

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the menu that was used."""
        data: Any = interaction.data
        values = data.get("values") or ["0"]
        chosen = str(values[0])
        return cls(_place(match["query"], match["top"], chosen if chosen.isdecimal() else "0"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the choice."""
        interaction.client.dispatch("history_move", interaction, Move.CHOOSE, self.place)


def history_embed(page: Page, wanted: Wanted, place: Place) -> discord.Embed:
    """Draw a page; the piece that the buttons are about is marked."""
    embed = discord.Embed(title=_title(wanted), colour=_COLOUR)
    if not page.entries:
        embed.description = _nothing(page)
        return embed
    chosen = _chosen(page, place)
    embed.description = "\n".join(
        _line(number, entry, is_chosen=entry is chosen)
        for number, entry in enumerate(page.entries, start=1)
    )
    embed.set_footer(
        text=f"Choose a piece in the menu; the buttons are about the one marked {_POINTER}"
    )
    return embed


def history_view(page: Page, place: Place) -> discord.ui.View | None:
    """Give the menu and the buttons of a page."""
    view = discord.ui.View(timeout=None)
    top = page.entries[0].job.id if page.entries and place.top is not None else place.top
    if page.entries:
        chosen = _chosen(page, place)
        here = Place(query_id=place.query_id, top=top, chosen=chosen.job.id)
        for item in _actions(page, here, chosen):
            view.add_item(item)
    if page.has_newer or page.older is not None:
        first = page.entries[0].job.id if page.entries else place.top
        newer = Place(query_id=place.query_id, top=first)
        older = Place(query_id=place.query_id, top=page.older)
        up = HistoryButton(Move.NEWER, newer, emoji="⬆️", is_off=not page.has_newer)
        down = HistoryButton(Move.OLDER, older, emoji="⬇️", is_off=page.older is None)
        for item in (up, down):
            item.item.row = 2
            view.add_item(item)
    return view if view.children else None


def _actions(page: Page, here: Place, chosen: Entry) -> list[discord.ui.Item[Any]]:
    """Give what can be done with the chosen piece, after the menu that chooses it."""
    menu = HistoryMenu(
        here,
        [
            _option(number, entry, is_chosen=entry is chosen)
            for number, entry in enumerate(page.entries, start=1)
        ],
    )
    menu.item.row = 0
    is_new = chosen.job.state is State.UNDELIVERED
    star = "Unfavourite" if chosen.is_favourite else "Favourite"
    buttons: list[discord.ui.DynamicItem[Any]] = [
        HistoryButton(Move.PLAY, here, emoji="▶️"),
        HistoryButton(Move.SHOW, here, emoji="📌", label="Post it here" if is_new else "Show"),
    ]
    if chosen.job.kind is not Kind.STEMS:
        buttons.append(CardButton(Verb.REMIX, chosen.job.id))
    buttons.append(HistoryButton(Move.STAR, here, emoji="⭐", label=star))
    for button in buttons:
        button.item.row = 1
    return [menu, *buttons]


def _chosen(page: Page, place: Place) -> Entry:
    return next((one for one in page.entries if one.job.id == place.chosen), page.entries[0])


def _line(number: int, entry: Entry, *, is_chosen: bool) -> str:
    job = entry.job
    pointer = f"{_POINTER} " if is_chosen else ""
    star = "⭐ " if entry.is_favourite else ""
    words = shown(_words(job).translate(_NO_BRACKETS), limit=_LINE_LENGTH)
    linked = words
    if job.card_id is not None:
        place = f"{job.guild_id}/{job.channel_id}/{job.card_id}"
        linked = f"[{words}](https://discord.com/channels/{place})"
    parts = [title_of(job.model), ago(job.created_at), f"<@{job.user_id}>"]
    if job.state is State.UNDELIVERED:
        parts.insert(0, "**📦 not delivered yet: listen to it, or post it here**")
    return f"**{number}.** {pointer}{star}{_MARKS[job.kind]} {linked}\n-# {' · '.join(parts)}"


_NO_BRACKETS = str.maketrans("[]", "()")


def _option(number: int, entry: Entry, *, is_chosen: bool) -> discord.SelectOption:
    job = entry.job
    label = as_typed(f"{number}. {_words(job)}", limit=_LABEL_LENGTH)
    about = f"{NOUNS[job.kind]} · {title_of(job.model)} · {job.created_at:%d %b %Y}"
    return discord.SelectOption(
        label=label,
        value=str(job.id),
        description=about[:_LABEL_LENGTH],
        emoji="⭐" if entry.is_favourite else _MARKS[job.kind],
        default=is_chosen,
    )


def _words(job: Job) -> str:
    return job.prompt or NOUNS[job.kind]


def _title(wanted: Wanted) -> str:
    """Say what was looked for, so that a list explains itself."""
    what = "Favourites" if wanted.favourites else "History"
    parts = []
    if wanted.kind is not None:
        parts.append(f"/{wanted.kind.value}")
    if wanted.model is not None:
        parts.append(title_of(wanted.model))
    if wanted.text is not None:
        parts.append(f"“{shown(wanted.text, limit=60)}”")
    if wanted.since is not None:
        parts.append(f"since {wanted.since:%d %b %Y}")
    if wanted.until is not None:
        parts.append(f"before {wanted.until:%d %b %Y}")
    return " · ".join([what, *parts])[:256]


def _nothing(page: Page) -> str:
    if page.older is not None:
        return "Nothing among these. There is more further back: press **Older**."
    return (
        "Nothing was found. Leave options out to see more: `whose: server` lists what others made, "
        "too, and words are looked for in prompts, styles and lyrics."
    )


def _place(query: str, top: str, job: str) -> Place:
    return Place(
        query_id=int(query),
        top=JobId(int(top)) if int(top) else None,
        chosen=JobId(int(job)) if int(job) else None,
    )
