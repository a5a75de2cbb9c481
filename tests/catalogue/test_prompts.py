"""What may be typed as a prompt, and that it arrives untouched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import models
from bot.catalogue.wording import has_words, is_sendable
from bot.domain.job import Kind
from tests.catalogue.asks import PROMPT, order, refusal


@pytest.mark.parametrize(
    "prompt",
    [
        "  two spaces in front and a newline behind\n",
        "🎵 lo-fi 🎵 with emoji",
        "<@123456789012345678> wants a <:cat:1234> song",
        "**bold** _and_ `code` || hidden ||",
        "موسيقى هادئة للنوم",
        "静かなピアノ",
        "e\u0301tude with combining signs and \u202eoverrides\u202c",
        "7",
        'quotes " and \\ backslashes',
        "x" * 2000,
    ],
)
def test_a_prompt_with_words_goes_out_exactly_as_typed(prompt: str) -> None:
    """Nothing is stripped, escaped or rewritten when nothing is woven in."""
    assert order(prompt=prompt).arguments["prompt"] == prompt


@pytest.mark.parametrize(
    "prompt",
    [
        "🎵🎶🎵",
        "1️⃣2️⃣",
        "ℹ️",
        "<@123456789012345678>",
        "<@!1><@&2> <#3>",
        "@everyone @here",
        "<:cat:123456> <a:dance:99>",
        "<t:1700000000:R>",
        "** __ ~~ || `` > #",
        "\u202e\u202d\u200f\u200b",
        "ㅤ",
        "?!...",
    ],
)
def test_a_prompt_without_words_is_refused(prompt: str) -> None:
    """Mentions, emoji, signs and invisible characters describe no sound."""
    assert "no words" in refusal(prompt=prompt)


@pytest.mark.parametrize("prompt", ["", "   ", "\n\t"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    """Nothing but space is nothing."""
    assert "empty" in refusal(prompt=prompt)


def test_a_missing_prompt_is_refused() -> None:
    """A model that needs a prompt asks for one."""
    assert refusal(prompt=None).startswith("The prompt is missing.")


@pytest.mark.parametrize("prompt", ["half \ud800 a character", "a nul \0 byte"])
def test_characters_that_cannot_be_sent_are_refused(prompt: str) -> None:
    """What JSON or a database would choke on is caught before it costs anything."""
    assert "broken character" in refusal(prompt=prompt)


@pytest.mark.parametrize("model", models(Kind.MUSIC), ids=lambda model: model.about.endpoint)
def test_a_prompt_one_over_the_limit_is_refused_with_both_numbers(model) -> None:  # type: ignore[no-untyped-def]
    """The sentence says how many characters were given and how many the model takes."""
    longest = model.longest_text("prompt")
    endpoint = model.about.endpoint

    assert order(model=endpoint, prompt="x" * longest).model == endpoint
    sentence = refusal(model=endpoint, prompt="x" * (longest + 1))

    assert f"{longest + 1:,}" in sentence
    assert f"{longest:,}" in sentence


def test_options_without_a_field_are_added_behind_the_prompt() -> None:
    """Genre, key, tempo and exclusions go where the model reads them, in its own form."""
    woven = order(genre="jazz", tempo=90, key="D Minor", negative_prompt="drums")

    assert woven.arguments["prompt"] == (
        f"{PROMPT}. Genre: jazz, Key: D Minor, Tempo: 90 BPM, Without: drums."
    )


def test_a_prompt_that_ends_a_sentence_gets_no_second_full_stop() -> None:
    """The additions follow a space."""
    assert order(prompt="Rain.", genre="jazz").arguments["prompt"] == "Rain. Genre: jazz."


def test_a_prompt_that_fits_alone_but_not_with_additions_says_so() -> None:
    """The limit counts what is sent."""
    assert "together with the other options" in refusal(prompt="x" * 1995, genre="jazz")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_either_refused_or_sent_unchanged(prompt: str) -> None:
    """There is no third way, and no other error."""
    if has_words(prompt) and is_sendable(prompt):
        assert order(prompt=prompt).arguments["prompt"] == prompt
    else:
        refusal(prompt=prompt)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1, max_size=20))
def test_letters_and_digits_of_any_script_are_words(prompt: str) -> None:
    """No script is refused, only fillers that show nothing."""
    shown = [sign for sign in prompt if "FILLER" not in unicodedata.name(sign, "")]
    assert has_words(prompt) == bool(shown)
