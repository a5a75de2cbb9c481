"""Hearing what is in a recording: its tempo and its key, well enough to play along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sandbox.fal.synth.tones import RATE, Samples

HEARD_SECONDS = 40
HOP = 441
WINDOW = 1024
SLOWEST, FASTEST, USUAL = 55, 200, 110
Numbers: TypeAlias = npt.NDArray[np.float64]

# How much each step of the scale is heard in major and in minor (Krumhansl and Kessler).
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard: beats per minute, pitch class of the key, and its mode."""

    tempo: float
    root: int
    mode: str


def listen(wave: Samples) -> Heard:
    """Listen to the first part of a recording."""
    mono = np.asarray(wave[: HEARD_SECONDS * RATE].mean(axis=1))
    root, mode = key(mono)
    return Heard(tempo=tempo(mono), root=root, mode=mode)


def onsets(mono: Samples) -> Numbers:
    """Give how much begins to sound, a hundred times a second."""
    if len(mono) < WINDOW * 4:
        return np.zeros(1)
    frames = np.lib.stride_tricks.sliding_window_view(mono, WINDOW)[::HOP]
    window = np.hanning(WINDOW).astype(np.float32)
    levels = np.log1p(100 * np.abs(np.fft.rfft(frames * window, axis=1)))
    rises: Numbers = np.maximum(0, np.diff(levels, axis=0)).sum(axis=1).astype(np.float64)
    return np.asarray(rises - rises.mean(), dtype=np.float64)


def tempo(mono: Samples) -> float:
    """Give the likeliest tempo: where the onsets repeat, with a leaning towards usual ones."""
    rises = onsets(mono)
    size = len(rises)
    if size < 200:
        return float(USUAL)
    spectrum = np.fft.rfft(rises, 2 * size)
    repeats = np.fft.irfft(np.abs(spectrum) ** 2)[:size] / (size - np.arange(size) * 0.9)
    lags = np.arange(6000 // FASTEST, min(size // 2, 6000 // SLOWEST) + 1)
    leaning = np.exp(-0.5 * (np.log2(6000 / lags / USUAL) / 0.9) ** 2)
    best = int(lags[np.argmax(repeats[lags] * leaning)])
    return 6000 / (best + _vertex(repeats[best - 1 : best + 2]))


def _vertex(three: Numbers) -> float:
    """Give where a parabola through three points peaks, as a distance from the middle one."""
    left, middle, right = (float(value) for value in three)
    bend = left - 2 * middle + right
    return 0.0 if bend >= 0 else max(-0.5, min(0.5, 0.5 * (left - right) / bend))


def key(mono: Samples) -> tuple[int, str]:
    """Give the likeliest key."""
    size = 16_384
    heard = np.zeros(12)
    hz = np.fft.rfftfreq(size, 1 / RATE)
    band = (hz > 60) & (hz < 2000)
    classes = np.round(69 + 12 * np.log2(hz[band] / 440)).astype(int) % 12
    for start in range(0, max(1, len(mono) - size), size):
        piece = np.pad(mono[start : start + size], (0, max(0, size - len(mono[start:]))))
        power = np.abs(np.fft.rfft(piece * np.hanning(size)))[band]
        heard += np.bincount(classes, weights=power, minlength=12)
    scores = {
        (root, mode): float(np.corrcoef(np.roll(profile, root), heard + 1e-9)[0, 1])
        for mode, profile in (("major", MAJOR), ("minor", MINOR))
        for root in range(12)
        if heard.std() > 0
    }
    return max(scores, key=scores.__getitem__) if scores else (0, "major")
