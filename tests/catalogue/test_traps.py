"""Where endpoints differ in names, units and rules, the member need not know."""

from __future__ import annotations

from typing import Any

import pytest

from bot.catalogue import Mode, Original, find, models
from bot.domain.job import Kind
from tests.catalogue.asks import PROMPT, order, refusal

WORDS = "[verse]\nrain is falling down\n\n[chorus]\nwe are dancing round"
SOURCE = "https://v3b.fal.media/files/source.mp3"


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (Kind.SONG, {"model": "fal-ai/ace-step"}, {"tags": PROMPT, "lyrics": WORDS}),
        (Kind.SONG, {"model": "fal-ai/diffrhythm"}, {"style_prompt": PROMPT, "lyrics": WORDS}),
        (Kind.SONG, {"model": "fal-ai/yue"}, {"genres": PROMPT, "lyrics": WORDS}),
        (
            Kind.SONG,
            {"model": "fal-ai/minimax-music", "prompt": None, "source_url": SOURCE},
            {"prompt": WORDS, "reference_audio_url": SOURCE},
        ),
        (
            Kind.SONG,
            {"model": "fal-ai/minimax-music/v1.5"},
            {"prompt": WORDS, "lyrics_prompt": PROMPT},
        ),
        (
            Kind.SONG,
            {"model": "fal-ai/minimax-music/v2"},
            {"prompt": PROMPT, "lyrics_prompt": WORDS},
        ),
        (Kind.SONG, {"model": "fal-ai/minimax-music/v2.6"}, {"prompt": PROMPT, "lyrics": WORDS}),
        (Kind.SONG, {"model": "minimax/music-3"}, {"prompt": PROMPT, "lyrics": WORDS}),
        (
            Kind.SONG,
            {"model": "sonauto/v2/text-to-music", "tempo": 90, "genre": "pop"},
            {"prompt": f"{PROMPT}. In the style of pop.", "lyrics_prompt": WORDS, "bpm": 90},
        ),
    ],
    ids=lambda value: value.get("model", "") if isinstance(value, dict) else "",
)
def test_style_and_words_go_where_each_model_expects_them(
    kind: Kind, options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Two MiniMax versions swap the meaning of two fields; others have names of their own."""
    arguments = dict(order(kind, lyrics=WORDS, **options).arguments)
    arguments.pop("seed", None)

    assert arguments == expected


@pytest.mark.parametrize(
    ("kind", "model", "seconds", "field", "sent"),
    [
        (Kind.MUSIC, "fal-ai/elevenlabs/music", 12.5, "music_length_ms", 12500),
        (Kind.MUSIC, "fal-ai/stable-audio", 47, "seconds_total", 47),
        (Kind.MUSIC, "fal-ai/stable-audio-25/text-to-audio", 60, "seconds_total", 60),
        (Kind.MUSIC, "fal-ai/stable-audio-3/medium/text-to-audio", 60.5, "duration", 60.5),
        (Kind.MUSIC, "sonilo/v1.1/text-to-music", 600, "duration", 600),
        (Kind.SFX, "fal-ai/elevenlabs/sound-effects/v2", 0.5, "duration_seconds", 0.5),
        (Kind.SFX, "cassetteai/sound-effects-generator", 4, "duration", 4),
        (Kind.SFX, "fal-ai/mmaudio-v2/text-to-audio", 4, "duration", 4.0),
    ],
)
def test_seconds_become_the_unit_and_type_of_the_field(
    kind: Kind, model: str, seconds: float, field: str, sent: float
) -> None:
    """Milliseconds, whole seconds and fractions; the type is the endpoint's."""
    made = order(kind, model=model, duration=seconds)

    assert made.arguments[field] == sent
    assert type(made.arguments[field]) is type(sent)
    assert made.seconds == seconds


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (kind, model)
        for kind in (Kind.MUSIC, Kind.SFX)
        for model in models(kind)
        if "duration" in model.takes
    ],
    ids=str,
)
def test_every_models_length_is_taken_at_both_ends_and_not_beyond(kind: Kind, model: Any) -> None:
    """The sentence repeats the range that the class has."""
    limits = model.limits("duration")
    endpoint = model.about.endpoint

    for seconds in (limits.low, limits.high):
        assert order(kind, model=endpoint, duration=seconds).seconds == seconds
    for seconds in (limits.low - 0.2, limits.high + 0.2, limits.low - 1, limits.high + 1):
        assert limits.range_phrase("s") in refusal(kind, model=endpoint, duration=seconds)


def test_sound_effects_call_the_prompt_text() -> None:
    """ElevenLabs has another name for it, and a shorter limit."""
    assert order(Kind.SFX).arguments == {"text": PROMPT}
    assert "up to 450" in refusal(Kind.SFX, prompt="x" * 451)


def test_loops_are_made_by_the_model_that_can() -> None:
    """Others say who can."""
    assert order(Kind.SFX, loop=True).arguments["loop"] is True
    assert refusal(Kind.SFX, model="fal-ai/mmaudio-v2/text-to-audio", loop=True) == (
        "MMAudio makes no loops. Leave loop empty, or choose ElevenLabs Sound Effects 2, "
        "which makes loops."
    )


def test_mmaudio_seeds_are_sixteen_bits() -> None:
    """A longer seed is a refusal of ours, not of the endpoint after it was queued."""
    endpoint = "fal-ai/mmaudio-v2/text-to-audio"

    assert order(Kind.SFX, model=endpoint, seed=65535).arguments["seed"] == 65535
    assert "0 to 65,535" in refusal(Kind.SFX, model=endpoint, seed=65536)


def test_diffrhythm_knows_two_lengths() -> None:
    """They are sent as the words the endpoint wants."""
    ask = {"model": "fal-ai/diffrhythm", "lyrics": WORDS}

    assert order(Kind.SONG, duration=285, **ask).arguments["music_duration"] == "285s"
    assert "95 or 285 s" in refusal(Kind.SONG, duration=120, **ask)


def test_tag_models_get_tags_and_refuse_exclusions() -> None:
    """Naming a thing in tags would bring it in."""
    made = order(model="fal-ai/ace-step", genre="jazz", tempo=90, key="D minor")

    assert made.arguments["tags"] == f"{PROMPT}, jazz, D minor, 90 bpm"
    assert "Stable Audio 3" in refusal(model="fal-ai/ace-step", negative_prompt="drums")


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        ("fal-ai/ace-step", "lyrics", "[inst]"),
        ("fal-ai/ace-step/prompt-to-audio", "instrumental", True),
        ("fal-ai/elevenlabs/music", "force_instrumental", True),
        ("minimax/music-3", "lyrics", "[instrumental]"),
        ("sonauto/v2/text-to-music", "lyrics_prompt", ""),
        ("fal-ai/lyria3", "prompt", f"{PROMPT}. Instrumental only, no vocals."),
    ],
)
def test_each_model_is_asked_for_no_voice_in_its_own_way(
    model: str, field: str, value: object
) -> None:
    """A switch, a tag, an empty text, or words."""
    assert order(model=model, instrumental=True).arguments[field] == value


def test_a_model_that_always_sings_cannot_be_silenced() -> None:
    """The way out is in the sentence."""
    sentence = refusal(Kind.SONG, model="fal-ai/minimax-music/v2", instrumental=True)

    assert sentence.startswith("MiniMax Music 2 always sings. Leave instrumental empty, or choose")


def test_a_song_without_words_is_written_by_a_model_that_can() -> None:
    """Without a choice of model, the first that writes lyrics is taken."""
    made = order(Kind.SONG, write_lyrics=True)

    assert find(made.model).about.writes_lyrics
    assert made.arguments["lyrics_optimizer"] is True


@pytest.mark.parametrize(
    "model",
    ["fal-ai/ace-step", "fal-ai/diffrhythm", "minimax/music-3", "fal-ai/minimax-music/v2.6"],
)
def test_a_song_without_words_is_refused_where_nobody_writes_them(model: str) -> None:
    """Nothing is sent that would come back as an error."""
    assert "Write the lyrics" in refusal(Kind.SONG, model=model)


def test_lyrics_become_a_plan_for_elevenlabs() -> None:
    """Sections, lines, styles and exclusions; the lengths add up to what was asked."""
    made = order(
        Kind.SONG,
        model="fal-ai/elevenlabs/music",
        lyrics=WORDS,
        duration=60,
        negative_prompt="rock, metal",
        genre="folk",
    )
    plan: Any = made.arguments["composition_plan"]

    assert set(made.arguments) == {"composition_plan"}
    assert plan["positive_global_styles"] == [PROMPT, "folk"]
    assert plan["negative_global_styles"] == ["rock", "metal"]
    assert [(part["section_name"], part["lines"]) for part in plan["sections"]] == [
        ("verse", ["rain is falling down"]),
        ("chorus", ["we are dancing round"]),
    ]
    assert made.seconds == 60


def test_several_results_come_from_one_request_where_the_model_makes_them() -> None:
    """The order tells how many; the rest is up to further orders."""
    assert order(model="sonilo/v1.1/text-to-music", variations=3).outputs == 3
    assert order(model="sonauto/v2/text-to-music", variations=3).arguments["num_songs"] == 2
    assert order(variations=3).outputs == 1


# --- Remixes ---------------------------------------------------------------------------------


def remix(**options: Any) -> dict[str, Any]:
    """Give the body of a remix without its seed."""
    arguments = dict(order(Kind.REMIX, **{"source_url": SOURCE, **options}).arguments)
    arguments.pop("seed", None)
    return arguments


def test_a_restyle_carries_over_what_is_known_of_the_source() -> None:
    """Tags, lyrics and seed of the source go into the fields made for them."""
    original = Original(tags="rock", lyrics="[verse]\nla", seed=5)

    assert remix(original=original) == {
        "audio_url": SOURCE,
        "tags": PROMPT,
        "lyrics": "[verse]\nla",
        "original_tags": "rock",
        "original_lyrics": "[verse]\nla",
        "original_seed": 5,
    }


def test_new_lyrics_keep_the_sources_style() -> None:
    """Only the words change."""
    made = remix(prompt=None, lyrics=WORDS, original=Original(tags="rock"))

    assert (made["edit_mode"], made["lyrics"], made["tags"]) == ("lyrics", WORDS, "rock")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"after": 20}, {"tags": PROMPT, "extend_after_duration": 20}),
        (
            {"before": 20},
            {"tags": PROMPT, "extend_before_duration": 20, "extend_after_duration": 0},
        ),
        ({"mode": Mode.EXTEND}, {"tags": PROMPT}),
        ({"start": 5, "end": 9}, {"tags": PROMPT, "start_time": 5, "end_time": 9}),
        (
            {
                "model": "fal-ai/stable-audio-25/inpaint",
                "start": 5,
                "end": 9,
                "source_seconds": 30.2,
            },
            {"prompt": PROMPT, "mask_start": 5, "mask_end": 9, "seconds_total": 31},
        ),
        (
            {"model": "fal-ai/stable-audio-25/audio-to-audio", "duration": 60, "strength": 0.5},
            {"prompt": PROMPT, "total_seconds": 60, "strength": 0.5},
        ),
        (
            {"model": "fal-ai/stable-audio-3/medium/audio-outpainting", "mode": Mode.EXTEND},
            {"prompt": PROMPT, "extend_seconds_after": 30},
        ),
        (
            {"model": "sonauto/v2/extend", "before": 20},
            {"prompt": PROMPT, "side": "left", "extend_duration": 20},
        ),
        (
            {"model": "sonauto/v2/inpaint", "start": 5, "end": 9, "prompt": "pop, sad"},
            {"tags": ["pop", "sad"], "lyrics_prompt": "", "sections": [{"start": 5, "end": 9}]},
        ),
    ],
)
def test_sections_and_extensions_reach_each_models_fields(
    options: dict[str, Any], expected: dict[str, Any]
) -> None:
    """Every model has names of its own for the same thing."""
    assert remix(**options) == {"audio_url": SOURCE, **expected}


def test_a_remix_is_as_long_as_its_source_and_costs_so() -> None:
    """With the source's length known, the estimate is exact."""
    made = order(Kind.REMIX, source_url=SOURCE, source_seconds=100, after=50)

    assert (made.seconds, made.estimate) == (150, 30_000)


def test_a_remix_needs_a_source_and_a_section() -> None:
    """Each says what to give."""
    assert "Reply to a result, or attach a file" in refusal(Kind.REMIX)
    assert "start and end" in refusal(Kind.REMIX, source_url=SOURCE, mode=Mode.REPLACE)
    assert "later than the start" in refusal(Kind.REMIX, source_url=SOURCE, start=9, end=9)
    assert "one side at a time" in refusal(
        Kind.REMIX, source_url=SOURCE, model="sonauto/v2/extend", before=5, after=5
    )


def test_a_mode_the_model_does_not_have_is_refused() -> None:
    """Extending is not restyling."""
    sentence = refusal(
        Kind.REMIX, source_url=SOURCE, model="fal-ai/ace-step/audio-to-audio", after=5
    )

    assert "ACE-Step Extend" in sentence


@pytest.mark.parametrize("mode", list(Mode))
def test_every_mode_has_a_default_that_works(mode: Mode) -> None:
    """The command works in each mode without choosing a model."""
    options = {"start": 3, "end": 8} if mode is Mode.REPLACE else {}
    lyrics = WORDS if mode is Mode.LYRICS else None

    made = order(Kind.REMIX, mode=mode, source_url=SOURCE, lyrics=lyrics, **options)

    assert mode in find(made.model).about.modes
    assert find(made.model).about.listed


def test_stems_cost_by_the_source() -> None:
    """The price is per second of what is taken apart."""
    made = order(Kind.STEMS, prompt=None, source_url=SOURCE, source_seconds=100)

    assert made.arguments == {"audio_url": SOURCE}
    assert made.estimate == 70_000


def test_a_mode_read_back_from_storage_is_the_mode_that_was_stored() -> None:
    """Stored options come back as plain text."""
    options: dict[str, Any] = {"mode": "extend", "model": "fal-ai/ace-step/audio-to-audio"}

    assert "cannot do the mode extend" in refusal(Kind.REMIX, source_url=SOURCE, **options)
    assert order(Kind.STEMS, prompt="", source_url=SOURCE).arguments == {"audio_url": SOURCE}


def test_no_model_is_asked_for_silence() -> None:
    """One endpoint would take zero seconds, and bill for them."""
    assert "1 to 47 s" in refusal(model="fal-ai/stable-audio", duration=0)
