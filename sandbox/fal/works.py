"""Making the sound for one request: from a commission to files. Blocking; runs in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.fal import synth
from sandbox.fal.engines import Makes
from sandbox.fal.synth import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What to make.

    Attributes:
        source: The bytes of the audio to work on, for what works on a source.
        copies: How many versions.
    """

    makes: Makes
    prompt: str
    negative: str
    lyrics: str
    seconds: float
    seed: int
    container: str
    rate: int
    bpm: float | None = None
    loop: bool = False
    copies: int = 1
    source: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """One finished file."""

    name: str
    data: bytes
    container: str
    seconds: float


def make(commission: Commission) -> Sequence[Made]:
    """Make everything that was asked for, in order."""
    container = synth.container_for(commission.container)
    made = []
    for name, wave in _sounds(commission).items():
        data = synth.encode(wave, container, commission.rate)
        seconds = len(wave) / synth.RATE
        made.append(Made(name=name, data=data, container=container, seconds=seconds))
    return made


def _sounds(commission: Commission) -> Mapping[str, Samples]:
    names = ["output", *(f"output_{number}" for number in range(2, commission.copies + 1))]
    return {name: _sound(commission, commission.seed + number) for number, name in enumerate(names)}


def _sound(commission: Commission, seed: int) -> Samples:
    if commission.makes is Makes.SOUND:
        return synth.sound(
            commission.prompt, seconds=commission.seconds, seed=seed, loop=commission.loop
        )
    return synth.compose(
        commission.prompt,
        seconds=commission.seconds,
        seed=seed,
        negative=commission.negative,
        bpm=commission.bpm,
    )
