"""Sound effects: noise, resonators and sweeps, put together by the words of a prompt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sandbox.fal.synth import master
from sandbox.fal.synth.noises import (
    Chance,
    add,
    band,
    drift,
    filtered,
    moments,
    noise,
    ping,
    span,
    steps,
    thud,
)
from sandbox.fal.synth.render import Room
from sandbox.fal.synth.tones import RATE, Samples
from sandbox.fal.synth.words import seed_of

Maker = Callable[[int, Chance], Samples]

LOUDNESS = -18.0
LOOP_SECONDS = 0.5


def make(prompt: str, *, seconds: float, seed: int, loop: bool = False) -> Samples:
    """Make the sounds that a prompt names, mixed; one that it does not know is drawn by chance."""
    number = seed_of("sound", prompt, seed)
    chance = np.random.default_rng(number)
    count = max(1, round(seconds * RATE))
    overlap = min(count // 2, int(LOOP_SECONDS * RATE)) if loop else 0
    mix = np.zeros((count + overlap, 2), dtype=np.float32)
    for maker in _chosen(prompt.lower(), chance):
        mix += _spread(maker(count + overlap, chance), chance)
    if _any(prompt.lower(), ("echo", "cave", "hall", "church", "distant", "reverb")):
        mix += Room(0.6, number).answer(mix.mean(axis=1))[: len(mix)]
    if loop:
        mix = _looped(mix, overlap)
    else:
        _fade(mix)
    return master.master(mix, target=LOUDNESS)


def _any(text: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", text) for word in words)


def _chosen(text: str, chance: Chance) -> list[Maker]:
    found = [maker for words, maker in SOUNDS.items() if _any(text, words)]
    if found:
        return found[:4]
    makers = (_whoosh, _impact, _machine, _chirps, _zap)
    return [makers[int(chance.integers(len(makers)))]]


def _spread(wave: Samples, chance: Chance) -> Samples:
    """Give a mono sound a place between the ears."""
    if wave.ndim == 2:
        return wave
    place = float(chance.uniform(-0.35, 0.35))
    return np.stack([wave * (1 - max(0, place)), wave * (1 + min(0, place))], axis=1).astype(
        np.float32
    )


def _looped(mix: Samples, overlap: int) -> Samples:
    """Blend what comes after the end into the beginning, at equal power."""
    if not overlap:
        return mix
    rise = np.sqrt(np.linspace(0, 1, overlap, dtype=np.float32))[:, None]
    after = mix[-overlap:] * rise[::-1]
    mix[:overlap] = mix[:overlap] * rise + after
    return mix[:-overlap].copy()


def _fade(mix: Samples) -> None:
    start = min(len(mix) // 4, int(0.003 * RATE)) or 1
    end = min(len(mix) // 3, int(0.12 * RATE)) or 1
    mix[:start] *= np.linspace(0, 1, start, dtype=np.float32)[:, None]
    mix[-end:] *= np.linspace(1, 0, end, dtype=np.float32)[:, None] ** 2


def _rain(count: int, chance: Chance) -> Samples:
    out = band(count, chance, 900, 9000) * drift(count, chance, 0.3, 0.22, 0.4)
    for at in moments(count, chance, 45):
        drop = ping(float(chance.uniform(1800, 6000)), 0.004, 0.03)
        add(out, at, drop, float(chance.uniform(0.3, 1.6)))
    return out


def _thunder(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    at = int(min(0.3, count / RATE * 0.1) * RATE)
    while at < count:
        length = float(chance.uniform(3, 6))
        time = span(length)
        roll = filtered(noise(len(time), chance), 20, 160) * np.exp(-time / (length / 3))
        add(out, at, roll * drift(len(time), chance, 3, 0.4, 1.6), 2.2)
        add(out, at, thud(chance, 200, 5000, 0.12), 1.1)
        at += int(float(chance.uniform(5, 9)) * RATE)
    return out


def _wind(count: int, chance: Chance) -> Samples:
    low = band(count, chance, 80, 500) * drift(count, chance, 0.25, 0.3, 1.0)
    whistle = band(count, chance, 700, 1100) * drift(count, chance, 0.4, 0.0, 0.5)
    return low + whistle


def _water(count: int, chance: Chance) -> Samples:
    out = band(count, chance, 400, 3500) * drift(count, chance, 1.5, 0.2, 0.4)
    for at in moments(count, chance, 22):
        time = span(0.07)
        rise = float(chance.uniform(400, 1400)) * (1 + 6 * time)
        bubble = np.sin(2 * np.pi * np.cumsum(rise) / RATE) * np.exp(-time * 55)
        add(out, at, bubble.astype(np.float32), float(chance.uniform(0.2, 0.7)))
    return out


def _waves(count: int, chance: Chance) -> Samples:
    swell = np.sin(np.arange(count) * (2 * np.pi / (6.5 * RATE)) - 0.8) * 0.5 + 0.5
    surf = band(count, chance, 150, 3200) * (0.12 + swell**2).astype(np.float32)
    return np.asarray(
        surf + band(count, chance, 2500, 9000) * (0.4 * swell**5).astype(np.float32),
        dtype=np.float32,
    )


def _fire(count: int, chance: Chance) -> Samples:
    out = band(count, chance, 60, 700) * drift(count, chance, 2, 0.15, 0.4)
    for at in moments(count, chance, 14):
        add(out, at, thud(chance, 1200, 8000, 0.004), float(chance.uniform(0.5, 2.5)))
    return out


def _footsteps(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for number, at in enumerate(steps(count, chance, 0.55)):
        add(out, at, thud(chance, 70, 300, 0.035), 1.0 if number % 2 else 0.85)
        add(out, at + int(0.05 * RATE), thud(chance, 800, 4500, 0.02), 0.35)
    return out


def _door(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    shut = max(int(0.05 * RATE), int(min(2.0, count / RATE * 0.6) * RATE))
    creak = np.arange(shut) / RATE
    pitch = 90 + 60 * np.sin(2 * np.pi * 0.4 * creak) + drift(shut, chance, 6, -25, 25)
    grate = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) * np.hanning(shut)
    add(out, 0, filtered(grate.astype(np.float32), 500, 2600) * np.hanning(shut), 0.3)
    add(out, shut, thud(chance, 50, 420, 0.09), 2.0)
    add(out, shut + int(0.06 * RATE), thud(chance, 900, 3500, 0.03), 0.7)
    return out.astype(np.float32)


def _knock(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for number, at in enumerate(steps(count, chance, 0.28)):
        if number % 6 < 3:
            add(out, at, thud(chance, 180, 900, 0.025))
            add(out, at, ping(240, 0.03), 0.6)
    return out


def _zap(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for at in steps(count, chance, 0.45, 0.3):
        time = span(0.3)
        sweep = float(chance.uniform(1800, 3600)) * np.exp(-time * 9) + 120
        wave = np.sign(np.sin(2 * np.pi * np.cumsum(sweep) / RATE)) * np.exp(-time * 9)
        add(out, at, filtered(wave.astype(np.float32), 100, 6000) * np.exp(-time * 9), 0.8)
    return out


def _explosion(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    time = span(min(5.0, count / RATE))
    body = filtered(noise(len(time), chance), 25, 260) * np.exp(-time / 0.9)
    add(out, 0, np.tanh(body * 2.5), 1.6)
    add(out, 0, thud(chance, 300, 9000, 0.1), 1.4)
    for at in moments(count, chance, 6):
        add(out, at, thud(chance, 700, 5000, 0.03), 0.5 * float(np.exp(-at / RATE)))
    return out


def _chirps(count: int, chance: Chance) -> Samples:
    out = band(count, chance, 300, 2500) * np.float32(0.015)
    for at in moments(count, chance, 1.3):
        base = float(chance.uniform(2200, 4800))
        for number in range(int(chance.integers(2, 7))):
            time = span(0.07)
            bend = base * (1 + 0.25 * np.sin(2 * np.pi * 9 * time + number))
            note = np.sin(2 * np.pi * np.cumsum(bend) / RATE) * np.hanning(len(time))
            add(out, at + int(number * 0.11 * RATE), note.astype(np.float32), 0.6)
    return out


def _crickets(count: int, chance: Chance) -> Samples:
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    pulse = (np.sin(2 * np.pi * 28 * time) > 0) * (np.sin(2 * np.pi * 1.7 * time) > 0.1)
    song = np.sin(2 * np.pi * 4500 * time) * pulse * 0.4
    grass = band(count, chance, 200, 1500) * 0.02
    return np.asarray(song + grass, dtype=np.float32)


def _machine(count: int, chance: Chance) -> Samples:
    speed = drift(count, chance, 0.4, 38, 72)
    phase = 2 * np.pi * np.cumsum(speed, dtype=np.float64) / RATE
    tone = sum(np.sin(phase * n + n) / n for n in (0.5, 1, 2, 3, 4, 6, 8))
    grit = band(count, chance, 150, 1800) * (0.15 + 0.1 * np.sin(phase))
    return np.tanh(np.asarray(tone) * 0.7 + grit).astype(np.float32)


def _applause(count: int, chance: Chance) -> Samples:
    out = band(count, chance, 700, 5000) * np.float32(0.12)
    claps = [thud(chance, 700, 4000, float(chance.uniform(0.006, 0.014))) for _ in range(12)]
    for at in moments(count, chance, 90):
        add(out, at, claps[int(chance.integers(12))], float(chance.uniform(0.2, 0.9)))
    return out


def _bell(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    base = float(chance.uniform(320, 720))
    for at in steps(count, chance, 2.4):
        for ratio, level, fade in ((0.5, 0.5, 1.8), (1, 1, 1.2), (1.19, 0.6, 0.9),
                                   (2, 0.6, 0.7), (2.74, 0.35, 0.4), (3.76, 0.2, 0.3)):  # fmt: skip
            add(out, at, ping(base * ratio, fade), level * 0.5)
    return out


def _siren(count: int, chance: Chance) -> Samples:
    time = np.arange(count) / RATE
    pitch = 700 + 260 * np.sin(2 * np.pi * float(chance.uniform(0.3, 0.6)) * time)
    wave = np.sin(2 * np.pi * np.cumsum(pitch) / RATE)
    return np.asarray((np.tanh(wave * 2) * 0.5).astype(np.float32), dtype=np.float32)


def _beep(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    hz = float(chance.choice([660, 880, 1046]))
    for at in steps(count, chance, 0.5, 0):
        time = span(0.16)
        add(out, at, (np.sin(2 * np.pi * hz * time) * np.hanning(len(time)) ** 0.3), 0.7)
    return out.astype(np.float32)


def _whoosh(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for at in steps(count, chance, 1.6, 0.2):
        size = int(0.8 * RATE)
        swell = np.hanning(size).astype(np.float32) ** 2
        low = filtered(noise(size, chance), 200, 900) * swell
        high = filtered(noise(size, chance), 1500, 6000) * np.roll(swell, size // 8)
        add(out, at, low + high * np.float32(0.6))
    return out


def _impact(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for at in steps(count, chance, 1.8, 0.2):
        add(out, at, thud(chance, 40, 300, 0.2), 1.6)
        add(out, at, ping(float(chance.uniform(55, 95)), 0.3), 1.2)
        add(out, at, thud(chance, 1500, 7000, 0.03), 0.8)
    return out


def _glass(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    start = int(0.1 * RATE)
    add(out, start, thud(chance, 2500, 12_000, 0.05), 1.2)
    for _ in range(60):
        at = start + int(float(chance.exponential(0.25)) * RATE)
        shard = ping(float(chance.uniform(2500, 9500)), float(chance.uniform(0.02, 0.12)))
        add(out, at, shard, float(chance.uniform(0.1, 0.6)))
    return out


def _clock(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for number, at in enumerate(steps(count, chance, 0.5, 0)):
        add(out, at, ping(2600 if number % 2 else 2100, 0.008))
        add(out, at, thud(chance, 1500, 6000, 0.004), 0.6)
    return out


def _heart(count: int, chance: Chance) -> Samples:
    out = np.zeros(count, dtype=np.float32)
    for at in steps(count, chance, 0.9, 0.03):
        add(out, at, ping(58, 0.07), 1.4)
        add(out, at + int(0.28 * RATE), ping(48, 0.06), 1.0)
        add(out, at, thud(chance, 40, 180, 0.05), 0.5)
    return out


def _crowd(count: int, chance: Chance) -> Samples:
    murmur = band(count, chance, 220, 1100) * drift(count, chance, 4, 0.25, 0.7)
    return murmur + band(count, chance, 1200, 2800) * drift(count, chance, 5, 0.0, 0.3)


SOUNDS: Mapping[tuple[str, ...], Maker] = {
    ("rain", "drizzle", "downpour", "storm"): _rain,
    ("thunder", "lightning", "storm"): _thunder,
    ("wind", "breeze", "gust", "blizzard"): _wind,
    ("ocean", "sea", "waves", "surf", "beach"): _waves,
    ("water", "river", "stream", "brook", "bubble", "underwater", "splash"): _water,
    ("fire", "flame", "campfire", "crackl"): _fire,
    ("footstep", "steps", "walking", "running", "walk"): _footsteps,
    ("knock",): _knock,
    ("door", "gate", "creak"): _door,
    ("laser", "zap", "blaster", "sci-fi gun", "ray gun"): _zap,
    ("explo", "blast", "bomb", "cannon", "gunshot", "boom"): _explosion,
    ("bird", "chirp", "tweet", "dawn chorus", "forest", "jungle"): _chirps,
    ("cricket", "insect", "cicada", "night"): _crickets,
    ("engine", "motor", "car", "truck", "machine", "train", "helicopter", "tractor"): _machine,
    ("applause", "clap", "ovation"): _applause,
    ("crowd", "people", "chatter", "murmur", "cafe", "restaurant"): _crowd,
    ("bell", "gong", "chime"): _bell,
    ("siren", "alarm", "ambulance", "police"): _siren,
    ("beep", "notification", "ping", "phone", "click", "button", "coin"): _beep,
    ("whoosh", "swish", "swoosh", "sword", "transition"): _whoosh,
    ("impact", "punch", "hit", "crash", "slam", "thud", "drop"): _impact,
    ("glass", "shatter", "bottle", "window"): _glass,
    ("clock", "tick", "watch"): _clock,
    ("heart",): _heart,
}
