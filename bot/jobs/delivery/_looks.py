"""What a card looks like, and what is said of it when it is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import discord

from bot.domain.job import Job, State
from bot.jobs.board import CardState


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """What a card looks like at one moment, in Discord's terms."""

    content: str
    embed: discord.Embed
    view: discord.ui.View | None


Renderer = Callable[[CardState], Rendering]


def looks_of(rendering: Rendering) -> tuple[str, str, str]:
    """Give what two renderings have in common exactly if nobody could tell them apart."""
    buttons = [] if rendering.view is None else rendering.view.to_components()
    return rendering.content, str(rendering.embed.to_dict()), str(buttons)


def news_of(job: Job) -> str:
    """Say to whoever asked for a piece that it is over."""
    if job.state in {State.FAILED, State.TIMED_OUT, State.UNDELIVERED}:
        return "nothing came of your piece. Its card says why, and what to do next."
    return "your piece is ready."
