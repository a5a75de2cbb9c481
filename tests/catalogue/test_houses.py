"""Models of other providers than fal: what leaves for them, and who sees them at all."""

from __future__ import annotations

from random import Random

import pytest

from bot.catalogue import (
    FAL,
    PROVIDERS,
    Ask,
    Market,
    all_models,
    default,
    endpoints_of,
    fallbacks,
    find,
    models,
    prepare,
    suggest,
    with_key,
)
from bot.domain.job import Json, Kind
from bot.errors import InvalidInput
from tests.catalogue.asks import order, refusal

FAL_ALONE = Market(providers=frozenset({FAL}))
WORDS = "[verse]\nThe kettle sings\n[chorus]\nCome in, come in\n"
BEATOVEN, SONAUTO = "novakit/beatoven/music-generation", "novakit/sonauto/v2/text-to-music"
MINIMAX = "novakit/fal-ai/minimax-music"


def test_ids_begin_with_the_providers_name_and_no_two_are_alike() -> None:
    """So that whoever types the name sees its models, and no id means two of them."""
    ids = [model.about.endpoint.lower() for model in all_models()]

    assert len(ids) == len(set(ids))
    for model in all_models():
        assert model.about.provider in PROVIDERS
        house = model.about.endpoint.partition("/")[0]
        assert (house in PROVIDERS) == (model.about.provider != FAL)
        assert model.about.provider in {house, FAL}


def test_there_are_the_six_of_novakit_and_the_one_of_nur() -> None:
    """As their documents list them."""
    assert len(endpoints_of("novakit")) == 6
    assert endpoints_of("nur") == ("nur/music",)


@pytest.mark.parametrize(
    ("kind", "options", "expected"),
    [
        (
            Kind.MUSIC,
            {"model": BEATOVEN, "negative_prompt": "drums", "duration": 45},
            {
                "prompt": "a calm piano over soft rain",
                "negative_prompt": "drums",
                "duration_seconds": 45,
            },
        ),
        (
            Kind.MUSIC,
            {"model": "novakit/fal-ai/stable-audio"},
            {"prompt": "a calm piano over soft rain"},
        ),
        (
            Kind.MUSIC,
            {"model": BEATOVEN, "advanced": "format=wav model_inputs.seed=7"},
            {
                "prompt": "a calm piano over soft rain",
                "output_format": "wav",
                "model_inputs": {"seed": 7},
            },
        ),
        (
            Kind.SONG,
            {"model": f"{MINIMAX}/v2", "prompt": None, "style": "slow waltz", "lyrics": WORDS},
            {"prompt": "slow waltz", "model_inputs": {"lyrics_prompt": WORDS}},
        ),
        (
            Kind.SONG,
            {"model": f"{MINIMAX}/v1.5", "prompt": None, "style": "slow waltz", "lyrics": WORDS},
            {"prompt": WORDS, "model_inputs": {"lyrics_prompt": "slow waltz"}},
        ),
        (
            Kind.SONG,
            {"model": SONAUTO, "prompt": None, "style": "slow waltz", "lyrics": WORDS},
            {"prompt": "slow waltz", "model_inputs": {"lyrics_prompt": WORDS}},
        ),
        (
            Kind.SONG,
            {"model": SONAUTO, "prompt": None, "style": "slow waltz", "instrumental": True},
            {"prompt": "slow waltz", "model_inputs": {"lyrics_prompt": ""}},
        ),
        (
            Kind.MUSIC,
            {"model": "nur/music", "genre": "lo-fi", "tempo": 85, "duration": 60, "key": "A minor"},
            {
                "prompt": "a calm piano over soft rain. In A minor.",
                "genre": "lo-fi",
                "tempo": 85,
                "duration": 60,
            },
        ),
    ],
)
def test_exactly_this_leaves(
    kind: Kind, options: dict[str, Json], expected: dict[str, Json]
) -> None:
    """Field by field, as the documents have it; what nobody set is left out."""
    assert dict(order(kind, **options).arguments) == expected


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        ("novakit/fal-ai/stable-audio", {"duration": 48}, "takes 1 to 47 s as duration"),
        (BEATOVEN, {"duration": 61}, "takes 1 to 60 s as duration"),
        ("nur/music", {"duration": 301}, "takes 5 to 300 s as duration"),
        ("nur/music", {"tempo": 221}, "takes 40 to 220 BPM as tempo"),
        ("nur/music", {"seed": 7}, "takes no seed"),
    ],
)
def test_what_a_house_does_not_take_is_refused_with_its_range(
    model: str, options: dict[str, Json], words: str
) -> None:
    """Before anything is spent."""
    assert words in refusal(Kind.MUSIC, model=model, **options)


@pytest.mark.parametrize("kind", list(Kind))
def test_without_a_key_a_house_is_nowhere_to_be_seen(kind: Kind) -> None:
    """Neither in lists nor while typing, neither as a default nor in another's place."""
    seen = [model.about.provider for model in models(kind, market=FAL_ALONE)]
    for typed in ("", "novakit", "nur music"):
        seen += [find(value).about.provider for _, value in suggest(kind, typed, market=FAL_ALONE)]
    first = default(kind, market=FAL_ALONE)
    seen += [other.about.provider for other in fallbacks(kind, first, market=FAL_ALONE)]

    assert set(seen) == {FAL}


def test_with_a_key_its_models_are_there() -> None:
    """The very same questions."""
    market = Market(providers=frozenset({FAL, "nur"}))

    assert [value for _, value in suggest(Kind.MUSIC, "nur music", market=market)] == ["nur/music"]
    assert suggest(Kind.MUSIC, "novakit", market=market) == []


def test_a_model_without_a_key_is_refused_by_name_with_another() -> None:
    """In words that are true: it is not gone, it is not to be had here."""
    ask = Ask(kind=Kind.MUSIC, prompt="rain", model=BEATOVEN)

    with pytest.raises(InvalidInput) as refused:
        prepare(ask, random=Random(1), market=FAL_ALONE)
    with pytest.raises(InvalidInput, match="no key for NovaKit"):
        with_key(find(BEATOVEN), FAL_ALONE)

    assert "this bot has no key for NovaKit. Choose " in refused.value.sentence
    assert "novakit" not in refused.value.sentence.partition("Choose")[2].lower()


def test_nobody_is_led_to_a_model_without_a_key_by_a_typing_error() -> None:
    """The nearest names are those that can be had."""
    with pytest.raises(InvalidInput) as there:
        find("nur musik", market=Market())
    with pytest.raises(InvalidInput) as refused:
        find("nur musik", market=FAL_ALONE)

    assert "Nur Music" in there.value.sentence
    assert "Nur" not in refused.value.sentence.partition(".")[2]
