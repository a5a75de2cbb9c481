"""The last step: an even loudness, no peak too high, no offset.

Loudness is measured as ITU-R BS.1770 does it, with its filter applied to the spectrum of each
block; that is within a few tenths of a unit of a meter that filters in time.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from sandbox.fal.synth.tones import RATE, Samples

Powers: TypeAlias = npt.NDArray[np.float64]
Response: TypeAlias = npt.NDArray[np.complex128]

TARGET_LUFS = -14.0
CEILING = 10 ** (-1.3 / 20)  # leaves room for peaks between samples and lossy encoders
BLOCK = 10 * RATE


def master(mix: Samples, *, target: float = TARGET_LUFS, rate: int = RATE) -> Samples:
    """Bring a mix to the target loudness under the ceiling, in place, and give it back."""
    np.nan_to_num(mix, copy=False)
    _centre(mix)
    for wanted in (target, target):
        measured = loudness(mix, rate)
        if measured is None:
            return mix
        _level(mix, min(40.0, wanted - measured))
    return mix


def _centre(mix: Samples) -> None:
    """Take the offset away, but not at the very ends, which are silent and shall stay so."""
    offset = mix.mean(axis=0, dtype=np.float64).astype(np.float32)
    edge = min(256, len(mix) // 2)
    ramp = np.linspace(0, 1, edge, dtype=np.float32)[:, None]
    mix[:edge] -= offset * ramp
    mix[edge : len(mix) - edge] -= offset
    mix[len(mix) - edge :] -= offset * ramp[::-1]


def _level(mix: Samples, gain_db: float) -> None:
    gain = np.float32(10 ** (gain_db / 20))
    for start in range(0, len(mix), BLOCK):
        part = mix[start : start + BLOCK]
        part *= gain
        part[:] = _soft(part)


def _soft(wave: Samples) -> Samples:
    """Leave what is quiet alone, and bend what is loud towards the ceiling."""
    knee = np.float32(0.6)
    room = np.float32(CEILING - 0.6)
    over = np.abs(wave) - knee
    bent = knee + room * np.tanh(np.maximum(over, 0) / room)
    return np.asarray(np.where(over > 0, np.sign(wave) * bent, wave), dtype=np.float32)


def loudness(wave: Samples, rate: int = RATE) -> float | None:
    """Measure integrated loudness in LUFS; None for silence."""
    size, step = int(0.4 * rate), int(0.1 * rate)
    if len(wave) < size:
        wave = np.pad(wave, ((0, size - len(wave)), (0, 0)))
    # 100 ms pieces are weighted once each; four of them make one block.
    count = (len(wave) - size) // step + 4
    weights = _weights(step, rate)
    powers = np.empty(count)
    for index in range(count):
        piece = wave[index * step : (index + 1) * step]
        spectrum = np.fft.rfft(piece, axis=0)
        powers[index] = float(np.sum((np.abs(spectrum) ** 2) * weights[:, None]))
    powers /= step
    blocks = np.convolve(powers, np.full(4, 0.25), mode="valid")
    return _gated(blocks)


def _gated(blocks: Powers) -> float | None:
    loud = blocks[blocks > _power(-70)]
    if not len(loud):
        return None
    loud = loud[loud > _power(_lufs(float(loud.mean())) - 10)]
    return _lufs(float(loud.mean()))


def _power(lufs: float) -> float:
    return 10 ** ((lufs + 0.691) / 10)


def _lufs(power: float) -> float:
    return -0.691 + 10 * math.log10(power)


def _weights(count: int, rate: int) -> Powers:
    """Give the power weight of each bin of a spectrum: the standard's two filters at 48 kHz."""
    hz = np.fft.rfftfreq(count, 1 / rate)
    turn = np.exp(-2j * np.pi * np.minimum(hz, 23_999) / 48_000)
    shelf = _response(
        turn,
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    )
    low_cut = _response(turn, (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
    power = np.abs(shelf * low_cut) ** 2
    # One-sided spectrum: all but the ends stand for two bins. Parseval gives the rest.
    power[1:-1] *= 2
    return np.asarray(power / count, dtype=np.float64)


def _response(
    turn: Response, above: tuple[float, float, float], below: tuple[float, float, float]
) -> Response:
    top = above[0] + above[1] * turn + above[2] * turn**2
    return np.asarray(top / (below[0] + below[1] * turn + below[2] * turn**2))
