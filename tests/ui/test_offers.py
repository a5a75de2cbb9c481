"""What a failed card says of another model, and what its button says."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.job import Failure, Job, State
from bot.domain.money import Micros
from bot.domain.offers import PriceSource
from bot.jobs.board import CardState
from bot.ui.buttons import CardButton, Verb
from bot.ui.card import render
from tests.ui.builders import job

CASSETTE = "cassetteai/music-generator"


def failed(code: str = "generation_failed", *, offer: str | None = CASSETTE, **more: Any) -> Job:
    """A job that failed, with an offer at two cents."""
    price = Micros(20_000) if offer else None
    failure = Failure(code=code, sentence="The model broke.", offer=offer, offer_price=price)
    return job(State.FAILED, failure=failure, model="fal-ai/lyria2", **more)


def words(shown: Job) -> str:
    """What is written on a card."""
    return render(CardState(job=shown)).embed.description or ""


def labels(shown: Job) -> list[str]:
    """What is written on its buttons."""
    view = render(CardState(job=shown)).view
    return [one.item.label for one in view.children] if view else []  # type: ignore[attr-defined]


async def test_the_card_names_the_other_model_and_its_price() -> None:
    """Whoever reads it decides; the reason of the failure stays as it was told."""
    text = words(failed())

    assert "The model broke." in text
    assert "Lyria 2 keeps failing. CassetteAI Music can do this for $0.02." in text
    assert labels(failed())[0] == "Try CassetteAI Music ($0.02)"


async def test_a_gone_model_is_not_said_to_fail() -> None:
    """It is gone, which the sentence says already."""
    text = words(failed("model_gone"))

    assert "keeps failing" not in text
    assert "CassetteAI Music can do this for $0.02." in text


async def test_the_price_is_that_of_all_variations() -> None:
    """Nobody presses for two cents and pays eight."""
    several = failed(options={"variations": 4})

    assert "for $0.08." in words(several)
    assert labels(several)[0] == "Try CassetteAI Music ($0.08)"


async def test_without_an_offer_nothing_is_offered() -> None:
    """One failure is no reason."""
    text = words(failed(offer=None))

    assert "can do this" not in text
    assert "keeps failing" not in text
    assert not any(label.startswith("Try") for label in labels(failed(offer=None)))


async def test_a_model_that_left_the_catalogue_is_named_by_its_id() -> None:
    """Labels stay within what a button takes, whatever it is called."""
    [label, *_] = labels(failed(offer="some/" + "long" * 30))

    assert label.startswith("Try some/long")
    assert label.endswith("($0.02)")
    assert len(label) <= 80


async def test_the_button_works_from_its_id_alone() -> None:
    """As all the others, after any restart."""
    [button, *_] = render(CardState(job=failed())).view.children  # type: ignore[union-attr]

    assert isinstance(button, CardButton)
    assert (button.verb, button.item.custom_id) == (Verb.TRY, "minstrel:try:1000")


@pytest.mark.parametrize(
    ("source", "phrase"),
    [(PriceSource.LIVE, "current price"), (PriceSource.CATALOGUE, "price from our list")],
)
async def test_an_estimate_says_which_prices_it_used(source: PriceSource, phrase: str) -> None:
    """Beside the amount, from the first moment on."""
    footer = render(CardState(job=job(priced_by=source))).embed.footer.text

    assert footer is not None
    assert f"about $0.20 ({phrase})" in footer
