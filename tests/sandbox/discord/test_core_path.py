"""The path every job takes, with a real bot: slash, acknowledge, card, audio."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.discord.town import Town
from tests.sandbox.discord.troubadour import Troubadour


async def test_a_card_is_posted_and_edited_until_it_carries_audio(
    town: Town, bot: Troubadour
) -> None:
    """The ephemeral acknowledgement goes, the card stays and gets a file that can be fetched."""
    interaction = await town.run("card", prompt="rain on tin")

    [card] = await town.until(lambda found: any(one["attachments"] for one in found))

    assert card["content"] == "done: rain on tin"
    assert card["author"]["username"] == "Minstrel"
    assert card["edited_timestamp"] is not None
    async with town.http.get(card["attachments"][0]["url"]) as response:
        assert await response.read() == b"RIFF....WAVE"
        assert response.content_type == "audio/wav"
    assert (await town.outcome(interaction))["status"] == "acknowledged"
    assert bot.errors.empty()


@pytest.mark.parametrize("town", [0.2], indirect=True)
async def test_an_unanswered_command_fails_for_the_person_and_a_late_answer_is_refused(
    town: Town, bot: Troubadour
) -> None:
    """After the deadline the person sees a failure and the bot gets 10062."""
    outcome = await town.outcome(await town.run("silent"))
    bot.released.set()
    error = await asyncio.wait_for(bot.errors.get(), 15)

    assert outcome["status"] == "failed"
    assert getattr(error, "code", None) == 10062
    counts = await town.get("/control/discord")
    assert counts["violations"]["late_ack"] == 1
