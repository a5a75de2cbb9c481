"""What moderators read in the channel that they have set for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import discord

from bot.domain.job import Job
from bot.domain.money import usd
from bot.jobs.audit_trail import (
    Accepted,
    Event,
    Moderated,
    RefusedByModel,
    SettingsChanged,
    TurnedDown,
)
from bot.ui.text import NOUNS, shown, title_of

INTRODUCTION = (
    "Minstrel tells moderators here what members ask for, what is refused, what moderators take "
    "away, and what is changed in its settings. It mentions nobody."
)

_PROMPT_LENGTH = 160
_WHY_LENGTH = 400
_WORD_LENGTH = 60
_PAGE_LENGTH = 3900
"""A little less than an embed takes (Discord docs, Message, Embed Limits)."""

_COLOUR = discord.Colour(0x80848E)


def audit_page(events: Sequence[Event], left_out: int) -> discord.Embed:
    """Write news down, oldest first; without any, say what this channel is for."""
    embed = discord.Embed(colour=_COLOUR)
    lines: list[str] = []
    length = 0
    for event in events:
        line = _line(event)
        length += len(line) + 1
        if length > _PAGE_LENGTH:
            break
        lines.append(line)
    if missing := left_out + len(events) - len(lines):
        lines.append(f"-# and {missing} more; /history has all that was made")
    embed.description = "\n".join(lines) or INTRODUCTION
    return embed


def _line(event: Event) -> str:
    match event:
        case Accepted(job=job):
            noun = NOUNS[job.kind].lower()
            price = f"{title_of(job.model)}, about {usd(job.estimate)}"
            return f"🎵 <@{job.user_id}> asked for {noun}: {_piece(job)} ({price})"
        case TurnedDown():
            return _turned_down(event)
        case RefusedByModel(job=job):
            model = title_of(job.model)
            return (
                f"⛔ The content rules of {model} refused what <@{job.user_id}> asked for: "
                f"{_piece(job)}"
            )
        case Moderated(job=job, by=by, was_deleted=was_deleted):
            done = "deleted" if was_deleted else "cancelled"
            piece = _words(job) if was_deleted else _piece(job)
            return f"🧹 <@{by}> {done} {piece}, which <@{job.user_id}> had asked for"
        case SettingsChanged(by=by, sentences=sentences):
            return f"⚙️ <@{by}> changed the settings. {_cut(' '.join(sentences))}"
    assert_never(event)


def _turned_down(event: TurnedDown) -> str:
    member = f"⛔ <@{event.user_id}> was turned down in <#{event.channel_id}>"
    if event.word is None:
        return f"{member}. They were told: {_cut(event.why)}"
    return f"{member}: ||{shown(event.word, limit=_WORD_LENGTH)}|| is blocked, and in {event.place}"


def _piece(job: Job) -> str:
    """Name a piece, and lead to its card."""
    if job.card_id is None:
        return _words(job)
    place = f"{job.guild_id}/{job.channel_id}/{job.card_id}"
    return f"{_words(job)} [card](https://discord.com/channels/{place})"


def _words(job: Job) -> str:
    return f"“{shown(job.prompt, limit=_PROMPT_LENGTH)}”"


def _cut(text: str) -> str:
    return text if len(text) <= _WHY_LENGTH else text[: _WHY_LENGTH - 1] + "…"
