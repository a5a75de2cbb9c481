"""What a card says at each stage, and that Discord takes it whatever members type."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import FINAL, Failure, Kind, State
from bot.domain.money import Micros
from bot.jobs.board import CardState
from bot.jobs.delivery import Rendering
from bot.ui.buttons import CardButton, Verb
from bot.ui.card import render
from tests.ui.builders import NOW, job, sound

PAUSED = "Paused by the operator: the account needs attention."


def words_of(rendering: Rendering) -> str:
    """Everything there is to read on a card."""
    embed: dict[str, Any] = dict(rendering.embed.to_dict())
    fields = [f"{one['name']}: {one['value']}" for one in embed.get("fields", [])]
    parts = [rendering.content, embed.get("title", ""), embed.get("description", ""), *fields]
    return "\n".join([*parts, embed.get("footer", {}).get("text", "")])


STAGES = [
    (CardState(job=job()), "yours is next"),
    (CardState(job=job(), ahead=3), "4th in line"),
    (CardState(job=job(), ahead=3, paused=PAUSED), "Paused by the operator"),
    (CardState(job=job(), trouble="The service is busy."), "The service is busy."),
    (CardState(job=job(State.DISPATCHING)), "Handing over"),
    (CardState(job=job(State.UNKNOWN)), "not paid for twice"),
    (CardState(job=job(State.SUBMITTED)), "In the model's queue"),
    (CardState(job=job(State.SUBMITTED, queue_position=0)), "next to start"),
    (CardState(job=job(State.SUBMITTED, queue_position=5)), "5 ahead"),
    (CardState(job=job(State.RUNNING, started_at=NOW)), "Making music"),
    (CardState(job=job(State.RUNNING, kind=Kind.SFX)), "Making the sound effect"),
    (CardState(job=job(State.RUNNING, kind=Kind.STEMS)), "Taking it apart"),
    (CardState(job=job(State.RUNNING), progress="step 7"), "step 7"),
    (CardState(job=job(State.RUNNING, cancel_at=NOW)), "Cancelling"),
    (CardState(job=job(State.GENERATED)), "preparing the file"),
]


@pytest.mark.parametrize(("state", "words"), STAGES, ids=[words for _, words in STAGES])
def test_a_card_on_its_way_says_where_it_stands(state: CardState, words: str) -> None:
    """Who asked, for what, at which stage, by which model, for about how much."""
    text = words_of(render(state))

    assert words in text
    assert "<@7>" in text
    assert "rain on a tin roof" in text
    assert "Stable Audio 2.5" in text
    assert "about $0.20" in text


def test_a_paused_card_promises_that_nothing_is_lost() -> None:
    """Waiting people need not do anything."""
    text = words_of(render(CardState(job=job(), paused=PAUSED)))

    assert "Your place is kept; this goes on by itself." in text


def test_a_delivered_card_tells_what_it_took() -> None:
    """Model, length, seed, price, format and the job's id, with the waveform in it."""
    done = job(State.DELIVERED, cost=Micros(190_000))
    rendering = render(
        CardState(job=done, sounds=(sound(waveform=Path("w.png"), note="Now MP3."),))
    )
    text = words_of(rendering)

    for words in ("Stable Audio 2.5", "1:23", "`7`", "$0.19", "mp3", "1000", "Now MP3."):
        assert words in text
    assert rendering.embed.image.url == "attachment://waveform.png"


ENDS = [
    (State.FAILED, 0, NOW, "Not charged: the $0.20 set aside for it were refunded."),
    (State.TIMED_OUT, 0, NOW, "Not charged: the $0.20 set aside for it were refunded."),
    (State.FAILED, 0, None, "Not charged."),
    (State.CANCELLED, 0, None, "Not charged."),
    (State.FAILED, 200_000, NOW, "Charged $0.20, because the model had made it."),
    (State.UNDELIVERED, 200_000, NOW, "Charged $0.20, because the model had made it."),
]


@pytest.mark.parametrize(("state", "cost", "submit_at", "words"), ENDS)
def test_a_card_without_audio_says_why_and_what_it_cost(
    state: State, cost: int, submit_at: Any, words: str
) -> None:
    """A sentence, and whether money was taken, in words."""
    failure = Failure(code="refused", sentence="The model's content rules do not allow this.")
    ended = job(state, cost=Micros(cost), submit_at=submit_at, failure=failure)

    text = words_of(render(CardState(job=ended)))

    assert failure.sentence in text
    assert words in text
    assert "refused\n" not in text


def test_a_refusal_by_the_models_rules_leads_to_the_form() -> None:
    """Other words are what helps: Edit comes first, and the card says so."""
    failure = Failure(code="refused", sentence="The model's content rules refused this request.")

    rendering = render(CardState(job=job(State.FAILED, failure=failure)))
    stems = render(CardState(job=job(State.FAILED, failure=failure, kind=Kind.STEMS)))

    assert "Press **Edit** to change it" in words_of(rendering)
    assert rendering.view is not None
    verbs = [one.verb for one in rendering.view.children if isinstance(one, CardButton)]
    assert verbs == [Verb.EDIT, Verb.AGAIN]
    assert "Edit" not in words_of(stems)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_piece_has_a_name(kind: Kind) -> None:
    """For a person, not the database."""
    assert render(CardState(job=job(kind=kind))).content.startswith("🎵 ")


def test_a_model_that_left_the_catalogue_is_still_shown() -> None:
    """Old cards outlive models."""
    assert "gone/model" in words_of(render(CardState(job=job(model="gone/model"))))


@given(
    prompt=st.text(max_size=5_000),
    state=st.sampled_from(list(State)),
    sentence=st.text(min_size=1, max_size=600),
    progress=st.none() | st.text(max_size=5_000),
    notes=st.lists(st.text(min_size=1, max_size=400), max_size=6),
)
def test_discord_takes_a_card_whatever_stands_on_it(
    prompt: str, state: State, sentence: str, progress: str | None, notes: list[str]
) -> None:
    """Titles up to 256, descriptions up to 4096, fields up to 1024, 6000 characters in all."""
    failure = Failure(code="x", sentence=sentence) if state in FINAL else None
    rendering = render(
        CardState(
            job=job(state, prompt=prompt, failure=failure, started_at=NOW + timedelta(seconds=1)),
            progress=progress,
            sounds=tuple(sound(note=note) for note in notes),
        )
    )

    embed: dict[str, Any] = dict(rendering.embed.to_dict())
    assert len(rendering.content) <= 2_000
    assert len(embed.get("title", "")) <= 256
    assert len(embed.get("description", "")) <= 4_096
    assert len(embed["footer"]["text"]) <= 2_048
    assert all(0 < len(one["value"]) <= 1_024 for one in embed.get("fields", []))
    assert len(rendering.embed) <= 6_000
