"""Variations as orders: how many requests, and which seeds."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bot.catalogue import MOST_VARIATIONS, Ask, Order, all_models, prepare_all
from bot.domain.job import Kind
from bot.errors import InvalidInput

STABLE = "fal-ai/stable-audio-25/text-to-audio"
SONAUTO = "sonauto/v2/text-to-music"


def orders(variations: int, model: str = STABLE, **options: Any) -> list[Order]:
    """Prepare variations with a fixed source of seeds."""
    ask = Ask(kind=Kind.MUSIC, prompt="calm", model=model, variations=variations, **options)
    return prepare_all(ask, random=Random(7))


def test_each_variation_is_a_request_with_a_seed_of_its_own() -> None:
    """Otherwise the same in every field."""
    made = orders(4)

    assert len({order.arguments["seed"] for order in made}) == 4
    assert len({str({**order.arguments, "seed": 0}) for order in made}) == 1


def test_one_is_one_request() -> None:
    """Nobody pays for variations who did not ask for any."""
    assert len(orders(1)) == 1


@pytest.mark.parametrize("given", [{"seed": 5}, {"advanced": "seed=5"}])
def test_a_seed_somebody_chose_is_counted_up(given: dict[str, Any]) -> None:
    """By whichever option it was chosen."""
    assert [order.arguments["seed"] for order in orders(3, **given)] == [5, 6, 7]


def test_counting_up_stays_in_the_models_range() -> None:
    """After the highest seed comes the lowest."""
    assert [order.arguments["seed"] for order in orders(3, seed=2_147_483_647)] == [
        2_147_483_647,
        0,
        1,
    ]


@pytest.mark.parametrize(("variations", "outputs"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
def test_a_model_that_makes_several_gets_as_few_requests(
    variations: int, outputs: list[int]
) -> None:
    """Its own field for that is used as far as it goes."""
    assert [order.outputs for order in orders(variations, SONAUTO)] == outputs


@pytest.mark.parametrize("variations", [0, MOST_VARIATIONS + 1])
def test_too_few_or_too_many_are_refused(variations: int) -> None:
    """In a sentence, before anything is spent."""
    with pytest.raises(InvalidInput, match="ariations"):
        orders(variations)


@pytest.mark.parametrize("wanted", [2, 3, 4])
def test_every_model_of_the_command_makes_exactly_as_many_as_asked_for(wanted: int) -> None:
    """Whatever it makes per request; no two requests are told apart by luck alone."""
    for model in all_models():
        if Kind.MUSIC in model.about.serves:
            made = orders(wanted, model.about.endpoint)
            assert sum(order.outputs for order in made) == wanted, model.about.endpoint
