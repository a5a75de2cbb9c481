"""Playing a score: section after section, so that memory stays small however long the piece is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sandbox.fal.synth import canvas, drums, tones, voice
from sandbox.fal.synth.score import Note, Score, Stroke
from sandbox.fal.synth.tones import RATE, Samples
from sandbox.fal.synth.words import Style

CHUNK_SECONDS = 12
TAIL_SECONDS = 6
CACHE_BYTES = 32 * 2**20

# Level, place (-1 left to 1 right) and share sent to the room, of each part.
MIX = {
    "lead": (0.46, 0.12, 1.0),
    "voice": (0.55, 0.0, 0.9),
    "chords": (0.27, -0.22, 0.8),
    "pad": (0.16, 0.0, 1.0),
    "bass": (0.5, 0.0, 0.08),
}
DRUM_MIX = {"k": (0.75, 0.0), "s": (0.5, 0.05), "h": (0.3, 0.3), "o": (0.3, 0.3),
            "r": (0.32, -0.3), "c": (0.4, -0.2)}  # fmt: skip


def perform(score: Score, style: Style) -> Samples:
    """Play a score; gives stereo samples of exactly its length, not yet mastered."""
    total = round(score.seconds * RATE)
    out = canvas.blank(total)
    band = _Band(style)
    room = Room(style.wet, style.seed) if style.wet else None
    size, tail = CHUNK_SECONDS * RATE, TAIL_SECONDS * RATE
    carry = np.zeros((tail, 2), dtype=np.float32)
    for start in range(0, total, size):
        dry, sent = band.play(score, start, size, tail)
        if room is not None:
            dry += room.answer(sent)[: len(dry)]
        dry[:tail] += carry
        carry = dry[size:]
        end = min(total, start + size)
        out[start:end] = dry[: end - start]
    _fade(out, score.seconds)
    if style.dusty:
        _dust(out, style.seed)
    return out


class _Band:
    """Plays the notes that begin within a stretch of time."""

    def __init__(self, style: Style) -> None:
        self._style = style
        self._chance = np.random.default_rng(style.seed + 1)
        self._cache: OrderedDict[tuple[str, int, float, float], Samples] = OrderedDict()
        self._cached = 0
        self._kit: dict[str, Samples] = {}
        self._tones = {
            "lead": style.lead, "chords": style.chords, "pad": style.pad, "bass": style.bass,
        }  # fmt: skip

    def play(self, score: Score, start: int, size: int, tail: int) -> tuple[Samples, Samples]:
        """Give the direct sound and what is sent to the room, stereo and mono."""
        begin, end = start / RATE, (start + size) / RATE
        direct = np.zeros((size + tail, 2), dtype=np.float32)
        sent = np.zeros(size + tail, dtype=np.float32)
        for note in score.notes:
            if begin <= note.at < end:
                self._note(note, direct, sent, start)
        if self._style.pump:
            level = _ducked(score.strokes, begin, size + tail, self._style.pump)
            direct *= level[:, None]
            sent *= level
        for stroke in score.strokes:
            if begin <= stroke.at < end:
                self._stroke(stroke, direct, sent, start)
        return direct, sent

    def _note(self, note: Note, direct: Samples, sent: Samples, start: int) -> None:
        name = note.word if note.part == "voice" else self._tones[note.part]
        if name is None:
            return
        wave = self._tone(name, note)
        level, place, room = MIX[note.part]
        at = round(note.at * RATE) - start
        count = min(len(wave), len(direct) - at)
        wave = wave[:count] * np.float32(level)
        direct[at : at + count, 0] += wave[:, 0] * np.float32(1 - max(0.0, place))
        direct[at : at + count, 1] += wave[:, 1] * np.float32(1 + min(0.0, place))
        if self._style.wet:
            sent[at : at + count] += (wave[:, 0] + wave[:, 1]) * np.float32(room / 2)

    def _tone(self, name: str, note: Note) -> Samples:
        """Play a note, or take it from those played before."""
        sung = note.part == "voice"
        pitch = note.pitch if sung else tones.into_range(name, note.pitch)
        key = (name, pitch, note.seconds, note.velocity)
        known = self._cache.get(key)
        if known is not None:
            self._cache.move_to_end(key)
            return known
        wave = (voice.utter if sung else tones.play)(*key, self._chance)
        self._cache[key] = wave
        self._cached += wave.nbytes
        while self._cached > CACHE_BYTES:
            self._cached -= self._cache.popitem(last=False)[1].nbytes
        return wave

    def _stroke(self, stroke: Stroke, direct: Samples, sent: Samples, start: int) -> None:
        if self._style.kit is None:
            return
        wave = self._kit.get(stroke.drum)
        if wave is None:
            wave = self._kit[stroke.drum] = drums.hit(self._style.kit, stroke.drum, self._chance)
        level, place = DRUM_MIX[stroke.drum]
        at = round(stroke.at * RATE) - start
        count = min(len(wave), len(direct) - at)
        part = wave[:count] * np.float32(level * stroke.velocity)
        direct[at : at + count, 0] += part * np.float32(1 - max(0.0, place))
        direct[at : at + count, 1] += part * np.float32(1 + min(0.0, place))
        if stroke.drum != "k":
            sent[at : at + count] += part * np.float32(0.25)


class Room:
    """A room of chance: every seed has its own, always in the same place.

    Works at half the rate, for a room swallows what is above anyway.
    """

    def __init__(self, wet: float, seed: int, seconds: float | None = None) -> None:
        chance = np.random.default_rng(seed + 2)
        length = seconds or 0.8 + 2.6 * wet
        count = int(length * RATE / 2)
        time = np.arange(count, dtype=np.float32) / np.float32(RATE / 2)
        shape = np.exp(time * np.float32(-5.5 / length))
        shape[: int(0.012 * RATE / 2)] = 0
        noise = chance.standard_normal((2, count), dtype=np.float32)
        noise += np.roll(noise, 1, axis=1)
        level = np.float32(0.0275 * wet**0.7 * (2.2 / length) ** 0.5)
        self._echo = np.asarray(noise * shape * level, dtype=np.float32)
        self._spectra: dict[int, npt.NDArray[np.complexfloating]] = {}

    def answer(self, sent: Samples) -> Samples:
        """Give what comes back from the walls, in stereo."""
        half = (sent[0 : len(sent) // 2 * 2 : 2] + sent[1::2][: len(sent) // 2]) / 2
        size = _fast_size(len(half) + self._echo.shape[1])
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._echo, size)
        back = np.fft.irfft(np.fft.rfft(half, size) * self._spectra[size], size)
        back = back[:, : len(half)].astype(np.float32)
        out = np.empty((len(half) * 2, 2), dtype=np.float32)
        out[0::2] = back.T
        out[1:-1:2] = (back.T[:-1] + back.T[1:]) / 2
        out[-1] = back.T[-1]
        return out


def _fast_size(least: int) -> int:
    """Give a length at or above, made of small factors, that transforms quickly."""
    best = 1 << (least - 1).bit_length()
    for odd in (3, 5, 9, 15):
        power = max(0, (-(-least // odd) - 1).bit_length())
        best = min(best, odd << power)
    return best


def _ducked(strokes: Sequence[Stroke], begin: float, count: int, depth: float) -> Samples:
    """Give the level of everything else while the kick sounds."""
    level = np.ones(count, dtype=np.float32)
    length = int(0.28 * RATE)
    dip = 1 - depth * np.exp(np.linspace(0, -4.5, length, dtype=np.float32))
    dip[:220] = np.linspace(1, dip[220], 220)
    end = begin + count / RATE
    for stroke in strokes:
        if stroke.drum == "k" and begin <= stroke.at < end:
            at = round((stroke.at - begin) * RATE)
            part = level[at : at + length]
            np.minimum(part, dip[: len(part)], out=part)
    return level


def _fade(out: Samples, seconds: float) -> None:
    """Begin and end in silence."""
    start = min(len(out), int(0.004 * RATE))
    out[:start] *= np.linspace(0, 1, start, dtype=np.float32)[:, None]
    end = min(len(out), int(min(2.5, max(0.05, seconds * 0.12)) * RATE))
    curve = np.linspace(1, 0, end, dtype=np.float32) ** 1.5
    out[-end:] *= curve[:, None]


def _dust(out: Samples, seed: int) -> None:
    """Add the crackle and hiss of an old record."""
    chance = np.random.default_rng(seed + 3)
    block = 30 * RATE
    for start in range(0, len(out), block):
        part = out[start : start + block]
        part += chance.standard_normal((len(part), 1), dtype=np.float32) * np.float32(0.0012)
        clicks = chance.integers(0, len(part) - 1, size=max(1, len(part) * 7 // RATE))
        for click in clicks:
            length = min(40, len(part) - int(click))
            pop = np.exp(-np.arange(length, dtype=np.float32) / 8) * np.float32(0.04)
            part[click : click + length] += (pop * float(chance.uniform(-1, 1)))[:, None]
