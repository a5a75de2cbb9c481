"""kill -9 at every stage: one submit at fal, one card, one file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.e2e.rig import Bot, Member, audio_of, text_of, until

pytestmark = pytest.mark.e2e


async def _is_queued(member: Member) -> None:
    await member.card(lambda one: "model's queue" in text_of(one), "a queued card")


async def _runs(member: Member) -> None:
    await member.card(lambda one: "Making music" in text_of(one), "a running card")


async def _is_being_fetched(member: Member) -> None:
    await member.card(lambda one: "preparing the file" in text_of(one), "a card about its file")


async def _is_being_attached(member: Member) -> None:
    await member.struck()


STAGES: dict[str, Callable[[Member], Awaitable[None]]] = {
    "queued": _is_queued,
    "running": _runs,
    "being fetched": _is_being_fetched,
    "being attached": _is_being_attached,
}


@pytest.mark.parametrize("stage", STAGES)
async def test_a_killed_bot_finishes_the_job_after_its_next_start(
    member: Member, bot: Bot, stage: str
) -> None:
    """The job goes on where it was: nothing is lost, paid twice, or said twice."""
    if stage == "being fetched":
        await member.fault("fal.file", "latency", seconds=4)
    if stage == "being attached":
        # Discord took the file, and the bot died before it was told.
        await member.fault("discord.message_edit_files", "drop_after")
    await member.send("POST", "/control/fal", {"queue_seconds": 1, "run_seconds": 2})
    await member.slash("music", prompt="survivor", duration=10)
    await STAGES[stage](member)

    await bot.kill()
    await bot.start()

    await member.finished()
    assert len(await member.submits()) == 1
    (card,) = await member.cards()
    assert len(audio_of(card)) == 1


async def test_a_bot_killed_while_others_wait_serves_them_all(member: Member, bot: Bot) -> None:
    """Jobs that were still waiting for a turn are dispatched after the restart, once each."""
    await member.send("POST", "/control/fal", {"run_seconds": 1.5})
    for number in range(4):
        await member.slash("music", prompt=f"piece {number}", duration=10)

    async def all_asked() -> bool | None:
        return len(await member.cards()) == 4 or None

    await until(all_asked, "four cards")

    await bot.kill()
    await bot.start()

    async def all_done() -> bool | None:
        cards = await member.cards()
        return (len(cards) == 4 and all(audio_of(card) for card in cards)) or None

    await until(all_done, "all four", seconds=60)
    prompts = [one["arguments"]["prompt"] for one in await member.submits()]
    assert sorted(prompts) == [f"piece {number}" for number in range(4)]


async def test_a_submit_whose_answer_is_lost_is_found_and_not_repeated(member: Member) -> None:
    """Fal took the request and the connection broke: it is looked up, delivered, and paid once."""
    await member.fault("fal.submit", "drop_after")
    await member.slash("music", prompt="lost and found", duration=10)

    await member.finished()

    assert len(await member.submits()) == 1


async def test_a_bot_killed_during_the_submit_finds_its_request(member: Member, bot: Bot) -> None:
    """Between paying and knowing what was bought, only fal knows: it is asked."""
    await member.fault("fal.submit", "latency", seconds=3)
    await member.slash("music", prompt="in between", duration=10, model="beatoven/music-generation")
    await member.struck()

    await bot.kill()
    await asyncio.sleep(3)
    await bot.start()

    card = await member.card(
        lambda one: bool(audio_of(one)) or "refunded" in text_of(one), "an end", seconds=60
    )
    submits = await member.submits()
    assert len(submits) <= 1
    assert bool(audio_of(card)) == bool(submits)


async def test_a_deleted_card_comes_back_as_one_new_message_with_the_result(
    member: Member,
) -> None:
    """Whoever deletes the card does not lose what was paid for."""
    await member.send("POST", "/control/fal", {"run_seconds": 2})
    await member.slash("music", prompt="swept away", duration=10)
    card = await member.card(lambda one: "Making music" in text_of(one), "a running card")

    await member.send("DELETE", f"/client/channels/{card['channel_id']}/messages/{card['id']}")

    await member.finished()
    (new,) = await member.cards()
    assert new["id"] != card["id"]


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_a_failing_last_edit_is_tried_until_it_is_through(
    member: Member, status: int
) -> None:
    """Trouble at Discord delays the audio; it does not lose it."""
    await member.fault("discord.message_edit_files", "status", status=status, times=3)
    await member.slash("music", prompt="stubborn", duration=10)

    await member.finished(seconds=60)

    assert len(await member.submits()) == 1


async def test_a_file_that_discord_finds_too_large_comes_smaller(member: Member) -> None:
    """413 is answered with a file at least a fifth smaller."""
    await member.fault("discord.message_edit_files", "status", status=413)
    await member.slash("music", prompt="too much", duration=30)

    (attachment,) = audio_of(await member.finished())

    assert attachment["size"] <= 30 * 256_000 / 8 * 0.8


async def test_a_locked_account_pauses_everybody_and_goes_on_by_itself(member: Member) -> None:
    """Waiting cards say who must act; when the account works again, they are served."""
    await member.send("POST", "/control/fal", {"locked": True})
    await member.slash("music", prompt="patience", duration=10)

    await member.card(lambda one: "aused by the operator" in text_of(one), "a pause", seconds=10)
    await member.send("POST", "/control/fal", {"locked": False})

    await member.finished(seconds=40)
    taken = [one for one in await member.submits() if one["status"] < 400]
    assert len(taken) == 1
