"""Scales, chords, progressions, and leading voices from one chord to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

MODES: Mapping[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
# Degrees counted from zero. Each turns back to its beginning.
PROGRESSIONS: Mapping[str, Sequence[tuple[int, ...]]] = {
    "major": ((0, 4, 5, 3), (0, 5, 3, 4), (0, 3, 4, 3), (5, 3, 0, 4), (0, 2, 3, 4), (0, 3, 1, 4)),
    "minor": ((0, 5, 2, 6), (0, 3, 5, 4), (0, 6, 5, 6), (0, 5, 3, 4), (0, 3, 6, 2), (0, 2, 5, 4)),
    "dorian": ((0, 3, 0, 3), (0, 3, 6, 2), (1, 4, 0, 0), (0, 6, 3, 0), (0, 2, 3, 4)),
    "lydian": ((0, 1, 0, 1), (0, 4, 1, 5), (0, 2, 5, 1)),
    "mixolydian": ((0, 6, 3, 0), (0, 3, 6, 3), (0, 4, 6, 3), (0, 3, 0, 4)),
}


def progression(mode: str, chance: np.random.Generator) -> tuple[int, ...]:
    """Draw a progression that suits a mode."""
    choices = PROGRESSIONS[mode]
    return choices[int(chance.integers(len(choices)))]


def pitch(root: int, mode: str, degree: int, octave: int) -> int:
    """Give the MIDI number of a scale degree; degrees outside 0 to 6 change the octave."""
    scale = MODES[mode]
    turns, step = divmod(degree, len(scale))
    return 12 * (octave + 1 + turns) + root + scale[step]


def chord(root: int, mode: str, degree: int, *, sevenths: bool) -> tuple[int, ...]:
    """Give the pitch classes of the chord on a degree, from its root up."""
    size = 4 if sevenths else 3
    tones = [pitch(root, mode, degree + 2 * step, 0) % 12 for step in range(size)]
    if mode == "minor" and degree == 4:
        # The dominant borrows the leading note, so that it pulls home.
        tones[1] = (root + 11) % 12
    return tuple(tones)


def lead_voices(
    classes: Sequence[int], before: Sequence[int] | None, *, low: int, high: int
) -> tuple[int, ...]:
    """Place a chord in a range so that its voices move as little as possible.

    With no chord before it, the one in the middle of the range is taken.
    """
    best: tuple[float, tuple[int, ...]] | None = None
    for bottom in range(low, high - 11):
        if bottom % 12 not in classes:
            continue
        voicing = _stack(classes, bottom)
        if voicing[-1] > high:
            continue
        if before is None:
            cost = abs(sum(voicing) / len(voicing) - (low + high) / 2)
        else:
            cost = float(sum(min(abs(note - old) for old in before) for note in voicing))
            cost += 0.2 * abs(voicing[-1] - before[-1])
        if best is None or cost < best[0]:
            best = (cost, voicing)
    return best[1] if best else _stack(classes, low)


def _stack(classes: Sequence[int], bottom: int) -> tuple[int, ...]:
    rest = sorted((pc - bottom) % 12 for pc in classes)
    notes = tuple(bottom + step for step in rest)
    # Two voices a semitone apart, low down, only growl.
    crowded = any(upper - lower == 1 for lower, upper in pairwise(notes))
    return (*notes[1:], notes[0] + 12) if crowded else notes


def nearest(classes: Sequence[int], note: int) -> int:
    """Give the chord tone closest to a note."""
    options = [note + step for step in range(-6, 7) if (note + step) % 12 in classes]
    return min(options, key=lambda option: abs(option - note))
