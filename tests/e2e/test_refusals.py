"""Wrong input of every kind gets a sentence, and nothing is submitted."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.rig import Member, Message, text_of

pytestmark = pytest.mark.e2e

WRONG: dict[str, tuple[dict[str, str | float], str]] = {
    "an empty prompt": ({"prompt": "   "}, "describe|empty|words"),
    "6,000 characters": ({"prompt": "la " * 2000}, "6,000|2,000"),
    "only mentions": ({"prompt": "<@123> @everyone <#456>"}, "words|describe"),
    "only markdown": ({"prompt": "*** ~~~ ``` ___"}, "words|describe"),
    "only emoji": ({"prompt": "🎹🌧️🎷"}, "words|describe"),
    "only direction marks": ({"prompt": "\u202e\u2066 \u2069"}, "words|describe"),
    "a duration above the range": ({"prompt": "jazz", "duration": 999}, "180"),
    "a duration below the range": ({"prompt": "jazz", "duration": 2}, "10"),
    "an unknown model": ({"prompt": "jazz", "model": "fal-ai/does-not-exist"}, "model"),
    "a negative seed": (
        {"prompt": "jazz", "seed": -1, "model": "beatoven/music-generation"},
        "2,147,483,647",
    ),
    "a seed of 2^40": ({"prompt": "jazz", "seed": 2**40, "model": "fal-ai/lyria2"}, "seed"),
    "a seed for a model without": ({"prompt": "jazz", "seed": 7}, "seed"),
}


async def test_wrong_input_is_refused_in_words_and_costs_nothing(member: Member) -> None:
    """Each gets a sentence that only the member sees; fal hears of none of it."""
    wrong = {}
    for name, (options, expected) in WRONG.items():
        before = {one["id"] for one in await member.messages()}
        await member.slash("music", **options)
        told = await member.told(after=before)
        if not re.search(expected, told, re.IGNORECASE) or re.search(r"[{}\[\]]|Error", told):
            wrong[name] = told

    assert not wrong
    assert await member.submits() == []
    assert await member.cards() == []


POWERLESS = {
    "@everyone play <@123> a song": "play",
    "**bold** _under_ ||spoiler|| `code` [link](https://example.com)": "spoiler",
    "https://example.com/evil jazz": "evil",
    "سلام موسيقى هادئة": "موسيقى",
    "jazz \u202egnola gnis": "gnola",
    "🎹 lo-fi 🌧️": "lo-fi",
}
"""Prompts, and a word by which to know their cards."""


async def test_strange_but_sensible_prompts_go_through_and_are_shown_without_power(
    member: Member,
) -> None:
    """Mentions, markdown, links and right-to-left text reach the model and do nothing in Discord."""
    for prompt, word in POWERLESS.items():
        await member.slash("music", prompt=prompt, duration=10)
        card = await member.card(_says(word), prompt)

        assert not card["mention_everyone"]
        title = card["embeds"][0]["title"]
        assert "@everyone" not in title
        assert "<@123>" not in title
        assert "\u202e" not in title
        assert not re.search(r"(?<!\\)(\*\*|\|\||`)", title)

    sent = [one["arguments"]["prompt"] for one in await member.all_submits(len(POWERLESS))]
    assert sorted(sent) == sorted(POWERLESS)


async def test_a_missing_permission_is_named_before_anything_is_spent(member: Member) -> None:
    """The member is told the permission as Discord's settings call it."""
    for permission, name in (("send_messages", "Send Messages"), ("attach_files", "Attach Files")):
        await member.send(
            "PUT", f"/control/channels/{member.channel_id}/permissions", {"deny": [permission]}
        )
        before = {one["id"] for one in await member.messages()}
        await member.slash("music", prompt="in silence")

        assert f'"{name}"' in await member.told(after=before)

    assert await member.submits() == []


async def test_a_refusal_by_the_content_rules_says_so_and_costs_nothing(member: Member) -> None:
    """The model's refusal is explained in the card, in words, with what to do next."""
    await member.slash("music", prompt="[refuse] something nasty", duration=10)

    card = await member.card(lambda one: "content rules" in text_of(one), "a refusal")

    assert "Not charged" in text_of(card)
    assert not re.search(r"[{}]|content_policy_violation|422", text_of(card))


def _says(word: str) -> Callable[[Message], bool]:
    return lambda one: word in text_of(one)
