"""Reading a prompt: which genre, tempo, mood and instruments somebody asked for.

Pure and deterministic; what the words leave open is decided by the seed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandbox.fal.synth.theory import MODES
from sandbox.fal.synth.vocabulary import (
    BASSES,
    DRUM_WORDS,
    GENRES,
    GLAD,
    INSTRUMENTS,
    SAD,
    TEMPO_WORDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """Everything that the music is written from.

    Attributes:
        tempo: Beats per minute.
        beats: Beats in a bar.
        root: Pitch class of the key, 0 for C.
        mode: A name in `theory.MODES`.
        lead, chords, pad, bass: Names of tones; None for none.
        kit: Name of a drum kit; None for no drums.
        groove: Name of a drum pattern.
        swing: How late every other eighth comes, 0 to 0.33 of a beat.
        sevenths: Whether chords have a fourth note.
        steps: Notes of the arpeggio to a beat; 0 for held chords.
        wet: Share of the room, 0 to 1.
        pump: How deep the kick ducks the rest, 0 to 1.
        dusty: Whether it sounds like an old record.
        energy: Loudness and density of playing, 0 to 1.
        seed: What all chance is drawn from.
    """

    tempo: float
    beats: int = 4
    root: int = 0
    mode: str = "major"
    lead: str | None = "piano"
    chords: str | None = "piano"
    pad: str | None = None
    bass: str | None = "bass guitar"
    kit: str | None = "acoustic"
    groove: str = "rock"
    swing: float = 0.0
    sevenths: bool = False
    steps: int = 0
    wet: float = 0.2
    pump: float = 0.0
    dusty: bool = False
    energy: float = 0.6
    seed: int = 0


NOTES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
KEY = re.compile(
    r"\b([a-g])\s*(#|♯|-?sharp|b\b|♭|-?flat)?\s*[- ]?(major|minor|maj|min)\b", re.IGNORECASE
)
BPM = re.compile(r"(\d{2,3})(?:\.\d+)?\s*-?\s*bpm|\bbpm\s*[:=]?\s*(\d{2,3})", re.IGNORECASE)
NOT = re.compile(r"\b(?:no|without|not|zero|minus|drumless|bassless)\b[\w\s-]{0,24}", re.IGNORECASE)
METER = re.compile(r"\b([2-7])\s*/\s*(4|8)\b")


def seed_of(*parts: object) -> int:
    """Make one number from everything that must lead to the same sound."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def read(prompt: str, *, negative: str = "", seed: int = 0, bpm: float | None = None) -> Style:
    """Read a prompt, and the list of what should not be heard, into a style."""
    text = prompt.lower()
    refused = " ".join(NOT.findall(text)) + " " + negative.lower()
    wanted = NOT.sub(" ", text)
    number = seed_of(prompt, negative, seed)
    chance = np.random.default_rng(number)
    style = _genre(wanted, chance)
    style = replace(style, seed=number, root=int(chance.choice([0, 2, 4, 5, 7, 9, 10])))
    style = _key(_mood(style, wanted), text)
    style = _instruments(style, wanted)
    style = replace(style, tempo=bpm or _tempo(style.tempo, text, chance))
    meter = METER.search(text)
    if meter:
        style = replace(style, beats=int(meter[1]))
    return _moving(_refuse(style, refused, text))


def _moving(style: Style) -> Style:
    """Let struck or plucked chords be broken where no drums keep time."""
    struck = {"piano", "electric piano", "guitar", "harp", "marimba"}
    if style.kit is None and style.chords in struck and not style.steps and style.beats == 4:
        return replace(style, steps=2)
    return style


def _has(text: str, words: Sequence[str]) -> bool:
    return any(re.search(rf"\b{re.escape(word)}", text) for word in words)


def _genre(text: str, chance: np.random.Generator) -> Style:
    found = [
        (match.start(), settings)
        for words, settings in GENRES
        for word in words
        if (match := re.search(rf"\b{re.escape(word)}", text))
    ]
    if found:
        return Style(**min(found, key=lambda pair: pair[0])[1])  # type: ignore[arg-type]
    return Style(
        tempo=float(chance.choice([92, 100, 108, 116])),
        mode=str(chance.choice(["major", "minor", "dorian"])),
        lead=str(chance.choice(["piano", "flute", "pluck", "electric guitar"])),
        chords=str(chance.choice(["piano", "guitar", "electric piano"])),
        pad="pad",
        wet=0.22,
    )


def _mood(style: Style, text: str) -> Style:
    sad, glad = _has(text, SAD), _has(text, GLAD)
    if sad and not glad and MODES[style.mode][2] == 4:
        return replace(style, mode="minor", energy=style.energy * 0.85)
    if sad and not glad:
        return replace(style, mode="minor", energy=style.energy * 0.9)
    if glad and not sad:
        return replace(style, mode="major", energy=min(1.0, style.energy * 1.1))
    return style


def _key(style: Style, text: str) -> Style:
    found = KEY.search(text)
    if not found:
        return style
    letter, accident, quality = found.groups()
    shift = 0
    if accident:
        shift = 1 if accident.strip("-") in {"#", "♯", "sharp"} else -1
    mode = "major" if quality.startswith("maj") else "minor"
    return replace(style, root=(NOTES[letter] + shift) % 12, mode=mode)


def _tempo(tempo: float, text: str, chance: np.random.Generator) -> float:
    found = BPM.search(text)
    if found:
        return min(240.0, max(30.0, float(found[1] or found[2])))
    for words, factor in TEMPO_WORDS:
        if _has(text, words):
            return round(tempo * factor)
    return tempo + int(chance.integers(-3, 4))


def named(text: str) -> list[str]:
    """List the tones of the instruments that a text names, in the order of the text."""
    found: list[tuple[int, str]] = []
    left = text
    for words, tone in INSTRUMENTS:
        for word in words:
            match = re.search(rf"\b{re.escape(word)}", left)
            if match:
                found.append((match.start(), tone))
                left = left[: match.start()] + " " * len(match[0]) + left[match.end() :]
    order: list[str] = []
    for _, tone in sorted(found):
        if tone not in order:
            order.append(tone)
    return order


def _instruments(style: Style, text: str) -> Style:
    for words, tone in BASSES:
        if _has(text, words):
            style = replace(style, bass=tone)
            text = re.sub("|".join(map(re.escape, words)), " ", text)
            break
    tones = named(text)
    if tones:
        lead = tones[0]
        chords = tones[1] if len(tones) > 1 else _company(lead, style)
        pad = tones[2] if len(tones) > 2 else None
        if "pad" in tones and "pad" not in {lead, chords}:
            pad = "pad"
        style = replace(style, lead=lead, chords=chords, pad=pad)
    if _has(text, ("solo", "alone", "unaccompanied")) and tones:
        style = replace(style, chords=tones[0], pad=None, bass=None, kit=None)
    if style.kit is None and _has(text, DRUM_WORDS):
        style = replace(style, kit="acoustic")
    return style


def _company(lead: str, style: Style) -> str | None:
    """Choose what plays the chords when one instrument is named: itself, if it can."""
    alone = {"flute", "saxophone", "brass", "bells", "saw lead", "square"}
    if lead in alone:
        return style.chords if style.chords != lead else "piano"
    return lead


def _refuse(style: Style, refused: str, text: str) -> Style:
    if _has(refused, DRUM_WORDS) or _has(text, ("drumless", "beatless")):
        style = replace(style, kit=None)
    if _has(refused, ("bass",)) or "bassless" in text:
        style = replace(style, bass=None)
    banned = set(named(refused))
    spare = next(tone for tone in ("piano", "guitar", "flute", "pad") if tone not in banned)
    if style.lead in banned:
        style = replace(style, lead=spare)
    if style.chords in banned:
        style = replace(style, chords=spare)
    return replace(style, pad=None) if style.pad in banned else style


def may_sing(prompt: str, negative: str = "") -> bool:
    """Say whether a voice is welcome."""
    text = prompt.lower()
    refused = " ".join(NOT.findall(text)) + " " + negative.lower()
    return "instrumental" not in text and not _has(refused, ("vocal", "singing", "voice", "lyric"))
