"""Room for long sounds: beyond a minute samples live in a file, so that memory stays small."""

from __future__ import annotations

import tempfile

import numpy as np

from sandbox.fal.synth.tones import RATE, Samples

IN_MEMORY = 60 * RATE


def blank(count: int) -> Samples:
    """Give stereo silence to draw on; a long one is backed by a file that vanishes with it."""
    if count <= IN_MEMORY:
        return np.zeros((count, 2), dtype=np.float32)
    with tempfile.TemporaryFile(prefix="minstrel-") as file:
        # The mapping keeps the nameless file alive after it is closed here.
        return np.memmap(file, dtype=np.float32, mode="w+", shape=(count, 2))
