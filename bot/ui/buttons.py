"""Buttons on cards. Verb and job stand in the custom id, so they work after any restart.

They decide nothing: pressing one is announced as the event ``card_button``, which a cog answers.
Views are made of such items alone and are built anew for each edit; discord.py keeps no memory of
those, and forgets no class of them (both go wrong with other kinds of views).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord

from bot.domain.ids import JobId
from bot.domain.job import Job, Kind, State
from bot.domain.money import usd
from bot.errors import Refused
from bot.ui.text import title_of


class Verb(StrEnum):
    """What a button on a card does."""

    CANCEL = "cancel"
    NOTIFY = "notify"
    AGAIN = "again"
    EDIT = "edit"
    REMIX = "remix"
    EXTEND = "extend"
    STEMS = "stems"
    FORMAT = "format"
    DELETE = "delete"
    TRY = "try"
    UNDO = "undo"


_EMOJI = {
    Verb.CANCEL: "✖️",
    Verb.NOTIFY: "🔔",
    Verb.AGAIN: "🔁",
    Verb.EDIT: "✏️",
    Verb.REMIX: "🎛️",
    Verb.EXTEND: "⏩",
    Verb.STEMS: "🎚️",
    Verb.FORMAT: "💾",
    Verb.DELETE: "🗑️",
    Verb.TRY: "↪️",
    Verb.UNDO: "↩️",
}
_LONGEST_LABEL = 80
"""Characters that a button takes (Discord docs, Component Reference)."""


class CardButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"minstrel:(?P<verb>[a-z]+):(?P<job>\d+)",
):
    """One verb for one job."""

    def __init__(
        self, verb: Verb, job_id: JobId, *, label: str | None = None, emoji: str | None = None
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=label or verb.value.capitalize(),
                emoji=emoji or _EMOJI[verb],
                style=discord.ButtonStyle.secondary,
                custom_id=f"minstrel:{verb}:{job_id}",
            )
        )
        self.verb = verb
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button that was pressed, on whatever message of whatever process."""
        return cls(Verb(match["verb"]), JobId(int(match["job"])))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("card_button", interaction, self.verb, self.job_id)


class DraftButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"minstrel-draft:(?P<draft>\d+)(?P<writes>:write)?",
):
    """Opens a form that was refused, or hands it in once more with the words left to the model."""

    def __init__(
        self, draft_id: int, *, label: str = "Open it again", writes: bool = False
    ) -> None:
        super().__init__(
            discord.ui.Button(
                label=label[:_LONGEST_LABEL],
                style=discord.ButtonStyle.secondary if writes else discord.ButtonStyle.primary,
                custom_id=f"minstrel-draft:{draft_id}{':write' if writes else ''}",
            )
        )
        self.draft_id = draft_id
        self.writes = writes

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button that was pressed."""
        return cls(int(match["draft"]), writes=match["writes"] is not None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("draft_button", interaction, self.draft_id, writes=self.writes)


def buttons_for(job: Job, *, rings: bool = False) -> discord.ui.View | None:
    """Give the buttons that make sense for a job as it stands.

    `rings` says whether the member wants to be told when it is over.
    """
    verbs = _verbs_for(job)
    if not verbs:
        return None
    view = discord.ui.View(timeout=None)
    for verb in verbs:
        label = _label(verb, job, rings=rings)
        emoji = "🔕" if verb is Verb.NOTIFY and rings else None
        view.add_item(CardButton(verb, job.id, label=label, emoji=emoji))
    return view


def undo_view(job_id: JobId) -> discord.ui.View:
    """Give the one button that brings a deleted piece back."""
    view = discord.ui.View(timeout=None)
    view.add_item(CardButton(Verb.UNDO, job_id))
    return view


def remix_view(job_id: JobId) -> discord.ui.View:
    """Give the one button that asks what should change."""
    view = discord.ui.View(timeout=None)
    view.add_item(CardButton(Verb.REMIX, job_id))
    return view


def _label(verb: Verb, job: Job, *, rings: bool) -> str | None:
    """Write what stands on the buttons that do not say all by their verbs."""
    if verb is Verb.NOTIFY:
        return "Don't notify me" if rings else "Notify me"
    if verb is not Verb.TRY or job.failure is None or job.failure.offer is None:
        return None
    price = "" if job.offer_price is None else f" ({usd(job.offer_price)})"
    title = title_of(job.failure.offer)[: _LONGEST_LABEL - len("Try ") - len(price)]
    return f"Try {title}{price}"


def _verbs_for(job: Job) -> tuple[Verb, ...]:
    if job.state is State.DELIVERED:
        on_sound = (Verb.REMIX, Verb.EXTEND, Verb.STEMS) if job.kind is not Kind.STEMS else ()
        edit = (Verb.EDIT,) if job.kind is not Kind.STEMS else ()
        return (Verb.AGAIN, *edit, *on_sound, Verb.FORMAT, Verb.DELETE)
    if job.state.is_final:
        offered = (Verb.TRY,) if job.failure is not None and job.failure.offer else ()
        edit = (Verb.EDIT,) if job.kind is not Kind.STEMS else ()
        # What could not be posted is there all the same, for whoever wants to have it.
        kept = (Verb.FORMAT,) if job.state is State.UNDELIVERED else ()
        if job.failure is not None and job.failure.code == Refused.code:
            # The same words would be refused again.
            return (*offered, *edit, Verb.AGAIN, *kept)
        return (*offered, Verb.AGAIN, *edit, *kept)
    if job.cancel_at is not None or job.state is State.GENERATED:
        return ()
    return (Verb.NOTIFY,) if job.state is State.UNKNOWN else (Verb.CANCEL, Verb.NOTIFY)
