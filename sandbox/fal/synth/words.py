"""Reading a prompt: which genre, tempo, mood and instruments somebody asked for.

Pure and deterministic; what the words leave open is decided by the seed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sandbox.fal.synth.theory import MODES


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


# The first genre whose word is in the prompt decides what other words leave open.
GENRES: Sequence[tuple[tuple[str, ...], Mapping[str, object]]] = (
    (
        ("lo-fi", "lofi", "lo fi", "chillhop"),
        {
            "tempo": 80,
            "mode": "dorian",
            "lead": "electric piano",
            "chords": "electric piano",
            "bass": "upright bass",
            "kit": "dusty",
            "groove": "hip hop",
            "swing": 0.16,
            "sevenths": True,
            "dusty": True,
            "wet": 0.22,
            "energy": 0.45,
        },
    ),
    (
        ("techno", "rave", "acid"),
        {
            "tempo": 130,
            "mode": "minor",
            "lead": "saw lead",
            "chords": "pluck",
            "pad": "pad",
            "bass": "synth bass",
            "kit": "electronic",
            "groove": "four",
            "steps": 4,
            "pump": 0.6,
            "energy": 0.9,
            "wet": 0.15,
        },
    ),
    (
        ("trance",),
        {
            "tempo": 138,
            "mode": "minor",
            "lead": "saw lead",
            "chords": "pluck",
            "pad": "pad",
            "bass": "synth bass",
            "kit": "electronic",
            "groove": "four",
            "steps": 4,
            "pump": 0.7,
            "energy": 0.9,
            "wet": 0.3,
        },
    ),
    (
        ("drum and bass", "drum & bass", "dnb", "jungle"),
        {
            "tempo": 172,
            "mode": "minor",
            "lead": "saw lead",
            "chords": None,
            "pad": "pad",
            "bass": "synth bass",
            "kit": "acoustic",
            "groove": "breakbeat",
            "energy": 0.9,
        },
    ),
    (
        ("house", "disco", "edm", "dance", "club"),
        {
            "tempo": 124,
            "mode": "minor",
            "lead": "pluck",
            "chords": "electric piano",
            "pad": "pad",
            "bass": "synth bass",
            "kit": "electronic",
            "groove": "four",
            "pump": 0.5,
            "energy": 0.8,
            "sevenths": True,
        },
    ),
    (
        ("synthwave", "retrowave", "vaporwave", "80s"),
        {
            "tempo": 100,
            "mode": "minor",
            "lead": "saw lead",
            "chords": "pad",
            "pad": None,
            "bass": "synth bass",
            "kit": "electronic",
            "groove": "rock",
            "steps": 4,
            "wet": 0.3,
            "pump": 0.3,
        },
    ),
    (
        ("chiptune", "8-bit", "8 bit", "8bit", "video game", "arcade"),
        {
            "tempo": 150,
            "mode": "major",
            "lead": "square",
            "chords": "square",
            "pad": None,
            "bass": "triangle",
            "kit": "chip",
            "groove": "rock",
            "steps": 4,
            "wet": 0.0,
            "energy": 0.8,
        },
    ),
    (
        ("waltz",),
        {
            "tempo": 150,
            "beats": 3,
            "mode": "major",
            "lead": "strings",
            "chords": "piano",
            "bass": "upright bass",
            "kit": None,
            "groove": "waltz",
            "wet": 0.3,
        },
    ),
    (
        ("swing", "bebop", "big band", "jazz", "bossa"),
        {
            "tempo": 132,
            "mode": "dorian",
            "lead": "saxophone",
            "chords": "piano",
            "bass": "upright bass",
            "kit": "brushes",
            "groove": "jazz",
            "swing": 0.3,
            "sevenths": True,
            "wet": 0.15,
            "energy": 0.5,
        },
    ),
    (
        ("trap", "hip hop", "hip-hop", "boom bap", "rap"),
        {
            "tempo": 86,
            "mode": "minor",
            "lead": "bells",
            "chords": "electric piano",
            "pad": None,
            "bass": "808",
            "kit": "electronic",
            "groove": "hip hop",
            "swing": 0.08,
            "wet": 0.12,
        },
    ),
    (
        ("metal", "punk", "hard rock", "grunge"),
        {
            "tempo": 160,
            "mode": "minor",
            "lead": "distorted guitar",
            "chords": "distorted guitar",
            "bass": "bass guitar",
            "kit": "acoustic",
            "groove": "rock",
            "energy": 1.0,
            "wet": 0.1,
        },
    ),
    (
        ("rock", "indie", "britpop"),
        {
            "tempo": 122,
            "mode": "mixolydian",
            "lead": "electric guitar",
            "chords": "distorted guitar",
            "bass": "bass guitar",
            "kit": "acoustic",
            "groove": "rock",
            "energy": 0.85,
            "wet": 0.12,
        },
    ),
    (
        ("reggae", "dub", "ska"),
        {
            "tempo": 76,
            "mode": "major",
            "lead": "organ",
            "chords": "electric guitar",
            "bass": "bass guitar",
            "kit": "acoustic",
            "groove": "reggae",
            "wet": 0.25,
        },
    ),
    (
        ("funk", "soul", "r&b", "motown"),
        {
            "tempo": 104,
            "mode": "dorian",
            "lead": "brass",
            "chords": "electric piano",
            "bass": "bass guitar",
            "kit": "acoustic",
            "groove": "funk",
            "sevenths": True,
            "swing": 0.06,
            "energy": 0.75,
        },
    ),
    (
        ("orchestral", "cinematic", "epic", "symphon", "soundtrack", "film score", "trailer"),
        {
            "tempo": 92,
            "mode": "minor",
            "lead": "brass",
            "chords": "strings",
            "pad": "choir",
            "bass": "low strings",
            "kit": "timpani",
            "groove": "cinematic",
            "wet": 0.42,
            "energy": 0.8,
        },
    ),
    (
        ("classical", "baroque", "chamber", "sonata"),
        {
            "tempo": 104,
            "mode": "major",
            "lead": "strings",
            "chords": "piano",
            "bass": "low strings",
            "kit": None,
            "steps": 2,
            "wet": 0.3,
        },
    ),
    (
        ("ambient", "drone", "meditat", "spa", "sleep", "atmospher", "soundscape"),
        {
            "tempo": 62,
            "mode": "lydian",
            "lead": "bells",
            "chords": "pad",
            "pad": "choir",
            "bass": "low pad",
            "kit": None,
            "wet": 0.55,
            "energy": 0.3,
        },
    ),
    (
        ("folk", "country", "acoustic", "bluegrass", "campfire", "celtic"),
        {
            "tempo": 108,
            "mode": "major",
            "lead": "flute",
            "chords": "guitar",
            "bass": "upright bass",
            "kit": "brushes",
            "groove": "rock",
            "steps": 2,
            "wet": 0.15,
        },
    ),
    (
        ("blues",),
        {
            "tempo": 88,
            "mode": "mixolydian",
            "lead": "electric guitar",
            "chords": "organ",
            "bass": "bass guitar",
            "kit": "acoustic",
            "groove": "jazz",
            "swing": 0.3,
            "sevenths": True,
        },
    ),
    (
        ("lullaby", "music box"),
        {
            "tempo": 72,
            "beats": 3,
            "mode": "major",
            "lead": "bells",
            "chords": "harp",
            "bass": None,
            "kit": None,
            "steps": 2,
            "wet": 0.35,
            "energy": 0.3,
        },
    ),
    (
        ("pop", "upbeat", "jingle", "commercial"),
        {
            "tempo": 116,
            "mode": "major",
            "lead": "pluck",
            "chords": "piano",
            "pad": "pad",
            "bass": "bass guitar",
            "kit": "electronic",
            "groove": "rock",
            "energy": 0.75,
        },
    ),
)

# Words for an instrument, and the tone that plays it. Longer words first.
INSTRUMENTS: Sequence[tuple[tuple[str, ...], str]] = (
    (("electric piano", "rhodes", "wurlitzer"), "electric piano"),
    (("distorted guitar", "distortion", "heavy guitar"), "distorted guitar"),
    (("electric guitar",), "electric guitar"),
    (("piano", "keys", "keyboard"), "piano"),
    (("guitar", "banjo", "mandolin", "ukulele", "lute"), "guitar"),
    (("harp", "koto", "zither"), "harp"),
    (("string", "violin", "viola", "orchestra", "fiddle", "quartet"), "strings"),
    (("cello",), "low strings"),
    (("flute", "whistle", "recorder", "pan pipe", "ocarina", "woodwind"), "flute"),
    (("saxophone", "sax", "clarinet", "oboe"), "saxophone"),
    (("trumpet", "brass", "horn", "trombone"), "brass"),
    (("bell", "glockenspiel", "celesta", "music box", "chime", "vibraphone"), "bells"),
    (("marimba", "xylophone", "kalimba", "handpan", "steel drum"), "marimba"),
    (("choir", "choral", "voices", "chant"), "choir"),
    (("organ", "accordion", "harmonica"), "organ"),
    (("square wave", "8-bit", "chip"), "square"),
    (("pluck", "arpeggi"), "pluck"),
    (("pad",), "pad"),
    (("synth lead", "saw", "lead synth", "synth"), "saw lead"),
)
DRUM_WORDS = ("drum", "percussion", "beat", "kick", "snare", "hi-hat")
BASSES: Sequence[tuple[tuple[str, ...], str]] = (
    (("808",), "808"),
    (("synth bass", "sub bass", "acid bass"), "synth bass"),
    (("upright bass", "double bass", "contrabass"), "upright bass"),
    (("bass guitar", "slap bass", "electric bass", "bassline", "bass"), "bass guitar"),
)

SAD = (
    "minor",
    "sad",
    "dark",
    "melanchol",
    "gloomy",
    "somber",
    "sombre",
    "eerie",
    "spooky",
    "haunting",
    "mysterious",
    "tense",
    "horror",
    "lonely",
    "tragic",
    "sinister",
    "moody",
)
GLAD = (
    "major",
    "happy",
    "joy",
    "cheerful",
    "bright",
    "uplifting",
    "sunny",
    "playful",
    "fun",
    "hopeful",
    "triumphant",
    "festive",
    "sweet",
    "warm",
)
TEMPO_WORDS: Sequence[tuple[tuple[str, ...], float]] = (
    (("very slow", "largo", "glacial"), 0.6),
    (("slow", "adagio", "relax", "calm", "gentle", "sleepy", "chill", "mellow", "peaceful"), 0.8),
    (("very fast", "presto", "frantic"), 1.5),
    (("fast", "quick", "allegro", "energetic", "driving", "upbeat", "intense"), 1.25),
)
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
    return _refuse(style, refused, text)


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
