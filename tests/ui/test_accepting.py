"""Whoever is shown that the bot is thinking has asked for something that no crash can lose."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.errors import InvalidInput
from bot.ui.answers import Acknowledgement, accepting, acknowledge_by


class Answers:
    """What an interaction's app sees: `said` in order. Discord's own refusals can be asked for."""

    def __init__(self, *, refusal: int | None = None) -> None:
        self.said: list[str] = []
        self.extras: dict[Any, Any] = {}
        self.id = 1
        self.created_at = discord.utils.utcnow()
        self.type: discord.InteractionResponseType | None = None
        self.response = self
        self.has_spoken = asyncio.Event()
        self._refusal = refusal

    def is_done(self) -> bool:
        return self.type is not None

    async def defer(self, **_: Any) -> None:
        await asyncio.sleep(0)
        if self._refusal is not None:
            answer: Any = SimpleNamespace(status=404, reason="Not Found")
            raise discord.NotFound(answer, {"code": self._refusal, "message": "Unknown"})
        self.type = discord.InteractionResponseType.deferred_channel_message
        self.said.append("thinking")
        self.has_spoken.set()

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


async def test_a_wish_is_acknowledged_once_it_is_written_down_and_not_before(
    answers: Answers,
) -> None:
    """Dying in between leaves no one looking at a bot that thinks for ever."""
    async with accepting(_of(answers)):
        await asyncio.sleep(0.01)
        answers.said.append("written")
        give = acknowledge_by(_of(answers))
        assert give is not None
        assert await give() is True
        answers.said.append("posted")

    assert answers.said == ["written", "thinking", "posted", "gone"]


async def test_a_wish_that_is_refused_is_answered_in_one_go(answers: Answers) -> None:
    """There is nothing to think about."""
    async with accepting(_of(answers)):
        raise InvalidInput("Choose another length.")

    assert answers.said == ["Choose another length."]


async def test_a_wish_that_takes_its_time_is_acknowledged_before_discord_gives_up(
    answers: Answers,
) -> None:
    """A download or a slow disk must not look like a dead bot."""
    acknowledgement = Acknowledgement(_of(answers), latest_seconds=0.01)
    acknowledgement.give_at_latest()
    await answers.has_spoken.wait()

    assert await acknowledgement.give() is True
    assert answers.said == ["thinking"]


async def test_a_wish_that_discord_gave_up_on_counts_as_not_heard() -> None:
    """The member was told that the bot did not answer, and has asked again."""
    answers = Answers(refusal=10062)

    async with accepting(_of(answers)):
        give = acknowledge_by(_of(answers))
        assert give is not None
        assert await give() is False

    assert answers.said == []


async def test_the_second_delivery_of_a_wish_leaves_the_firsts_acknowledgement_alone() -> None:
    """It is the first that takes it away, once the card stands."""
    answers = Answers(refusal=40060)

    async with accepting(_of(answers)):
        give = acknowledge_by(_of(answers))
        assert give is not None
        assert await give() is True

    assert answers.said == []
