"""The advanced option reaches every field, and refuses in sentences."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import all_models
from bot.catalogue.advanced import read_advanced
from bot.catalogue.endpoint import Unfit
from bot.domain.job import Kind
from bot.errors import InvalidInput
from tests.catalogue.asks import PROMPT, order, refusal

ACE = "fal-ai/ace-step/prompt-to-audio"
LYRIA = "fal-ai/lyria2"
PLAN = {
    "positive_global_styles": ["folk"],
    "negative_global_styles": [],
    "sections": [
        {
            "section_name": "Verse one",
            "positive_local_styles": [],
            "negative_local_styles": [],
            "duration_ms": 20000,
            "lines": ["it's raining"],
        }
    ],
}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("steps=60 scheduler=heun", {"number_of_steps": 60, "scheduler": "heun"}),
        ("number_of_steps=60", {"number_of_steps": 60}),
        (
            "  Steps = 3\n guidance_interval=0.25 ",
            {"number_of_steps": 3, "guidance_interval": 0.25},
        ),
        ("instrumental=true", {"instrumental": True}),
        ("instrumental=yes", {"instrumental": True}),
        ("guidance=7", {"guidance_scale": 7}),
        ("scheduler='euler'", {"scheduler": "euler"}),
        ('scheduler="euler" steps=5', {"scheduler": "euler", "number_of_steps": 5}),
        ("seed=5", {"seed": 5}),
        ("duration=30", {"duration": 30}),
    ],
)
def test_pairs_become_fields_of_the_right_type(typed: str, expected: dict[str, Any]) -> None:
    """Short names, quotes, spaces and switches are understood."""
    arguments = dict(order(model=ACE, advanced=typed).arguments)

    assert {key: value for key, value in arguments.items() if key in expected} == expected
    assert set(arguments) == {"prompt", "seed", *expected}


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("steps=61", ["steps", "3 to 60", "61"]),
        ("steps=2", ["steps", "3 to 60", "2"]),
        ("steps=1.5", ["steps", "whole number", "1.5"]),
        ("steps=many", ["steps", "3 to 60", "many"]),
        ("scheduler=fast", ["scheduler", "euler or heun", "fast"]),
        ("instrumental=maybe", ["instrumental", "true or false", "maybe"]),
        ("guidance_interval=nan", ["guidance_interval", "0 to 1", "nan"]),
        ("colour=red", ["no setting called", "colour", "number_of_steps"]),
        ("steps", ["name=value"]),
        ("steps=", ["nothing after steps="]),
        ("=5", ["name=value"]),
        ("steps=5 steps=6", ["steps is given twice"]),
        ("steps=5 number_of_steps=6", ["given twice"]),
        ("prompt=other", ["prompt is given twice"]),
        ("seed=-1", ["seed", "0 to 2,147,483,647"]),
        ("seed=99999999999", ["seed", "0 to 2,147,483,647"]),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(typed: str, parts: list[str]) -> None:
    """It names the field, its range and what was given."""
    sentence = refusal(model=ACE, advanced=typed)

    assert all(part in sentence for part in parts), sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("model", "typed"),
    [
        ("fal-ai/stable-audio-25/text-to-audio", "sync_mode=true"),
        ("fal-ai/stable-audio-25/text-to-audio", "sync_mode=yes"),
        ("fal-ai/elevenlabs/music", "output_format=pcm_44100"),
    ],
)
def test_what_would_be_paid_for_and_not_played_is_refused(model: str, typed: str) -> None:
    """Audio inside the answer, or without a header, reaches nobody's ears."""
    assert "no player opens" in refusal(model=model, advanced=typed)


def test_raw_audio_inside_a_structure_is_refused_too() -> None:
    """The rule looks into structures."""
    song = {"model": "fal-ai/minimax-music/v2", "lyrics": "[verse]\nlong enough to sing"}

    assert "no player opens" in refusal(Kind.SONG, advanced="audio_setting.format=pcm", **song)
    made = order(
        Kind.SONG, advanced="audio_setting.format=flac audio_setting.bitrate=128000", **song
    )
    assert made.arguments["audio_setting"] == {"format": "flac", "bitrate": 128000}


@pytest.mark.parametrize("quote", ["", "'"])
def test_a_composition_plan_is_typed_as_json(quote: str) -> None:
    """The prompt stays, as the plan's first style."""
    text = json.dumps(PLAN).replace("it's", "its") if quote else json.dumps(PLAN)

    made = order(
        model="fal-ai/elevenlabs/music",
        advanced=f"composition_plan={quote}{text}{quote} output_format=opus_48000_64",
    )
    plan: Any = made.arguments["composition_plan"]

    assert plan["positive_global_styles"] == [PROMPT, "folk"]
    assert "prompt" not in made.arguments
    assert made.seconds == 20


def test_a_plan_with_a_mistake_says_where() -> None:
    """The path into the structure is named."""
    text = json.dumps(PLAN).replace("20000", "200")

    sentence = refusal(model="fal-ai/elevenlabs/music", advanced=f"composition_plan={text}")

    assert "composition_plan.sections.0.duration_ms" in sentence
    assert "cannot be read" in refusal(
        model="fal-ai/elevenlabs/music", advanced="composition_plan={"
    )


def test_lists_are_typed_with_commas_or_as_json() -> None:
    """Both mean the same."""
    options: dict[str, Any] = {"prompt": None, "source_url": "https://example.com/a.mp3"}

    for typed in ("stems=vocals,drums", 'stems=["vocals", "drums"]'):
        made = order(Kind.STEMS, advanced=typed, **options)
        assert made.arguments["stems"] == ["vocals", "drums"]
    assert "stems" in refusal(Kind.STEMS, advanced="stems=cowbell", **options)


@pytest.mark.parametrize("model", all_models(), ids=lambda model: model.about.endpoint)
def test_every_field_of_every_endpoint_can_be_named(model: Any) -> None:
    """Nothing that an endpoint takes is out of reach."""
    for name in model.model_fields:
        fields, names = read_advanced(model, f"{name}=1")
        assert set(fields) == set(names) == {name}


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=60) | st.from_regex(r"[a-z_.]{1,8}=\S{0,12}( [a-z_]{1,8}=[\[\{\"'].{0,8})?")
)
def test_any_text_is_read_or_refused(typed: str) -> None:
    """No input breaks the reader."""
    with suppress(InvalidInput):
        order(model=ACE, advanced=typed)
    with suppress(Unfit):
        read_advanced(all_models()[0], typed)


@pytest.mark.parametrize(
    "typed",
    [
        "steps=" + "9" * 400,
        "steps=" + "9" * 5000,
        "seed=" + "9" * 400,
        "guidance=1e400",
        "steps=" + "[" * 5000,
        "steps='" + "[" * 5000 + "'",
        "steps" + ".a" * 2000 + "=1",
        "scheduler=\ud800",
        "steps=5\0",
    ],
)
def test_monstrous_values_are_refused_in_a_short_sentence(typed: str) -> None:
    """Neither size nor depth breaks the reader, and nobody is shown 400 digits."""
    sentence = refusal(model=ACE, advanced=typed)

    assert len(sentence) < 600
    sentence.encode()


def test_a_choice_between_types_is_refused_without_showing_the_types() -> None:
    """Sonauto's tempo is a number or the word auto."""
    sentence = refusal(model="sonauto/v2/text-to-music", advanced="bpm=fast")

    assert sentence.startswith("Sonauto 2 takes a whole number for bpm; you gave “fast”.")


@pytest.mark.parametrize(
    "value",
    [
        "https://files.example/a.png",
        "HTTP://169.254.169.254/latest",
        "//files.example/a.png",
        '" https://files.example/a.png"',
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        '{"url": "https://files.example/a.png"}',
        '["ftp://files.example/a"]',
    ],
)
@pytest.mark.parametrize("model", ["fal-ai/lyria3", "fal-ai/minimax-music/v2.6"])
def test_no_address_of_a_members_is_handed_on(model: str, value: str) -> None:
    """Nobody, a provider neither, fetches what a stranger pointed at."""
    field = "image_url" if model == "fal-ai/lyria3" else "audio_setting"

    sentence = refusal(model=model, advanced=f"{field}={value}")

    assert "Web addresses are not taken" in sentence


def test_words_with_a_link_in_them_stay_words() -> None:
    """Only a value that is an address is one."""
    arguments = order(model=LYRIA, advanced='negative_prompt="no https: no //"').arguments

    assert arguments["negative_prompt"] == "no https: no //"
