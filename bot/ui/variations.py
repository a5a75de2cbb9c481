"""What a card with several takes says of each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.job import Job, State
from bot.domain.money import usd
from bot.domain.takes import letters_of, progress
from bot.jobs.board import Sound
from bot.ui.text import length, shown

SENTENCE_LENGTH = 240

_ENDS: Mapping[State, str] = {
    State.FAILED: "failed: {}",
    State.TIMED_OUT: "took too long: {}",
    State.UNDELIVERED: "could not be shown: {}",
}


def count_line(takes: Sequence[Job]) -> str:
    """Say how many results are made, such as ``2 of 3 made``."""
    made, wanted = progress(takes)
    return f"{made} of {wanted} made"


def sound_lines(sounds: Sequence[Sound]) -> list[str]:
    """Say of each lettered file how long it is and which seed made it."""
    lines = []
    for sound in sounds:
        if sound.letter is not None:
            seconds = None if sound.seconds is None else length(sound.seconds)
            seed = None if sound.seed is None else f"seed {sound.seed}"
            facts = " · ".join(filter(None, (seconds, seed)))
            lines.append(f"{sound.letter} {facts}".rstrip())
    return lines


def part_names(sounds: Sequence[Sound]) -> list[str]:
    """Name the parts on a card whose files are parts, in their order."""
    labels = [one.parts or ((one.label,) if one.label else ()) for one in sounds]
    return [label for some in labels for label in some]


def loss_lines(takes: Sequence[Job]) -> list[str]:
    """Say which takes came to nothing, why, and whether that was charged."""
    return [
        f"{letters_of(takes, take)} {_end_of(take)} {_charge(take)}"
        for take in takes
        if take.state.is_final and take.state is not State.DELIVERED
    ]


def _end_of(take: Job) -> str:
    if take.state is State.CANCELLED:
        return "cancelled."
    why = take.failure.sentence if take.failure else "It ended without a result."
    return _ENDS[take.state].format(shown(why, limit=SENTENCE_LENGTH))


def _charge(take: Job) -> str:
    return f"Charged {usd(take.cost)}." if take.cost else "Not charged."
