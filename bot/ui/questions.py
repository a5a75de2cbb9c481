"""Asking whether something is worth its price, and the buttons that answer."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Self

import discord

from bot.domain.money import Micros, usd
from bot.jobs.questions import NeedsConfirming
from bot.ui.text import shown

PROMPT_LENGTH = 200


class Answer(StrEnum):
    """What a button says to a price."""

    YES = "yes"
    NO = "no"


class PriceButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"minstrel-price:(?P<answer>yes|no):(?P<question>\d+)",
):
    """One answer to one question. All it needs stands in its id, so it works after a restart."""

    def __init__(self, answer: Answer, question_id: int, *, price: Micros | None = None) -> None:
        is_yes = answer is Answer.YES
        cost = "" if price is None else f" for {usd(price)}"
        super().__init__(
            discord.ui.Button(
                label=f"Confirm{cost}" if is_yes else "Not now",
                style=discord.ButtonStyle.success if is_yes else discord.ButtonStyle.secondary,
                custom_id=f"minstrel-price:{answer}:{question_id}",
            )
        )
        self.answer = answer
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
    ) -> Self:
        """Rebuild the button that was pressed, on whatever message of whatever process."""
        return cls(Answer(match["answer"]), int(match["question"]))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("price_button", interaction, self.answer, self.question_id)


def question_text(error: NeedsConfirming) -> str:
    """Say what is asked, under the words that it is about."""
    return f"> {shown(error.prompt, limit=PROMPT_LENGTH)}\n{error.sentence}"


def question_view(error: NeedsConfirming) -> discord.ui.View:
    """Give the two answers."""
    view = discord.ui.View(timeout=None)
    view.add_item(PriceButton(Answer.YES, error.question_id, price=error.price))
    view.add_item(PriceButton(Answer.NO, error.question_id))
    return view
