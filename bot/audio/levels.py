"""Loudness over time, collected while a file passes through. Pure.

One pair per hundredth of a second, peak and mean square, is all that pictures need; the file is
never read a second time for them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]
"""Samples from -1 to 1, shaped (frames, channels)."""

Whole = NDArray[np.int16]
"""The same, of a source with 16 bits, as whole numbers that are 32768 times as large."""

FULL_SCALE = 32_768

_PER_SECOND = 100
_MOST_BARS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How loud a file is, moment by moment.

    Attributes:
        peaks: The loudest sample of each moment, over all channels, from 0 to 1.
        squares: The mean square of each moment, from 0 to 1.
        seconds: Length of the whole.
    """

    peaks: NDArray[np.float32]
    squares: NDArray[np.float32]
    seconds: float

    @property
    def peak(self) -> float:
        """The loudest sample of all."""
        return float(self.peaks.max(initial=0.0))

    def bars(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Sum up as so many peaks and root mean squares; short files repeat moments."""
        moments = len(self.peaks)
        if not moments:
            return np.zeros(count, np.float32), np.zeros(count, np.float32)
        edges = np.linspace(0, moments, count + 1)
        starts = np.minimum(edges[:-1].astype(int), moments - 1)
        ends = np.maximum(np.ceil(edges[1:]).astype(int), starts + 1)
        peaks = [self.peaks[a:b].max() for a, b in zip(starts, ends, strict=True)]
        squares = [self.squares[a:b].mean() for a, b in zip(starts, ends, strict=True)]
        return np.array(peaks, np.float32), np.sqrt(np.array(squares, np.float32))

    def voice_bars(self) -> bytes:
        """Give loudness as bytes: one per tenth of a second at most, and never over 256."""
        count = min(_MOST_BARS, max(1, int(self.seconds * 10)))
        _, loudness = self.bars(count)
        loudest = float(loudness.max()) or 1.0
        return bytes(np.rint(loudness / loudest * 255).astype(np.uint8))


class Meter:
    """Collects levels from blocks of any length.

    Args:
        sample_rate: In Hz.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._hop = max(1, sample_rate // _PER_SECOND)
        self._rest: Block | None = None
        self._peaks: list[NDArray[np.float32]] = []
        self._squares: list[NDArray[np.float32]] = []
        self._frames = 0

    def add(self, samples: Block | Whole) -> None:
        """Measure a block; what does not fill a moment waits for the next one."""
        block = samples.astype(np.float32, copy=False)
        if samples.dtype == np.int16:
            block *= np.float32(1 / FULL_SCALE)
        self._frames += len(block)
        if self._rest is not None and len(self._rest):
            block = np.concatenate([self._rest, block])
        whole = len(block) // self._hop * self._hop
        self._rest = block[whole:].copy()
        if whole:
            self._measure(block[:whole].reshape(-1, self._hop * block.shape[1]))

    def finish(self) -> Levels:
        """Give what was collected, the unfinished last moment included."""
        if self._rest is not None and len(self._rest):
            self._measure(self._rest.reshape(1, -1))
            self._rest = None
        empty = [np.zeros(0, np.float32)]
        return Levels(
            peaks=np.concatenate(self._peaks or empty),
            squares=np.concatenate(self._squares or empty),
            seconds=self._frames / self._rate,
        )

    def _measure(self, moments: NDArray[np.float32]) -> None:
        """Add one pair per row."""
        self._peaks.append(np.abs(moments).max(axis=1))
        self._squares.append(np.square(moments).mean(axis=1))
