"""Finding models, and rules that every class must keep."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from bot.catalogue import (
    Ask,
    Market,
    Voice,
    all_models,
    default,
    describe,
    fallback,
    find,
    models,
    prepare,
    suggest,
    validate,
)
from bot.domain.job import Kind
from bot.errors import InvalidInput

EVERY = pytest.mark.parametrize("model", all_models(), ids=lambda model: model.about.endpoint)


@pytest.mark.parametrize(
    "typed",
    [
        "cassetteai/music-generator",
        "CassetteAI/music-generator",
        "CassetteAI Music",
        " cassetteai music ",
    ],
)
def test_models_are_found_by_id_and_title(typed: str) -> None:
    """Upper and lower case are the same; both spellings of the id are in use."""
    assert find(typed).about.endpoint == "cassetteai/music-generator"


@pytest.mark.parametrize(
    ("typed", "meant"), [("lyria", "Lyria 2"), ("casetteai music", "CassetteAI Music")]
)
def test_an_unknown_model_is_answered_with_the_nearest(typed: str, meant: str) -> None:
    """A typing error costs one look, not a search."""
    with pytest.raises(InvalidInput, match="There is no model called") as refused:
        find(typed)
    assert meant in refused.value.sentence


@pytest.mark.parametrize("typed", ["", "zzzzqqqq", "🎵", "x" * 5000])
def test_a_name_like_no_model_still_gets_a_next_step(typed: str) -> None:
    """No suggestion is better than a wild one."""
    with pytest.raises(InvalidInput, match=r"/models|Did you mean"):
        find(typed)


@pytest.mark.parametrize("kind", list(Kind))
def test_choices_fit_discord(kind: Kind) -> None:
    """At most 25 choices, labels of 1 to 100 characters, values that find the model again."""
    choices = suggest(kind, "")

    assert len(choices) <= 25
    for label, endpoint in choices:
        assert 1 <= len(label) <= 100
        assert find(endpoint).about.endpoint == endpoint


def test_choices_narrow_while_typing() -> None:
    """Every word typed must occur; the price is shown."""
    assert [
        ("CassetteAI Music" in label, "$0.02 per minute" in label)
        for label, _ in suggest(Kind.MUSIC, "cass mus")
    ] == [(True, True)]
    assert suggest(Kind.MUSIC, "no such thing") == []


@pytest.mark.parametrize("kind", list(Kind))
def test_ranks_of_a_command_are_distinct_and_lead_to_a_listed_default(kind: Kind) -> None:
    """Nobody should get a model that the provider dropped without having chosen it."""
    ranks = [model.about.serves[kind] for model in models(kind)]

    assert ranks == sorted(set(ranks))
    assert default(kind).about.listed


def test_the_fallback_is_another_listed_model() -> None:
    """Who cannot use one model is offered the next best."""
    other = fallback(Kind.MUSIC, find("cassetteai/music-generator"))

    assert other is not None
    assert other.about.listed
    assert other.about.endpoint != "cassetteai/music-generator"


@EVERY
def test_what_options_write_to_exists(model) -> None:  # type: ignore[no-untyped-def]
    """A table entry for a field that is not there would lose what was typed."""
    for take in model.takes.values():
        assert take.field in model.model_fields


@EVERY
def test_unknown_fields_are_refused(model) -> None:  # type: ignore[no-untyped-def]
    """A typing error in a field is found before money is spent."""
    with pytest.raises(ValidationError) as wrong:
        validate(model.about.endpoint, {"no_such_field": 1})
    assert "extra_forbidden" in {error["type"] for error in wrong.value.errors()}


@EVERY
def test_every_model_can_be_described(model) -> None:  # type: ignore[no-untyped-def]
    """Help is derived, so it must work for each class."""
    described = describe(model)

    assert described.title in str(described)
    assert described.price in str(described)
    assert len(model.about.use) <= 90
    assert not set(str(described)) & set("{}_")


@EVERY
def test_no_option_is_lost_in_silence(model) -> None:  # type: ignore[no-untyped-def]
    """A model that may sing can be asked not to, by a field or in words."""
    if model.about.voice is Voice.EITHER:
        assert "instrumental" in model.takes or model.weave.instrumental


def test_a_model_found_gone_is_refused_by_name() -> None:
    """Choosing it would be paid with an error."""
    ask = Ask(kind=Kind.MUSIC, prompt="rain", model="fal-ai/lyria2")

    with pytest.raises(InvalidInput, match=r"Lyria 2 is no longer available. Choose CassetteAI"):
        prepare(ask, random=Random(1), market=Market(gone=frozenset({"fal-ai/lyria2"})))
