"""The rarer refusals: each says what to do next."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bot.catalogue import Market, Mode, default, describe, find, validate
from bot.domain.job import Kind
from bot.errors import InvalidInput
from tests.catalogue.asks import order, refusal

WORDS = "[verse]\nrain is falling down\n\n[chorus]\nwe are dancing round"
SOURCE = "https://v3b.fal.media/files/source.mp3"
SONAUTO = "sonauto/v2/text-to-music"


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"genre": "x" * 101}, "The genre is 101 characters"),
        ({"genre": "🎵"}, "The genre has no words"),
        ({"lyrics": "???"}, "The lyrics have no words"),
        ({"variations": 0}, "Variations start at 1"),
        ({"advanced": "image_url=", "model": "fal-ai/lyria3"}, "nothing after image_url="),
        ({"strength": 0.5}, "has no strength to set"),
        ({"source_url": SOURCE}, "takes no source"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], part: str) -> None:
    """Nothing typed is dropped in silence."""
    assert part in refusal(**options)


def test_a_description_for_a_model_that_listens_instead_is_refused() -> None:
    """The first MiniMax takes its sound from the reference."""
    sentence = refusal(
        Kind.SONG, model="fal-ai/minimax-music", lyrics=WORDS, source_url=SOURCE, genre="pop"
    )

    assert sentence.startswith("MiniMax Music takes its sound from the source, not from words.")


def test_new_lyrics_that_are_not_there_are_asked_for() -> None:
    """The mode makes no sense without them."""
    assert "no new lyrics" in refusal(Kind.REMIX, source_url=SOURCE, mode=Mode.LYRICS)


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"prompt": "a"}, True),
        ({"prompt": "a", "tags": ["pop"]}, True),
        ({"prompt": "a", "lyrics_prompt": "la"}, True),
        ({"tags": ["pop"], "lyrics_prompt": "la"}, True),
        ({}, False),
        ({"lyrics_prompt": "la"}, False),
        ({"tags": ["pop"]}, False),
        ({"prompt": "a", "tags": ["pop"], "lyrics_prompt": "la"}, False),
    ],
)
def test_sonauto_takes_some_combinations_only(body: dict[str, Any], fits: bool) -> None:
    """Lyrics alone, tags alone, nothing and everything are refused."""
    if fits:
        validate(SONAUTO, body)
        return
    with pytest.raises(ValidationError):
        validate(SONAUTO, body)


def test_a_rule_across_fields_is_explained_in_words() -> None:
    """No class names, no JSON."""
    sentence = refusal(Kind.SONG, model=SONAUTO, lyrics=WORDS, advanced="tags=pop")

    assert sentence == "Sonauto 2: prompt, tags and lyrics cannot be given together."


@pytest.mark.parametrize(
    ("body", "fits"),
    [
        ({"prompt": "a"}, True),
        ({}, False),
        ({"prompt": "a", "music_length_ms": 2999}, False),
    ],
)
def test_elevenlabs_needs_a_prompt_or_a_plan(body: dict[str, Any], fits: bool) -> None:
    """Neither is marked as required, but one of them is."""
    if fits:
        validate("fal-ai/elevenlabs/music", body)
        return
    with pytest.raises(ValidationError):
        validate("fal-ai/elevenlabs/music", body)


def test_minimax_needs_words_or_leave_to_do_without() -> None:
    """In /music it plays; in /song it wants words."""
    endpoint = "fal-ai/minimax-music/v2.6"

    assert order(model=endpoint).arguments["is_instrumental"] is True
    with pytest.raises(ValidationError):
        validate(endpoint, {"prompt": "pop"})


def test_sections_too_short_for_a_plan_are_refused() -> None:
    """A section has at least three seconds."""
    sentence = refusal(Kind.SONG, model="fal-ai/elevenlabs/music", lyrics=WORDS, duration=4)

    assert sentence.startswith("2 sections do not fit into 4 seconds.")


def test_when_every_model_is_gone_the_operator_is_named() -> None:
    """There is nothing a member could do."""
    with pytest.raises(InvalidInput, match="operator"):
        default(Kind.STEMS, market=Market(gone=frozenset({"fal-ai/demucs"})))


def test_a_description_lists_what_advanced_reaches() -> None:
    """With range and default, as the class has them."""
    settings = {item.name: item for item in describe(find("fal-ai/ace-step")).settings}

    assert settings["number_of_steps"].takes == "a whole number, 3 to 60"
    assert settings["number_of_steps"].default == "27"
    assert settings["scheduler"].takes == "euler or heun"
    assert "tags" not in settings
