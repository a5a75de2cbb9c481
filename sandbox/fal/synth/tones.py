"""Pitched instruments: one note at a time, as samples.

Tones are read from band-limited wavetables. A tone has layers that die away at their own speed,
which is what makes a string or a hammer sound like one: high partials go first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

RATE = 44_100
TABLE = 4096
Samples: TypeAlias = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Part of a tone.

    Attributes:
        partials: Strength of each harmonic, from the fundamental up.
        fade: Seconds to fall to a third; None to last as long as the note is held.
        level: Share of the tone.
    """

    partials: tuple[float, ...]
    fade: float | None = None
    level: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """An instrument.

    Attributes:
        layers: Harmonic parts.
        bars: Inharmonic parts as (ratio, strength, fade in seconds), for bells and the like.
        attack, release: Seconds.
        voices: Copies, each a little out of tune by up to `detune` cents and spread out.
        vibrato: Cents up and down.
        breath: Share of noise while the note is held.
        knock: Share of noise as it begins.
        drive: How far it is driven into distortion; 0 for clean.
        gain: Level in a mix.
        range: Lowest and highest MIDI note it plays; others move by octaves.
    """

    layers: tuple[Layer, ...] = ()
    bars: tuple[tuple[float, float, float], ...] = ()
    attack: float = 0.004
    release: float = 0.12
    voices: int = 1
    detune: float = 0.0
    vibrato: float = 0.0
    breath: float = 0.0
    knock: float = 0.0
    drive: float = 0.0
    gain: float = 1.0
    range: tuple[int, int] = (21, 108)


def _falling(count: int, power: float) -> tuple[float, ...]:
    return tuple(1 / n**power for n in range(1, count + 1))


def _odd(count: int, power: float) -> tuple[float, ...]:
    return tuple(1 / n**power if n % 2 else 0.0 for n in range(1, count + 1))


def _plucked(count: int, place: float) -> tuple[float, ...]:
    """Partials of a string plucked at a share of its length."""
    return tuple(abs(math.sin(math.pi * n * place)) / n for n in range(1, count + 1))


TONES: Mapping[str, Tone] = {
    "piano": Tone(
        layers=(
            Layer(partials=(1, 0.45, 0.22, 0.1), fade=1.6, level=0.8),
            Layer(partials=(0.3, 0.5, 0.55, 0.45, 0.4, 0.3, 0.25, 0.2, 0.12, 0.1), fade=0.3),
        ),
        knock=0.05, voices=2, detune=2.0, release=0.22, gain=0.9),
    "electric piano": Tone(
        layers=(
            Layer(partials=(1, 0.08, 0.12), fade=1.4),
            Layer(partials=(0, 0.3, 0, 0.2, 0, 0.1, 0.12, 0.25), fade=0.16, level=0.6),
        ),
        voices=2, detune=4.0, release=0.2, gain=0.95),
    "guitar": Tone(
        layers=(
            Layer(partials=_plucked(6, 0.18), fade=0.9),
            Layer(partials=_plucked(24, 0.12), fade=0.18, level=0.9),
        ),
        knock=0.08, release=0.15, gain=0.95, range=(40, 84)),
    "electric guitar": Tone(
        layers=(
            Layer(partials=_plucked(8, 0.2), fade=1.6),
            Layer(partials=_plucked(18, 0.1), fade=0.4, level=0.7),
        ),
        drive=1.6, release=0.12, vibrato=6.0, gain=0.8, range=(40, 88)),
    "distorted guitar": Tone(
        layers=(Layer(partials=_falling(32, 0.35), fade=2.5),),
        drive=4.0, voices=2, detune=6.0, release=0.08, gain=0.5, range=(33, 84)),
    "harp": Tone(
        layers=(
            Layer(partials=_plucked(8, 0.4), fade=1.1),
            Layer(partials=_plucked(16, 0.3), fade=0.2, level=0.5),
        ),
        release=0.5, gain=0.95),
    "strings": Tone(
        layers=(Layer(partials=_falling(18, 1.25)),),
        attack=0.16, release=0.35, voices=4, detune=9.0, vibrato=7.0, gain=0.62,
        range=(48, 96)),
    "low strings": Tone(
        layers=(Layer(partials=_falling(20, 1.2)),),
        attack=0.1, release=0.3, voices=3, detune=7.0, vibrato=5.0, gain=0.75, range=(31, 67)),
    "flute": Tone(
        layers=(Layer(partials=(1, 0.32, 0.1, 0.04)),),
        attack=0.06, release=0.1, vibrato=14.0, breath=0.07, gain=0.95, range=(60, 98)),
    "saxophone": Tone(
        layers=(Layer(partials=(0.9, 1, 0.75, 0.5, 0.42, 0.3, 0.2, 0.16, 0.1, 0.08)),),
        attack=0.035, release=0.08, vibrato=16.0, breath=0.05, drive=0.8, gain=0.6,
        range=(46, 84)),
    "brass": Tone(
        layers=(
            Layer(partials=(0.7, 0.9, 1, 0.8, 0.6, 0.45, 0.32, 0.22, 0.15, 0.1)),
            Layer(partials=_falling(16, 0.7), fade=0.25, level=0.4),
        ),
        attack=0.05, release=0.12, voices=3, detune=6.0, vibrato=6.0, gain=0.55,
        range=(46, 86)),
    "bells": Tone(
        bars=((1, 1, 1.8), (2.0, 0.5, 1.2), (2.76, 0.45, 0.9), (5.4, 0.3, 0.45),
              (8.93, 0.18, 0.2)),
        release=1.2, gain=0.7, range=(67, 103)),
    "marimba": Tone(
        bars=((1, 1, 0.35), (3.98, 0.35, 0.12), (9.8, 0.12, 0.05)),
        knock=0.05, release=0.25, gain=1.0, range=(48, 96)),
    "choir": Tone(
        layers=(Layer(partials=(0.7, 1, 0.8, 0.55, 0.3, 0.12, 0.1, 0.14, 0.16, 0.1, 0.05)),),
        attack=0.3, release=0.6, voices=4, detune=12.0, vibrato=12.0, breath=0.03, gain=0.6,
        range=(48, 84)),
    "organ": Tone(
        layers=(Layer(partials=(1, 0.8, 0.5, 0.6, 0, 0.3, 0, 0.35)),),
        attack=0.008, release=0.06, voices=2, detune=3.0, vibrato=5.0, gain=0.6),
    "pad": Tone(
        layers=(Layer(partials=_falling(14, 1.5)),),
        attack=0.5, release=0.9, voices=4, detune=14.0, vibrato=3.0, gain=0.6),
    "low pad": Tone(
        layers=(Layer(partials=(1, 0.5, 0.2, 0.08)),),
        attack=0.4, release=0.8, voices=2, detune=6.0, gain=0.8, range=(28, 60)),
    "pluck": Tone(
        layers=(
            Layer(partials=_falling(6, 1.2), fade=0.35),
            Layer(partials=_falling(26, 0.9), fade=0.09, level=0.8),
        ),
        voices=2, detune=8.0, release=0.15, gain=0.75),
    "saw lead": Tone(
        layers=(Layer(partials=_falling(30, 1.0)),),
        attack=0.01, release=0.1, voices=3, detune=13.0, vibrato=5.0, gain=0.48),
    "square": Tone(
        layers=(Layer(partials=_odd(31, 1.0)),), attack=0.002, release=0.02, gain=0.42),
    "triangle": Tone(
        layers=(Layer(partials=_odd(9, 2.0)),), attack=0.002, release=0.02, gain=0.95,
        range=(28, 67)),
    "bass guitar": Tone(
        layers=(
            Layer(partials=(1, 0.7, 0.4, 0.22, 0.1), fade=1.2),
            Layer(partials=_plucked(16, 0.2), fade=0.12, level=0.6),
        ),
        release=0.07, knock=0.04, gain=1.05, range=(28, 55)),
    "upright bass": Tone(
        layers=(
            Layer(partials=(1, 0.5, 0.18, 0.06), fade=0.6),
            Layer(partials=_plucked(12, 0.3), fade=0.07, level=0.5),
        ),
        release=0.09, knock=0.09, gain=1.1, range=(28, 55)),
    "synth bass": Tone(
        layers=(
            Layer(partials=(1, 0.4, 0.2), fade=None),
            Layer(partials=_falling(22, 0.9), fade=0.14, level=0.8),
        ),
        release=0.04, drive=1.2, gain=0.85, range=(28, 55)),
    "808": Tone(
        layers=(Layer(partials=(1, 0.12, 0.05), fade=0.9),),
        drive=1.5, release=0.2, knock=0.05, gain=1.1, range=(26, 50)),
}  # fmt: skip


def into_range(name: str, note: int) -> int:
    """Move a note by octaves until the instrument can play it."""
    low, high = TONES[name].range
    while note < low:
        note += 12
    while note > high:
        note -= 12
    return note


@lru_cache(maxsize=512)
def _table(partials: tuple[float, ...], highest: int) -> Samples:
    """Build one cycle, with one sample more for interpolation, at the level of a sine."""
    phase = np.arange(TABLE + 1) * (2 * np.pi / TABLE)
    wave = np.zeros(TABLE + 1)
    for number, strength in enumerate(partials[:highest], start=1):
        if strength:
            # Scattered phases keep the crest low.
            wave += strength * np.sin(number * phase + 0.7 * number * number)
    rms = float(np.sqrt(np.mean(wave[:-1] ** 2))) or 1.0
    return (wave / (rms * math.sqrt(2))).astype(np.float32)


def play(
    name: str, note: int, seconds: float, velocity: float, chance: np.random.Generator
) -> Samples:
    """Play one note of a named tone; gives stereo samples, the release included."""
    return sound(TONES[name], note, seconds, velocity, chance)


def sound(
    tone: Tone, note: int, seconds: float, velocity: float, chance: np.random.Generator
) -> Samples:
    """Play one note of any tone; gives stereo samples, the release included."""
    hz = 440.0 * 2 ** ((note - 69) / 12)
    count = int((seconds + tone.release) * RATE)
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    out = np.zeros((count, 2), dtype=np.float32)
    for voice in range(tone.voices):
        cents, left, right = _place(tone, voice)
        wave = _voice(tone, hz * 2 ** (cents / 1200), time, velocity, chance)
        out[:, 0] += wave * left
        out[:, 1] += wave * right
    if tone.drive:
        out = np.tanh(out * (1 + tone.drive)) / math.tanh(1 + tone.drive)
    out *= (_envelope(tone, seconds, count) * (velocity * tone.gain))[:, None]
    return out


def _place(tone: Tone, voice: int) -> tuple[float, float, float]:
    """Give a voice's detuning in cents, and its level left and right."""
    if tone.voices == 1:
        return 0.0, 1.0, 1.0
    side = 2 * voice / (tone.voices - 1) - 1
    share = 1.4 / tone.voices
    return side * tone.detune, share * (1 - 0.6 * side), share * (1 + 0.6 * side)


def _voice(
    tone: Tone, hz: float, time: Samples, velocity: float, chance: np.random.Generator
) -> Samples:
    wave = np.zeros(len(time), dtype=np.float32)
    phase = _phase(hz, time, tone.vibrato, float(chance.random()))
    high = max(1, int(15_000 / hz))
    for layer in tone.layers:
        part = _read(_table(layer.partials, high), phase) * np.float32(layer.level)
        if layer.fade is not None:
            # Low strings ring longer; a soft touch is a dark one.
            fade = layer.fade * (220 / hz) ** 0.35 * (0.6 + 0.4 * velocity)
            part *= np.exp(time * np.float32(-1 / fade))
        wave += part
    for ratio, strength, fade in tone.bars:
        if hz * ratio < 16_000:
            decay = np.exp(time * np.float32(-1 / fade))
            wave += np.float32(strength) * decay * np.sin(2 * np.pi * ratio * phase)
    if tone.breath:
        wave += np.float32(tone.breath) * _soft_noise(len(time), chance)
    if tone.knock:
        knock = _soft_noise(len(time), chance) * np.exp(time * np.float32(-140))
        wave += np.float32(tone.knock * 4 * velocity) * knock
    return wave


def _phase(hz: float, time: Samples, vibrato: float, start: float) -> npt.NDArray[np.float64]:
    """Give the phase in cycles; vibrato sets in once the note stands."""
    phase = start + hz * time.astype(np.float64)
    if vibrato:
        depth = hz * (2 ** (vibrato / 1200) - 1) * np.minimum(1, time / 0.5)
        phase -= depth * np.cos(2 * np.pi * 5.3 * time) / (2 * np.pi * 5.3)
    return phase


def _read(table: Samples, phase: npt.NDArray[np.float64]) -> Samples:
    place = (phase - np.floor(phase)) * TABLE
    index = place.astype(np.int32)
    index[index >= TABLE] = TABLE - 1
    rest = (place - index).astype(np.float32)
    low = table[index]
    return low + (table[index + 1] - low) * rest


def _soft_noise(count: int, chance: np.random.Generator) -> Samples:
    noise = chance.standard_normal(count + 2, dtype=np.float32)
    return (noise[:-2] + noise[1:-1] + noise[2:]) / np.float32(1.8)


def _envelope(tone: Tone, seconds: float, count: int) -> Samples:
    """Fade in over the attack and out over the release, so that nothing clicks."""
    held = min(count, int(seconds * RATE))
    shape = np.ones(count, dtype=np.float32)
    rise = max(32, min(held, int(tone.attack * RATE)))
    ramp = np.linspace(0, 1, rise, dtype=np.float32)
    shape[:rise] = (ramp * ramp * (3 - 2 * ramp))[: min(rise, count)]
    fall = np.linspace(1, 0, count - held, dtype=np.float32)
    shape[held:] *= fall * fall
    return shape
