"""Which buttons a card has, and that they work after any restart."""

from __future__ import annotations

import re

import pytest

from bot.domain.ids import JobId
from bot.domain.job import FINAL, Failure, State
from bot.ui.buttons import CardButton, Verb, buttons_for
from tests.ui.builders import NOW, job

ON_THE_WAY = (State.ACCEPTED, State.DISPATCHING, State.SUBMITTED, State.RUNNING)


def labels(state: State, **more: object) -> list[str | None]:
    """What is written on a card's buttons."""
    view = buttons_for(job(state, **more))
    return [] if view is None else [one.item.label for one in view.children]  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ON_THE_WAY)
def test_cancel_is_there_while_it_can_matter(state: State) -> None:
    """With a wish to be told, and nothing else: there is no result yet."""
    assert labels(state) == ["Cancel", "Notify me"]


@pytest.mark.parametrize(("state", "left"), [(State.UNKNOWN, ["Notify me"]), (State.GENERATED, [])])
def test_cancel_is_gone_when_it_cannot_matter(state: State, left: list[str]) -> None:
    """What was paid for is delivered, and what is lost is looked for, which may take its time."""
    assert labels(state) == left


@pytest.mark.parametrize(("rings", "label"), [(False, "Notify me"), (True, "Don't notify me")])
def test_the_bell_says_what_pressing_it_does(rings: bool, label: str) -> None:
    """It is on or off."""
    view = buttons_for(job(State.RUNNING), rings=rings)

    assert view is not None
    assert [one.item.label for one in view.children] == ["Cancel", label]  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", ON_THE_WAY)
def test_cancel_is_pressed_once(state: State) -> None:
    """After that the card says that it is being cancelled."""
    assert labels(state, cancel_at=NOW) == []


@pytest.mark.parametrize("state", sorted(FINAL))
def test_every_end_can_be_asked_for_again(state: State) -> None:
    """Whatever became of it."""
    failure = Failure(code="x", sentence="It broke.")

    assert "Again" in labels(state, failure=None if state is State.DELIVERED else failure)


@pytest.mark.parametrize("state", list(State))
def test_no_card_has_more_buttons_than_fit(state: State) -> None:
    """Five rows of five, each with an id of its own of at most a hundred characters."""
    view = buttons_for(job(state, id=JobId(2**63 - 1)))
    ids = [] if view is None else [one.item.custom_id for one in view.children]  # type: ignore[attr-defined]

    assert len(ids) <= 25
    assert len(set(ids)) == len(ids)
    assert all(len(custom_id) <= 100 for custom_id in ids)


@pytest.mark.parametrize("verb", list(Verb))
async def test_a_button_is_rebuilt_from_what_stands_on_the_card(verb: Verb) -> None:
    """Another process reads verb and job from the id alone."""
    made = CardButton(verb, JobId(1234567890123456789))
    template = CardButton.__discord_ui_compiled_template__
    match = template.fullmatch(made.item.custom_id or "")
    assert isinstance(match, re.Match)

    again = await CardButton.from_custom_id(None, None, match)  # type: ignore[arg-type]

    assert (again.verb, again.job_id) == (verb, 1234567890123456789)
