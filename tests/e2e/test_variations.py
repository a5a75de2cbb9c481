"""/music variations: several requests, several files, one card and one price."""

from __future__ import annotations

import re

import pytest

from tests.e2e.rig import Bot, Member, Message, audio_of, text_of, until

pytestmark = pytest.mark.e2e

MODEL = "beatoven/music-generation"
"""It takes a seed, and a price that shows on the card."""

PRICE = 0.05
REFUSAL = '{"detail": [{"loc": ["body", "prompt"], "msg": "flagged", "type": "content_policy_violation"}]}'


def letters(card: Message) -> list[str]:
    """The letters in the names of a card's files."""
    found = [re.search(r"-([a-d])-[0-9a-f]{4}\.mp3$", one["filename"]) for one in audio_of(card)]
    return [one[1].upper() for one in found if one]


async def ask(member: Member, prompt: str, **options: str | float) -> None:
    """Ask for three variations."""
    await member.slash("music", prompt=prompt, variations=3, duration=10, model=MODEL, **options)


async def test_three_variations_are_one_card_with_three_files_and_one_price(
    member: Member,
) -> None:
    """Three submits with three seeds; each file has its letter, length and seed on the card."""
    await ask(member, "a small march")

    card = await member.finished()

    submits = await member.submits()
    seeds = [one["arguments"]["seed"] for one in submits]
    assert len(set(seeds)) == 3
    assert letters(card) == ["A", "B", "C"]
    assert len(await member.cards()) == 1
    for letter, seed in re.findall(
        r"^(?:Variations: )?([ABC]) 0:10 · seed (\d+)$", text_of(card), re.M
    ):
        assert int(seed) in seeds, letter
    assert text_of(card).count("· seed") == 3
    assert text_of(card).count("Cost: ") == 1
    assert all([len(await member.download(one)) > 10_000 for one in audio_of(card)])


async def test_a_members_own_seed_is_the_firsts(member: Member) -> None:
    """The others get the next numbers, so that they differ and can be made again."""
    await ask(member, "counted", seed=40)
    await member.finished()

    assert sorted(one["arguments"]["seed"] for one in await member.submits()) == [40, 41, 42]


async def test_a_bot_killed_while_two_of_three_are_made_brings_all_three(
    member: Member, bot: Bot
) -> None:
    """Still three submits and one card: what was made is kept, what runs is followed on."""
    await member.send("POST", "/control/fal", {"run_seconds": 2.5})
    await ask(member, "in three parts")
    await member.card(lambda one: "2 of 3 made" in text_of(one), "two of three")

    await bot.kill()
    await bot.start()

    card = await member.finished()
    assert letters(card) == ["A", "B", "C"]
    assert len(await member.submits()) == 3
    assert len(await member.cards()) == 1


async def test_one_that_is_refused_does_not_keep_the_others(member: Member) -> None:
    """The card carries the other two, says what became of the third, and that it was free."""
    await member.fault("fal.submit", "status", status=422, body=REFUSAL, after=1)
    await ask(member, "two of three")

    card = await member.finished()

    (missing,) = re.findall(r"^(?:Missing: )?([ABC]) failed: (.+)$", text_of(card), re.M)
    assert letters(card) == [letter for letter in "ABC" if letter != missing[0]]
    assert "content rules" in missing[1]
    assert missing[1].endswith("Not charged.")


async def test_cancel_ends_all_that_are_not_made(member: Member) -> None:
    """One press, one end of the card, nothing charged."""
    await member.send("POST", "/control/fal", {"queue_seconds": 60})
    await ask(member, "never heard")
    card = await member.card(lambda one: "queue" in text_of(one) or "turn" in text_of(one), "it")

    await member.press(card, "Cancel")

    ended = await member.card(lambda one: "Cancelled" in text_of(one), "a cancelled card")
    assert "Not charged" in text_of(ended)
    assert not audio_of(ended)


async def test_again_makes_as_many_with_other_seeds(member: Member) -> None:
    """On a card of their own."""
    await ask(member, "encore")
    card = await member.finished()
    await member.press(card, "Again")

    async def second() -> Message | None:
        cards = [one for one in await member.cards() if one["id"] != card["id"]]
        return next((one for one in cards if len(audio_of(one)) == 3), None)

    await until(second, "a second card")
    assert len({one["arguments"]["seed"] for one in await member.submits()}) == 6
