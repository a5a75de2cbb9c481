"""Drum kits and the patterns they play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sandbox.fal.synth.tones import RATE, Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """How the drums of a kit sound; frequencies in hertz, times in seconds."""

    kick_hz: float = 52
    kick_fade: float = 0.16
    click: float = 0.35
    snare_hz: float = 185
    snare_fade: float = 0.13
    snare_noise: float = 0.8
    hat_fade: float = 0.03
    hat_level: float = 0.5
    dull: int = 1
    chip: bool = False


KITS: Mapping[str, Kit] = {
    "acoustic": Kit(),
    "electronic": Kit(kick_hz=46, kick_fade=0.28, click=0.5, snare_hz=210, snare_fade=0.17,
                      snare_noise=1.0, hat_fade=0.025, hat_level=0.55),
    "dusty": Kit(kick_hz=58, kick_fade=0.12, click=0.12, snare_hz=170, snare_fade=0.1,
                 snare_noise=0.55, hat_level=0.3, dull=3),
    "brushes": Kit(kick_hz=60, kick_fade=0.1, click=0.1, snare_hz=180, snare_fade=0.16,
                   snare_noise=0.45, hat_fade=0.06, hat_level=0.35, dull=2),
    "timpani": Kit(kick_hz=62, kick_fade=0.7, click=0.1, snare_hz=120, snare_fade=0.3,
                   snare_noise=0.35, hat_fade=0.4, hat_level=0.12, dull=2),
    "chip": Kit(kick_fade=0.09, snare_fade=0.09, hat_fade=0.02, chip=True),
}  # fmt: skip

# Per sixteenth of a bar in four: a digit is the strength in tenths, a dot a rest.
# k kick, s snare, h closed hat, o open hat, r ride.
PATTERNS: Mapping[str, Mapping[str, str]] = {
    "rock": {"k": "9.......8.6.....", "s": "....9.......9...", "h": "7.5.7.5.7.5.7.5."},
    "four": {"k": "9...9...9...9...", "s": "....7.......7...", "h": "..3...3...3...3.",
             "o": "..6...6...6...6."},
    "hip hop": {"k": "9......4.8......", "s": "....8.......8..2", "h": "6.5.6.5.6.5.6.54"},
    "breakbeat": {"k": "9.........8.....", "s": "....9..4.4..9...", "h": "7.5.7.5.7.5.7.5."},
    "jazz": {"r": "7...7.5.7...7.5.", "h": "....5.......5...", "k": "4.........3.....",
             "s": "......2......2.."},
    "reggae": {"k": "........9.......", "s": "........7.......", "h": "4.6.4.6.4.6.4.6."},
    "funk": {"k": "9..6......8..5..", "s": "....9..3.3..9..3", "h": "7474747474747474"},
    "cinematic": {"k": "9.....6.8.......", "s": "............5...", "o": "2..............."},
    "waltz": {"k": "8...........", "s": "....5...5...", "h": "6...5...5..."},
}  # fmt: skip
FILL = "....4.5.6.7.8889"


def hit(kit_name: str, drum: str, chance: np.random.Generator) -> Samples:
    """Play one stroke at full strength; gives mono samples."""
    kit = KITS[kit_name]
    match drum:
        case "k":
            return _kick(kit)
        case "s":
            return _snare(kit, chance)
        case "r":
            return _metal(0.35, 0.35, kit, chance)
        case "o":
            return _metal(0.22, kit.hat_level * 0.9, kit, chance)
        case "c":
            return _metal(1.1, 0.6, kit, chance)
        case _:
            return _metal(kit.hat_fade, kit.hat_level, kit, chance)


def _time(seconds: float) -> Samples:
    return np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(RATE)


def _closed(wave: Samples) -> Samples:
    """Bring both ends to zero, so that a stroke neither begins nor ends with a click."""
    ends = min(64, len(wave) // 4)
    wave[:ends] *= np.linspace(0, 1, ends, dtype=np.float32)
    tail = len(wave) // 4
    wave[-tail:] *= np.linspace(1, 0, tail, dtype=np.float32)
    return wave


def _kick(kit: Kit) -> Samples:
    time = _time(kit.kick_fade * 4)
    sweep = kit.kick_hz * (1 + 3.2 * np.exp(-time * 38))
    phase = 2 * np.pi * np.cumsum(sweep, dtype=np.float64) / RATE
    wave = np.sin(phase).astype(np.float32)
    if kit.chip:
        wave = np.sign(wave) * np.float32(0.5)
    wave *= np.exp(-time / np.float32(kit.kick_fade))
    wave += np.float32(kit.click) * np.sin(2 * np.pi * 1800 * time) * np.exp(-time * 380)
    return _closed(np.tanh(wave * np.float32(1.6)))


def _snare(kit: Kit, chance: np.random.Generator) -> Samples:
    time = _time(kit.snare_fade * 4)
    body = np.sin(2 * np.pi * kit.snare_hz * time * (1 + 0.3 * np.exp(-time * 60)))
    noise = _band(chance.standard_normal(len(time), dtype=np.float32), 900, 9000 / kit.dull**0.5)
    if kit.chip:
        noise = np.repeat(noise[::6], 6)[: len(time)]
    wave = np.float32(0.55) * body * np.exp(-time / np.float32(kit.snare_fade * 0.6))
    wave += np.float32(kit.snare_noise) * noise * np.exp(-time / np.float32(kit.snare_fade))
    return _closed(wave.astype(np.float32))


def _metal(fade: float, level: float, kit: Kit, chance: np.random.Generator) -> Samples:
    time = _time(max(0.08, fade * 4))
    noise = _band(chance.standard_normal(len(time), dtype=np.float32), 5500 / kit.dull, 15_000)
    ring = np.zeros(len(time), dtype=np.float32)
    for hz in (3170, 4211, 5399, 6607, 8123):
        ring += np.sign(np.sin(2 * np.pi * hz / kit.dull**0.5 * time)) * np.float32(0.08)
    wave = (noise + ring) * np.exp(-time / np.float32(fade)) * np.float32(level)
    return _closed(wave.astype(np.float32))


def _band(noise: Samples, low: float, high: float) -> Samples:
    """Keep the frequencies between two, at the noise's level."""
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(len(noise), 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(hz, 1)) ** 4) / (1 + (hz / high) ** 6)
    out = np.fft.irfft(spectrum * shape, len(noise)).astype(np.float32)
    level = float(np.sqrt(np.mean(out**2))) or 1.0
    return out * np.float32(0.5 / level)
