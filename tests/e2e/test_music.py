"""/music from the slash to the sound, through real processes, sockets and files."""

from __future__ import annotations

import io

import pytest
import soundfile

from tests.e2e.rig import Bot, Member, audio_of, text_of

pytestmark = pytest.mark.e2e

MOST_EDITS = 6
"""Of a job of seconds: waiting, running, made, delivered, and two to spare."""


async def test_a_prompt_becomes_a_card_with_playable_audio(member: Member) -> None:
    """The card shows who asked for what, and ends with an mp3 of the asked length that sounds."""
    await member.slash("music", prompt="slow piano, 70 bpm", duration=12)

    card = await member.finished()

    assert "slow piano, 70 bpm" in text_of(card)
    assert f"<@{member.user_id}>" in text_of(card)
    (attachment,) = audio_of(card)
    assert attachment["filename"].endswith(".mp3")
    samples, rate = soundfile.read(io.BytesIO(await member.download(attachment)))
    assert abs(len(samples) / rate - 12) < 0.2
    assert abs(samples).max() > 0.1


async def test_only_the_card_carries_audio_and_the_acknowledgement_is_gone(member: Member) -> None:
    """One message in the channel, with the waveform beside the audio; nothing ephemeral is left."""
    await member.slash("music", prompt="a waltz", duration=10)
    await member.finished()

    (card,) = await member.messages()

    assert len(audio_of(card)) == 1
    assert card["embeds"][0]["image"]["url"].endswith("waveform.png")
    assert card["nonce"]


async def test_the_card_is_edited_at_least_twice_before_the_result(member: Member) -> None:
    """Even a job that rushes through shows its stages; what is asked of both ends is counted."""
    await member.slash("music", prompt="fast techno, 140 bpm", duration=10)
    await member.finished()

    counts = await member.get("/control/discord")

    edits = sum(
        count
        for route, count in counts["requests"].items()
        if route.startswith("PATCH") and "/messages/" in route and "/webhooks/" not in route
    )
    assert 3 <= edits <= MOST_EDITS, counts["requests"]
    assert not counts["violations"]
    asked = (await member.get("/control/fal"))["requests"]
    assert asked == {"submit": 1, "stream": 1, "result": 1}


@pytest.mark.parametrize("wanted", ["ogg", "wav", "flac"])
async def test_the_file_comes_in_the_format_that_was_chosen(member: Member, wanted: str) -> None:
    """The format option decides what is attached."""
    await member.slash("music", prompt="a drone", duration=10, format=wanted)

    (attachment,) = audio_of(await member.finished())

    data = await member.download(attachment)
    assert attachment["filename"].endswith(f".{wanted}")
    assert soundfile.info(io.BytesIO(data)).format.lower() == wanted


async def test_the_model_gets_the_prompt_exactly_as_typed_and_nothing_nobody_set(
    member: Member,
) -> None:
    """Optional fields are left out; what the model takes as a seed is chosen for it."""
    prompt = "  Café *noir* — 84 bpm, “smoky”  "
    await member.slash("music", prompt=prompt, model="beatoven/music-generation")
    await member.finished()

    (submit,) = await member.submits()

    assert submit["endpoint"] == "beatoven/music-generation"
    assert submit["arguments"]["prompt"] == prompt
    assert set(submit["arguments"]) == {"prompt", "seed"}


async def test_again_makes_a_second_card_with_another_seed(member: Member) -> None:
    """Again is the same prompt, a new seed, a new card."""
    await member.slash("music", prompt="a lullaby", model="fal-ai/lyria2")
    card = await member.finished()
    await member.press(card, "Again")

    await member.card(lambda one: one["id"] != card["id"] and bool(audio_of(one)), "a second card")

    first, second = await member.submits()
    assert first["arguments"]["prompt"] == second["arguments"]["prompt"]
    assert first["arguments"]["seed"] != second["arguments"]["seed"]


async def test_cancel_withdraws_a_job_that_waits(member: Member) -> None:
    """A job cancelled in fal's queue is not made, and says that it was not charged."""
    await member.send("POST", "/control/fal", {"queue_seconds": 60})
    await member.slash("music", prompt="never heard")
    card = await member.card(lambda one: "queue" in text_of(one), "a card in fal's queue")

    await member.press(card, "Cancel")

    ended = await member.card(lambda one: "Cancelled" in text_of(one), "a cancelled card")
    assert "Not charged" in text_of(ended)
    assert not audio_of(ended)


async def test_a_click_on_the_same_interaction_twice_is_one_job(member: Member) -> None:
    """Gateway events may come twice; the second is the same job."""
    await member.slash("music", prompt="only once", duration=10)
    await member.send("POST", "/control/gateway", {"action": "replay", "count": 3})
    await member.finished()

    assert len(await member.submits()) == 1
    assert len(await member.cards()) == 1


async def test_sigterm_ends_the_bot_within_ten_seconds(member: Member, bot: Bot) -> None:
    """Stopping is orderly even with a job at fal, which goes on after the next start."""
    await member.send("POST", "/control/fal", {"run_seconds": 4})
    await member.slash("music", prompt="interrupted", duration=10)
    await member.card(lambda one: "Making music" in text_of(one), "a running card")

    assert await bot.stop() == 0

    await bot.start()
    await member.finished()
    assert len(await member.submits()) == 1
