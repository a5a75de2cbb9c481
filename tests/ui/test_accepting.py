"""Whoever asks for a piece is shown at once that they were heard, and nothing waits for that."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.errors import InvalidInput
from bot.ui.answers import accepting, heard_by


class Answers:
    """What an interaction's app sees: `said` in order. Discord's own refusals can be asked for."""

    def __init__(self, *, refusal: int | None = None) -> None:
        self.said: list[str] = []
        self.extras: dict[Any, Any] = {}
        self.id = 1
        self.created_at = discord.utils.utcnow()
        self.type: discord.InteractionResponseType | None = None
        self.response = self
        self.may_arrive = asyncio.Event()
        self.may_arrive.set()
        self.has_arrived = asyncio.Event()
        self._refusal = refusal

    def is_done(self) -> bool:
        return self.type is not None

    async def defer(self, **_: Any) -> None:
        self.said.append("on its way")
        await asyncio.sleep(0)
        await self.may_arrive.wait()
        if self._refusal is not None:
            answer: Any = SimpleNamespace(status=404, reason="Not Found")
            raise discord.NotFound(answer, {"code": self._refusal, "message": "Unknown"})
        self.type = discord.InteractionResponseType.deferred_channel_message
        self.said.append("thinking")
        self.has_arrived.set()

    async def send_message(self, words: str, **_: Any) -> None:
        self.type = discord.InteractionResponseType.channel_message
        self.said.append(words)

    async def edit_original_response(self, *, content: str, **_: Any) -> None:
        self.said.append(content)

    async def delete_original_response(self) -> None:
        self.said.append("gone")


@pytest.fixture
def answers() -> Answers:
    """An interaction that nobody has answered yet."""
    return Answers()


def _of(answers: Answers) -> discord.Interaction[Any]:
    interaction: discord.Interaction[Any] = cast("Any", answers)
    return interaction


async def test_an_acknowledgement_sets_out_before_anything_is_done(answers: Answers) -> None:
    """However long taking in takes: a download or a slow disk must not look like a dead bot."""
    async with accepting(_of(answers)):
        answers.said.append("begun")
        await answers.has_arrived.wait()
        answers.said.append("written")

    assert answers.said == ["on its way", "begun", "thinking", "written", "gone"]


async def test_a_wish_is_written_down_while_its_acknowledgement_is_on_its_way(
    answers: Answers,
) -> None:
    """Discord may be far away, and a process may die meanwhile. The card waits for Discord's word."""
    answers.may_arrive.clear()
    async with accepting(_of(answers)):
        answers.said.append("written")
        answers.may_arrive.set()
        is_heard = heard_by(_of(answers))
        assert is_heard is not None
        assert await is_heard() is True
        answers.said.append("posted")

    assert answers.said == ["on its way", "written", "thinking", "posted", "gone"]


async def test_a_refusal_stands_where_the_bot_was_thinking(answers: Answers) -> None:
    """One answer, also where the refusal was quicker than the acknowledgement."""
    async with accepting(_of(answers)):
        raise InvalidInput("Choose another length.")

    assert answers.said == ["on its way", "thinking", "Choose another length."]
    assert answers.type is discord.InteractionResponseType.deferred_channel_message


async def test_a_wish_that_discord_gave_up_on_counts_as_not_heard() -> None:
    """The member was told that the bot did not answer, and has asked again."""
    answers = Answers(refusal=10062)

    async with accepting(_of(answers)):
        is_heard = heard_by(_of(answers))
        assert is_heard is not None
        assert await is_heard() is False

    assert answers.said == ["on its way"]


async def test_the_second_delivery_of_a_wish_leaves_the_firsts_acknowledgement_alone() -> None:
    """It is the first that takes it away, once the card stands."""
    answers = Answers(refusal=40060)

    async with accepting(_of(answers)):
        is_heard = heard_by(_of(answers))
        assert is_heard is not None
        assert await is_heard() is True

    assert answers.said == ["on its way"]
