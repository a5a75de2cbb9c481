"""Models that come and go, and fail, while the bot runs: what people see and may do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.rig import Bot, Member, Message, audio_of, text_of, until

pytestmark = pytest.mark.e2e

LYRIA, CASSETTE = "fal-ai/lyria2", "cassetteai/music-generator"


async def _choices(member: Member, typed: str) -> list[str]:
    """What `/music model:` suggests."""
    [command] = [
        one
        for one in (await member.get("/client/commands", channel=member.channel_id))["commands"]
        if one["name"] == "music"
    ]
    focused = {"name": "model", "type": 3, "value": typed, "focused": True}
    body = {"channel_id": member.channel_id, "options": [focused]}
    answer = await member.send("POST", f"/client/commands/{command['id']}/autocomplete", body)
    return [str(choice["value"]) for choice in answer["choices"]]


def _has(*words: str) -> Callable[[Message], bool]:
    return lambda card: all(word in text_of(card) for word in words)


def _labels(card: Message) -> list[str]:
    return [str(button.get("label")) for row in card["components"] for button in row["components"]]


async def test_a_model_gone_at_the_start_is_hidden_and_refused_with_another(
    member: Member, bot: Bot
) -> None:
    """The list is read at the start; nobody pays with an error for what it says."""
    await bot.stop()
    await member.send("POST", "/control/fal", {"gone": [LYRIA]})
    await bot.start()
    await member.arrive()

    async def hidden() -> bool | None:
        return LYRIA not in await _choices(member, "lyria") or None

    await until(hidden, "the refresh")
    assert CASSETTE in await _choices(member, "")
    await member.slash("music", prompt="waltz", model=LYRIA)
    told = await member.told()

    assert re.search(r"Lyria 2 is no longer available. Choose .+ for about \$0\.\d+", told)
    assert await member.submits() == []


async def test_a_gone_model_on_a_card_is_replaced_at_a_press(member: Member) -> None:
    """Found only by the submit: the card offers the next best, and pressing makes it."""
    await member.send("POST", "/control/fal", {"gone": [LYRIA]})
    await member.slash("music", prompt="a slow waltz", model=LYRIA)
    card = await member.card(lambda one: "can do this for" in text_of(one), "an offer")

    assert "Not charged" in text_of(card)
    [button] = [label for label in _labels(card) if label.startswith("Try ")]
    assert re.fullmatch(r"Try CassetteAI Music \(\$0\.\d+\)", button)
    assert [one["endpoint"] for one in await member.submits()] == [LYRIA]

    await member.press(card, button)
    done = await member.finished()

    _, second = await member.submits()
    assert (second["endpoint"], second["arguments"]["prompt"]) == (CASSETTE, "a slow waltz")
    assert len(audio_of(done)) == 1
    assert done["id"] != card["id"]


async def test_a_model_that_keeps_failing_brings_an_offer(member: Member) -> None:
    """Not at the first failure. The other model would fail here as well, and is not asked."""
    cards = []
    for number in range(2):
        await member.slash("music", prompt=f"a slow waltz {number} [fail]", model=LYRIA)
        cards.append(await member.card(_has(f"waltz {number}", "Not charged"), "a failure"))

    first, second = cards
    assert not any(label.startswith("Try ") for label in _labels(first))
    assert any(label.startswith("Try ") for label in _labels(second))
    assert "Lyria 2 keeps failing." in text_of(second)
    assert [one["endpoint"] for one in await member.submits()] == [LYRIA, LYRIA]


async def test_an_estimate_says_which_price_it_used(member: Member, bot: Bot) -> None:
    """The current one, as soon as the price list was read."""

    async def read() -> bool | None:
        return "prices are up to date" in bot.log or None

    await until(read, "the price list")
    await member.send("POST", "/control/fal", {"run_seconds": 3})
    # Below what counts as cheap, a price is not spoken of beforehand.
    dear = "fal-ai/stable-audio-25/text-to-audio"
    await member.slash("music", prompt="a slow waltz", duration=10, model=dear)

    await member.card(_has("(current price)"), "the estimate")
