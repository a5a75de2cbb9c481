"""Options become fields, or a sentence that helps."""

from __future__ import annotations

import pytest

from bot.catalogue import Ask, Market, default, find, models, prepare
from bot.catalogue.endpoint import LAST_SEED
from bot.domain.job import Kind
from bot.domain.money import Micros
from tests.catalogue.asks import PROMPT, order, refusal

LYRIA2 = "fal-ai/lyria2"
CASSETTE = "cassetteai/music-generator"
BEATOVEN = "beatoven/music-generation"


def test_music_without_any_option_is_a_minute_of_cassette() -> None:
    """The default model requires a length, so the usual one is sent."""
    made = order()

    assert made.model == CASSETTE
    assert made.arguments == {"prompt": PROMPT, "duration": 60}
    assert made.estimate == Micros(20_000)
    assert made.seconds == 60


def test_optional_fields_that_nobody_set_are_left_out() -> None:
    """Only the prompt and a drawn seed go to a model with optional fields."""
    assert set(order(model=BEATOVEN).arguments) == {"prompt", "seed"}


@pytest.mark.parametrize("seed", [0, 1, LAST_SEED])
def test_a_seed_within_the_range_is_sent_as_given(seed: int) -> None:
    """Both ends are in."""
    assert order(model=LYRIA2, seed=seed).arguments["seed"] == seed


@pytest.mark.parametrize("seed", [-1, LAST_SEED + 1, 2**40])
def test_a_seed_outside_the_range_is_refused_with_the_range(seed: int) -> None:
    """Models that document no range take 31 bits."""
    sentence = refusal(model=LYRIA2, seed=seed)

    assert "0 to 2,147,483,647" in sentence
    assert f"{seed:,}" in sentence


def test_a_seed_for_a_model_without_seeds_names_one_that_takes_them() -> None:
    """The way out is in the sentence."""
    sentence = refusal(seed=5)

    assert sentence.startswith("CassetteAI Music takes no seed. Leave seed empty, or choose ")


def test_a_length_for_a_model_with_one_length_names_another_model() -> None:
    """Lyria 2 makes half a minute, always."""
    assert refusal(model=LYRIA2, duration=45) == (
        "Lyria 2 always makes 30 seconds. Leave duration empty, "
        "or choose CassetteAI Music, which takes 10 to 180 s."
    )
    assert "duration" not in order(model=LYRIA2, duration=30).arguments


@pytest.mark.parametrize(
    ("model", "field", "inside", "outside"),
    [
        (CASSETTE, "duration", [10, 11, 179, 180], [-1, 0, 9, 9.9, 180.1, 181]),
        (BEATOVEN, "duration", [5, 5.5, 149.5, 150], [0, 4.9, 150.1, 151]),
    ],
)
def test_lengths_are_taken_up_to_both_ends(
    model: str, field: str, inside: list[float], outside: list[float]
) -> None:
    """At the ends a length is taken; beyond them the range is named."""
    for seconds in inside:
        assert order(model=model, duration=seconds).arguments[field] == seconds
    for seconds in outside:
        assert f"{inside[0]} to {inside[-1]} s" in refusal(model=model, duration=seconds)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf")])
def test_a_length_that_is_no_number_is_refused(seconds: float) -> None:
    """Nothing that JSON cannot say gets through."""
    assert "10 to 180 s" in refusal(duration=seconds)


def test_whole_seconds_are_sent_where_the_endpoint_wants_them() -> None:
    """CassetteAI takes integers only; halves go up."""
    duration = order(duration=12.5).arguments["duration"]

    assert (duration, type(duration)) == (13, int)


def test_exclusions_go_into_their_field_where_there_is_one() -> None:
    """Nothing is woven into the prompt then."""
    arguments = order(model=LYRIA2, negative_prompt="vocals").arguments

    assert arguments["prompt"] == PROMPT
    assert arguments["negative_prompt"] == "vocals"


def test_a_model_of_another_command_is_refused() -> None:
    """The sentence names models of the command."""
    sentence = refusal(model="cassetteai/sound-effects-generator")

    assert "cannot be used with /music" in sentence
    assert "CassetteAI Music" in sentence


@pytest.mark.parametrize("tempo", [0, 19, 301, -5])
def test_a_tempo_no_music_has_is_refused(tempo: int) -> None:
    """The range is the same for all models."""
    assert "20 to 300 BPM" in refusal(tempo=tempo)


def test_the_drawn_seed_lies_in_the_models_own_range() -> None:
    """A seed drawn at random is one the endpoint accepts."""

    class Highest:
        def randint(self, low: int, high: int) -> int:
            return high

    for kind in Kind:
        for model in models(kind):
            if "seed" in model.takes and kind in (Kind.MUSIC, Kind.SFX):
                ask = Ask(kind=kind, prompt=PROMPT, model=model.about.endpoint)
                made = prepare(ask, random=Highest())  # type: ignore[arg-type]
                high = model.limits("seed").high
                assert made.arguments[model.takes["seed"].field] == high


def test_models_that_are_gone_are_neither_chosen_nor_recommended() -> None:
    """What the start-up check found gone is as good as absent."""
    market = Market(gone=frozenset({CASSETTE}))

    assert default(Kind.MUSIC, market=market) is not find(CASSETTE)
    assert find(CASSETTE) not in models(Kind.MUSIC, market=market)
