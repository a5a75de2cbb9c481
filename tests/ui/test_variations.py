"""What a card with several takes says of them."""

from __future__ import annotations

from typing import Any

from bot.domain.ids import JobId
from bot.domain.job import Failure, Job, State
from bot.domain.money import Micros
from bot.domain.takes import as_one
from bot.jobs.board import CardState, Sound
from bot.ui.card import render
from tests.ui.builders import NOW, job, sound
from tests.ui.test_card import words_of

REFUSED = Failure(code="refused", sentence="The model's content rules do not allow this.")


def take(part: int, state: State, **more: Any) -> Job:
    """One of three takes."""
    options = {"variations": 3} if part == 0 else {}
    leader = JobId(1_000) if part else None
    return job(state, id=JobId(1_000 + part), leader_id=leader, part=part, options=options, **more)


def card(*takes: Job, sounds: tuple[Sound, ...] = ()) -> str:
    """All that the card of some takes says."""
    return words_of(render(CardState(job=as_one(takes), takes=takes, sounds=sounds)))


def test_a_card_on_its_way_counts_what_is_made() -> None:
    """With the stage of the least advanced, and the price of all."""
    words = card(
        take(0, State.GENERATED), take(1, State.RUNNING, started_at=NOW), take(2, State.GENERATED)
    )

    assert "2 of 3 made" in words
    assert "Making music" in words
    assert "about $0.60" in words


def test_a_result_names_each_file_with_its_length_and_seed() -> None:
    """One price for all of them, and no seed or length that is true of only one."""
    words = card(
        *(take(part, State.DELIVERED, cost=Micros(200_000)) for part in range(3)),
        sounds=tuple(sound(letter=letter, seconds=60.0, seed=42) for letter in "ABC"),
    )

    assert "A 1:00 · seed 42\nB 1:00 · seed 42\nC 1:00 · seed 42" in words
    assert "Cost: $0.60" in words
    assert "Seed:" not in words
    assert "Length:" not in words


def test_a_result_says_what_became_of_those_that_are_missing() -> None:
    """Why, and whether it was charged."""
    words = card(
        take(0, State.DELIVERED, cost=Micros(200_000)),
        take(1, State.FAILED, failure=REFUSED, cost=Micros(0)),
        take(2, State.CANCELLED, cost=Micros(0)),
        sounds=(sound(letter="A"),),
    )

    assert "B failed: The model's content rules do not allow this. Not charged." in words
    assert "C cancelled. Not charged." in words


def test_one_that_failed_after_it_was_made_is_said_to_be_charged() -> None:
    """The model had its pay."""
    words = card(
        take(0, State.DELIVERED, cost=Micros(200_000)),
        take(1, State.FAILED, failure=REFUSED, cost=Micros(200_000)),
        take(2, State.TIMED_OUT, cost=Micros(0)),
        sounds=(sound(letter="A"),),
    )

    assert "Charged $0.20." in words
    assert "C took too long: It ended without a result. Not charged." in words


def test_a_card_whose_takes_all_failed_says_it_once() -> None:
    """Like any other failed piece."""
    words = card(
        *(
            take(part, State.FAILED, failure=REFUSED, cost=Micros(0), submit_at=NOW)
            for part in (0, 1, 2)
        )
    )

    assert words.count("content rules") == 1
    assert "Not charged: the $0.60 set aside for it were refunded." in words
