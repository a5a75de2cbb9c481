"""What sound effects are put together from: noise, resonators, strikes, and moments in time."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from sandbox.fal.synth.tones import RATE, Samples

Chance: TypeAlias = np.random.Generator


def noise(count: int, chance: Chance) -> Samples:
    """Give white noise."""
    return chance.standard_normal(count, dtype=np.float32)


def band(count: int, chance: Chance, low: float, high: float) -> Samples:
    """Give noise between two frequencies at a level of one, made in pieces to spare memory."""
    block = 8 * RATE
    out = np.empty(count, dtype=np.float32)
    fade = min(2048, max(1, count // 8))
    carry: Samples | None = None
    for start in range(0, count, block):
        size = min(block, count - start)
        piece = filtered(noise(size + fade, chance), low, high)
        if carry is not None:
            rise = np.sqrt(np.linspace(0, 1, fade, dtype=np.float32))
            join = min(fade, size)
            piece[:join] = piece[:join] * rise[:join] + carry[:join] * rise[::-1][:join]
        out[start : start + size] = piece[:size]
        carry = piece[size:]
    return out


def filtered(wave: Samples, low: float, high: float) -> Samples:
    """Keep what is between two frequencies, at a level of one."""
    hz = np.fft.rfftfreq(len(wave), 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(hz, 0.5)) ** 4) / (1 + (hz / high) ** 4)
    out = np.fft.irfft(np.fft.rfft(wave) * shape, len(wave)).astype(np.float32)
    level = float(np.sqrt(np.mean(out**2))) or 1.0
    return np.asarray(out / np.float32(level), dtype=np.float32)


def drift(count: int, chance: Chance, hz: float, low: float, high: float) -> Samples:
    """Give a slow, smooth random movement between two values, about `hz` turns a second."""
    points = max(4, int(count / RATE * hz * 2) + 4)
    values = chance.uniform(low, high, points)
    place = np.linspace(0, points - 2, count)
    index = place.astype(np.int64)
    rest = place - index
    ease = rest * rest * (3 - 2 * rest)
    return (values[index] + (values[index + 1] - values[index]) * ease).astype(np.float32)


def add(out: Samples, at: int, wave: npt.NDArray[np.floating[Any]], level: float = 1.0) -> None:
    """Lay a sound over another from a moment on; what does not fit is cut."""
    if at < len(out):
        part = wave[: len(out) - at]
        out[at : at + len(part)] += part * np.float32(level)


def span(seconds: float) -> Samples:
    """Give the moments of a stretch of time, in seconds."""
    return np.arange(max(8, int(seconds * RATE)), dtype=np.float32) / np.float32(RATE)


def ping(hz: float, fade: float, seconds: float | None = None) -> Samples:
    """Ring a resonator."""
    time = span(seconds or fade * 6)
    rise = np.minimum(1, time * 800)
    wave = np.sin(2 * np.pi * hz * time) * np.exp(-time / fade) * rise
    return np.asarray(wave, dtype=np.float32)


def thud(chance: Chance, low: float, high: float, fade: float) -> Samples:
    """Strike something: a burst of noise between two frequencies."""
    time = span(fade * 6)
    shape = np.exp(-time / fade) * np.minimum(1, time * 1500)
    return np.asarray(filtered(noise(len(time), chance), low, high) * shape, dtype=np.float32)


def moments(count: int, chance: Chance, per_second: float) -> list[int]:
    """Draw moments that come at random, so many a second."""
    many = max(1, int(chance.poisson(per_second * count / RATE)))
    return sorted(int(moment) for moment in chance.integers(0, count, many))


def steps(count: int, chance: Chance, gap: float, jitter: float = 0.06) -> list[int]:
    """Give moments at a steady pace, the first almost at once."""
    at, moments = 0.08, []
    while at * RATE < count:
        moments.append(int(at * RATE))
        at += gap * (1 + float(chance.uniform(-jitter, jitter)))
    return moments
