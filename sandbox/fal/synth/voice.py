"""Singing: the syllables of lyrics on the notes of a melody, by a simple model of a mouth.

Consonants are hinted at, vowels are shaped by formants; one hears "la la" with the right vowels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from sandbox.fal.synth import tones
from sandbox.fal.synth.score import Score
from sandbox.fal.synth.tones import RATE, Layer, Samples, Tone

SUNG_SECTIONS = ("verse", "chorus")
LOWEST, HIGHEST = 50, 74
MARK = re.compile(r"^\s*(?:\[[^\]]*\]|##.*|\(.*\))\s*", re.MULTILINE)
TIME = re.compile(r"\[\d+:\d+(?:\.\d+)?\]")
INSTRUMENTAL = re.compile(r"^\s*\[?(inst|instrumental)\]?\s*$", re.IGNORECASE)
SYLLABLE = re.compile(r"[^aeiouyäöü\s]*[aeiouyäöü]+(?:[^aeiouyäöü\s]+(?=\s|$))?", re.IGNORECASE)

# Centre of the first formants in hertz, and their strengths.
FORMANTS: Mapping[str, Sequence[tuple[float, float]]] = {
    "a": ((750, 1.0), (1150, 0.6), (2500, 0.16), (3400, 0.1)),
    "e": ((500, 1.0), (1850, 0.45), (2500, 0.25), (3400, 0.12)),
    "i": ((310, 1.0), (2250, 0.35), (2950, 0.3), (3500, 0.14)),
    "o": ((480, 1.0), (820, 0.6), (2500, 0.1), (3300, 0.07)),
    "u": ((330, 1.0), (720, 0.4), (2400, 0.07), (3300, 0.05)),
}
ALIKE = {"y": "i", "ä": "e", "ö": "e", "ü": "i"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Syllable:
    """What is sung on one note: how it begins, and on which vowel it rests."""

    start: str
    vowel: str


def syllables(lyrics: str) -> list[Syllable]:
    """Split lyrics into syllables; section marks and time stamps are not sung."""
    if INSTRUMENTAL.match(lyrics):
        return []
    text = MARK.sub("", TIME.sub("", lyrics)).lower()
    return [syllable for word in text.split() for syllable in _split(word)]


def _split(word: str) -> Iterator[Syllable]:
    found = SYLLABLE.findall(word)
    if not found:
        # Other scripts: one sound to a letter, always the same one.
        for letter in filter(str.isalpha, word):
            yield Syllable(start="l", vowel="aeiou"[ord(letter) % 5])
        return
    for part in found:
        vowel = next(letter for letter in part if letter in "aeiouyäöü")
        start = part[: part.index(vowel)]
        yield Syllable(start=start[-1:], vowel=ALIKE.get(vowel, vowel))


def sing(score: Score, words: Sequence[Syllable]) -> Score:
    """Give the melody to a voice as long as there are words; the rest stays instrumental."""
    left = iter(words)
    notes = []
    for note in score.notes:
        word = next(left, None) if note.part == "lead" and note.section in SUNG_SECTIONS else None
        if word is None:
            notes.append(note)
            continue
        pitch = note.pitch
        while pitch > HIGHEST:
            pitch -= 12
        while pitch < LOWEST:
            pitch += 12
        notes.append(replace(note, part="voice", pitch=pitch, word=f"{word.start}:{word.vowel}"))
    return replace(score, notes=notes)


def utter(
    word: str, note: int, seconds: float, velocity: float, chance: np.random.Generator
) -> Samples:
    """Sing one syllable on one note; stereo samples."""
    start, _, vowel = word.partition(":")
    hz = 440.0 * 2 ** ((note - 69) / 12)
    wave = tones.sound(_mouth(vowel, round(hz)), note, seconds, velocity, chance)
    _begin(wave, start, chance)
    return wave


@lru_cache(maxsize=256)
def _mouth(vowel: str, hz: int) -> Tone:
    """Shape the partials of a voice on a pitch by the formants of a vowel."""
    partials = []
    for number in range(1, int(5000 / hz) + 1):
        at = number * hz
        shape = sum(
            strength / (1 + ((at - centre) / (70 + centre * 0.06)) ** 2)
            for centre, strength in FORMANTS[vowel]
        )
        partials.append((shape + 0.03) / number**0.4)
    return Tone(
        layers=(Layer(partials=tuple(partials)),),
        attack=0.05,
        release=0.09,
        voices=2,
        detune=5.0,
        vibrato=22.0,
        breath=0.025,
        gain=0.8,
    )


def _begin(wave: Samples, start: str, chance: np.random.Generator) -> None:
    """Hint at a consonant: a hiss, a tap, or a mouth that is still closed."""
    count = min(len(wave), int(0.07 * RATE))
    ramp = np.linspace(1, 0, count, dtype=np.float32)[:, None]
    noise = chance.standard_normal((count, 1), dtype=np.float32)
    if start and start in "sfzcxhvjß":
        bright = np.diff(noise, axis=0, prepend=np.float32(0))
        wave[:count] = wave[:count] * (1 - ramp) + bright * ramp * np.float32(0.07)
        wave[:64] *= np.linspace(0, 1, 64, dtype=np.float32)[:, None]
    elif start and start in "tkpdbgq":
        tap = noise * ramp**8 * np.float32(0.12)
        tap[:64] *= np.linspace(0, 1, 64, dtype=np.float32)[:, None]
        wave[:count] = wave[:count] * (1 - ramp) ** 2 + tap
    elif start and start in "lmnrw":
        wave[:count] *= np.float32(0.35) + np.float32(0.65) * (1 - ramp)
