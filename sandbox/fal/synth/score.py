"""Writing the music: from a style to notes and strokes, each with its moment.

Pure; everything left to chance is drawn from the style's seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from sandbox.fal.synth import theory
from sandbox.fal.synth.drums import FILL, PATTERNS
from sandbox.fal.synth.words import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One note. Times in seconds, velocity 0 to 1.

    Attributes:
        section: The part of the piece it stands in.
        word: What a voice sings on it, if a voice does.
    """

    at: float
    part: str
    pitch: int
    seconds: float
    velocity: float
    section: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One drum hit."""

    at: float
    drum: str
    velocity: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar: where it stands in the piece and what may play in it."""

    number: int
    section: str
    degree: int
    fill: bool
    last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """All that is played, in order of time."""

    notes: Sequence[Note]
    strokes: Sequence[Stroke]
    beat: float
    seconds: float


SLOW_TEMPO = 92

# Which parts play in a section, and how strongly.
SECTIONS = {
    "intro": {"chords": 0.75, "pad": 0.8},
    "verse": {"chords": 0.75, "bass": 0.85, "drums": 0.8, "lead": 0.7},
    "chorus": {"chords": 0.9, "pad": 0.9, "bass": 1.0, "drums": 1.0, "lead": 0.95},
    "break": {"pad": 1.0, "lead": 0.6, "chords": 0.55},
    "outro": {"chords": 0.7, "pad": 0.8, "bass": 0.7, "drums": 0.5},
}


def write(style: Style, seconds: float) -> Score:
    """Write a piece of a given length."""
    beat = 60.0 / style.tempo
    chance = np.random.default_rng(style.seed)
    bars = _plan(style, seconds / (beat * style.beats), chance)
    writer = _Writer(style, beat, chance)
    notes: list[Note] = []
    strokes: list[Stroke] = []
    for bar in bars:
        notes += writer.notes(bar)
        strokes += writer.strokes(bar)
    notes = [note for note in notes if note.at < seconds - 0.02]
    strokes = [stroke for stroke in strokes if stroke.at < seconds - 0.02]
    return Score(
        notes=sorted(notes, key=lambda note: note.at),
        strokes=sorted(strokes, key=lambda stroke: stroke.at),
        beat=beat,
        seconds=seconds,
    )


def _plan(style: Style, length: float, chance: np.random.Generator) -> list[Bar]:
    """Lay out sections over a number of bars; the last one comes home."""
    count = max(1, math.ceil(length - 0.05))
    verse = theory.progression(style.mode, chance)
    chorus = theory.progression(style.mode, chance)
    sections = _sections(count)
    bars = []
    for number, section in enumerate(sections):
        degrees = chorus if section == "chorus" else verse
        last = number == count - 1
        after = sections[number + 1] if not last else section
        bars.append(
            Bar(
                number=number,
                section=section,
                degree=0 if last and count > 2 else degrees[number % len(degrees)],
                fill=after != section or number % 8 == 7,
                last=last and count > 2,
            )
        )
    return bars


def _sections(count: int) -> list[str]:
    if count <= 4:
        return ["chorus"] * count
    intro = min(4, max(1, count // 10))
    outro = min(4, max(1, count // 10))
    middle: list[str] = []
    cycle = ["verse"] * 8 + ["chorus"] * 8
    cycle += ["break"] * 4 if count > 24 else []
    while len(middle) < count - intro - outro:
        middle += cycle
    return ["intro"] * intro + middle[: count - intro - outro] + ["outro"] * outro


class _Writer:
    """Writes bar after bar, remembering the last chord and melody note."""

    def __init__(self, style: Style, beat: float, chance: np.random.Generator) -> None:
        self._style = style
        self._beat = beat
        self._slow = style.tempo < SLOW_TEMPO
        self._chance = chance
        self._voicing: tuple[int, ...] | None = None
        self._motifs = {name: self._motif() for name in SECTIONS}
        self._order = [int(step) for step in chance.permutation(4)]
        self._sung = theory.pitch(style.root, style.mode, 4, 4)

    def notes(self, bar: Bar) -> Iterator[Note]:
        """Write what is pitched."""
        style = self._style
        parts = SECTIONS[bar.section]
        classes = theory.chord(style.root, style.mode, bar.degree, sevenths=style.sevenths)
        self._voicing = theory.lead_voices(classes, self._voicing, low=52, high=77)
        if style.chords and "chords" in parts:
            yield from self._chords(bar, parts["chords"])
        if style.pad and "pad" in parts:
            for pitch in self._voicing:
                yield self._note(bar, "pad", pitch, 0, style.beats, 0.5 * parts["pad"])
        if style.bass and "bass" in parts:
            yield from self._bass(bar, classes, parts["bass"])
        if style.lead and "lead" in parts and not bar.last:
            yield from self._lead(bar, classes, parts["lead"])

    def strokes(self, bar: Bar) -> Iterator[Stroke]:
        """Write what the drums do."""
        style = self._style
        level = SECTIONS[bar.section].get("drums")
        if style.kit is None or level is None:
            return
        if bar.last:
            yield Stroke(at=self._time(bar, 0), drum="k", velocity=0.8)
            return
        pattern = PATTERNS["waltz" if style.beats == 3 else style.groove]
        for drum, line in pattern.items():
            yield from self._line(bar, drum, line, level)
        if bar.fill and style.energy > 0.4:
            steps = style.beats * 4
            for step in range(steps // 2, steps):
                mark = FILL[step % 16]
                if mark != ".":
                    velocity = int(mark) / 10 * level * 0.8
                    yield Stroke(at=self._time(bar, step / 4), drum="s", velocity=velocity)

    def _line(self, bar: Bar, drum: str, line: str, level: float) -> Iterator[Stroke]:
        for step in range(self._style.beats * 4):
            mark = line[step % len(line)]
            if mark == "." or (bar.fill and drum == "s" and step >= self._style.beats * 2):
                continue
            velocity = int(mark) / 10 * level * float(self._chance.uniform(0.88, 1.0))
            if self._slow and drum in "ho" and step % 4:
                velocity *= 0.35
            yield Stroke(at=self._time(bar, step / 4), drum=drum, velocity=velocity)

    def _time(self, bar: Bar, beat: float) -> float:
        """Give the moment of a beat in a bar; off-beat eighths swing."""
        whole = math.floor(beat)
        rest = beat - whole
        if self._style.swing and rest >= 0.5:
            rest = 0.5 + self._style.swing / 2 + (rest - 0.5) * (1 - self._style.swing)
        return (bar.number * self._style.beats + whole + rest) * self._beat

    def _note(
        self, bar: Bar, part: str, pitch: int, beat: float, beats: float, velocity: float
    ) -> Note:
        start = self._time(bar, beat)
        if self._slow and beat % 1:
            # Loud off-beats would make a slow piece sound twice as fast.
            velocity *= 0.6
        return Note(
            at=start,
            part=part,
            pitch=pitch,
            # Equal lengths let the player reuse a note that it has rendered before.
            seconds=round(beats * self._beat * 0.96, 2),
            velocity=round(min(1.0, max(0.1, velocity)), 1),
            section=bar.section,
        )

    def _chords(self, bar: Bar, level: float) -> Iterator[Note]:
        style, voicing = self._style, self._voicing or ()
        if bar.last or not (style.steps or style.groove in {"four", "funk", "reggae", "waltz"}):
            for pitch in voicing:
                yield self._note(bar, "chords", pitch, 0, style.beats, 0.6 * level)
            has_room = style.beats > 2.5  # for a second stroke, off the beat
            if has_room and style.energy > 0.5 and not bar.last and not self._slow:
                for pitch in voicing[1:]:
                    yield self._note(bar, "chords", pitch, 2.5, style.beats - 2.5, 0.4 * level)
            return
        if style.steps:
            yield from self._arpeggio(bar, level)
            return
        for beat in _comping(style):
            for pitch in voicing:
                yield self._note(bar, "chords", pitch, beat, 0.45, 0.6 * level)

    def _arpeggio(self, bar: Bar, level: float) -> Iterator[Note]:
        tones = [*(self._voicing or ()), (self._voicing or (60,))[0] + 12]
        count = self._style.beats * self._style.steps
        for step in range(count):
            index = self._order[step % len(self._order)] if step % 8 >= 4 else step % len(tones)
            pitch = tones[index % len(tones)] + (12 if self._style.steps == 4 else 0)
            accent = 0.7 if step % self._style.steps == 0 else 0.5
            beats = 1.0 / self._style.steps
            yield self._note(bar, "chords", pitch, step * beats, beats * 1.4, accent * level)

    def _bass(self, bar: Bar, classes: Sequence[int], level: float) -> Iterator[Note]:
        style = self._style
        root = 36 + (classes[0] - 36) % 12
        fifth = root + (classes[2] - classes[0]) % 12
        if bar.last or style.energy < 0.4:
            yield self._note(bar, "bass", root, 0, style.beats, 0.7 * level)
            return
        if style.groove == "jazz":
            walk = [root, root + (classes[1] - classes[0]) % 12, fifth, root + 12]
            for beat in range(style.beats):
                yield self._note(bar, "bass", walk[beat % 4], beat, 0.95, 0.75 * level)
            return
        for at, beats, up in _bass_line(style, slow=self._slow):
            yield self._note(bar, "bass", fifth if up else root, at, beats, 0.8 * level)

    def _motif(self) -> list[tuple[float, float, int]]:
        """Invent two bars of melody as (beat, beats, steps from the note before)."""
        style, chance = self._style, self._chance
        brisk = style.energy > 0.55 and not self._slow
        lengths = [0.5, 1.0, 1.5] if brisk else [1.0, 1.0, 2.0]
        beat = 0.0
        motif: list[tuple[float, float, int]] = []
        while beat < style.beats * 2 - 0.25:
            length = min(float(chance.choice(lengths)), style.beats * 2 - beat)
            rest = chance.random() < 0.22 and beat > 0
            step = 99 if rest else int(chance.choice([-2, -1, -1, 0, 1, 1, 2, 3]))
            motif.append((beat, length, step))
            beat += length
        return motif

    def _lead(self, bar: Bar, classes: Sequence[int], level: float) -> Iterator[Note]:
        style = self._style
        half = style.beats * (bar.number % 2)
        home = theory.pitch(style.root, style.mode, 4, 4)
        for beat, beats, step in self._motifs[bar.section]:
            place = beat - half
            if step == 99 or not 0 <= place < style.beats:
                continue
            pitch = self._walk(self._sung, step)
            if place in {0.0, style.beats / 2}:
                pitch = theory.nearest(classes, pitch)
            # A melody that strays is drawn back to its middle.
            if abs(pitch - home) > 11:
                pitch = theory.nearest(classes, home + (pitch - home) // 3)
            self._sung = pitch
            velocity = (0.85 if place == 0 else 0.7) * level
            yield self._note(bar, "lead", pitch + 5, place, beats, velocity)

    def _walk(self, pitch: int, steps: int) -> int:
        """Move along the scale."""
        scale = {(self._style.root + step) % 12 for step in theory.MODES[self._style.mode]}
        direction = 1 if steps > 0 else -1
        for _ in range(abs(steps)):
            pitch += direction
            while pitch % 12 not in scale:
                pitch += direction
        return pitch


def _comping(style: Style) -> Sequence[float]:
    if style.beats == 3:
        return (1, 2)
    match style.groove:
        case "four":
            return (0.5, 1.5, 2.5, 3.5)
        case "reggae":
            return (1, 3)
        case "funk":
            return (0, 0.75, 1.5, 2.75)
        case _:
            return tuple(range(style.beats))


Line: TypeAlias = Sequence[tuple[float, float, bool]]
# Of a groove's bass in four: beat, beats long, whether it is the fifth.
BASS_LINES: Mapping[str, Line] = {
    "four": tuple((step / 2 + 0.25, 0.3, False) for step in range(8)),
    "hip hop": ((0, 1.4, False), (1.75, 0.7, False), (2.5, 1.2, True)),
    "funk": ((0, 0.4, False), (0.75, 0.2, False), (1.5, 0.4, True), (2.5, 0.4, False)),
    "reggae": ((0, 0.9, False), (1.5, 0.4, True), (2, 0.9, False)),
    "cinematic": ((0, 4, False),),
}
EIGHTHS: Line = tuple((step / 2, 0.45, step == 7) for step in range(8))
CALM: Line = ((0, 1.4, False), (1.5, 0.4, False), (2, 1.0, True), (3, 0.9, False))


def _bass_line(style: Style, *, slow: bool) -> Line:
    if style.beats == 3:
        return ((0, 0.95, False),)
    line = BASS_LINES.get(style.groove, EIGHTHS if style.energy > 0.7 and not slow else CALM)
    return tuple(note for note in line if note[0] < style.beats)
