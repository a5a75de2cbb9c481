"""Working on a recording: a new style for it, more of it, another middle, or its parts."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping

import numpy as np
import soundfile
import soxr

from sandbox.fal.synth import canvas, master
from sandbox.fal.synth.tones import RATE, Samples

LONGEST_SECONDS = 600
BLOCK = 65_536
SEAM_SECONDS = 0.25

# Plays for a number of seconds, to go with what is there.
Play = Callable[[float], Samples]


class Unreadable(ValueError):
    """What was given is not audio, or of a kind that cannot be read."""


class TooLong(ValueError):
    """A recording that is longer than is worked on.

    Attributes:
        seconds: How long it is.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds:.1f} s")
        self.seconds = seconds


def read(data: bytes) -> Samples:
    """Read a file into stereo at our rate.

    Raises:
        Unreadable: It is not audio.
        TooLong: It is longer than ten minutes.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            return _read(file)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise Unreadable from error


def _read(file: soundfile.SoundFile) -> Samples:
    seconds = file.frames / file.samplerate
    if seconds > LONGEST_SECONDS:
        raise TooLong(seconds)
    resample = soxr.ResampleStream(file.samplerate, RATE, 2, dtype="float32")
    out = canvas.blank(int(seconds * RATE) + RATE)
    at = 0
    while True:
        block = file.read(BLOCK, dtype="float32", always_2d=True)
        last = len(block) < BLOCK
        pair = np.repeat(block, 2, axis=1) if block.shape[1] == 1 else block[:, :2]
        part = resample.resample_chunk(np.ascontiguousarray(np.nan_to_num(pair)), last=last)
        part = part[: len(out) - at]
        out[at : at + len(part)] = part
        at += len(part)
        if last:
            break
    if at == 0:
        raise Unreadable
    return out[:at]


def restyle(source: Samples, play: Play, *, strength: float, seconds: float) -> Samples:
    """Play something new along with a recording; the stronger, the less is left of the old."""
    count = round(seconds * RATE)
    new = play(seconds)
    out = canvas.blank(count)
    keep = np.float32(1 - 0.85 * strength)
    for start in range(0, count, BLOCK):
        end = min(count, start + BLOCK)
        old = source[start:end]
        out[start : start + len(old)] += old * keep
        out[start:end] += new[start:end] * np.float32(0.35 + 0.65 * strength)
    return master.master(out)


def extend(source: Samples, play: Play, *, before: float, after: float) -> Samples:
    """Put something new before and after a recording, blended at the seams."""
    lead, tail = round(before * RATE), round(after * RATE)
    out = canvas.blank(lead + len(source) + tail)
    out[lead : lead + len(source)] = source
    seam = min(int(SEAM_SECONDS * 4 * RATE), len(source) // 2)
    level = _level_of(source)
    if lead:
        new = play((lead + seam) / RATE) * level
        _blend(out, new, at=0, fade_in=0, fade_out=seam)
    if tail:
        new = play((tail + seam) / RATE) * level
        _blend(out, new, at=lead + len(source) - seam, fade_in=seam, fade_out=0)
    return _safe(out)


def replace(source: Samples, play: Play, *, start: float, end: float) -> Samples:
    """Play another passage in place of one; all around it stays as it is, sample for sample."""
    first = min(len(source), max(0, round(start * RATE)))
    last = min(len(source), max(first, round(end * RATE)))
    out = canvas.blank(len(source))
    out[:] = source
    if last > first:
        new = play((last - first) / RATE) * _level_of(source)
        seam = min(int(SEAM_SECONDS * RATE), (last - first) // 2)
        _blend(out, new, at=first, fade_in=seam, fade_out=seam)
    return _safe(out)


def _level_of(source: Samples) -> np.float32:
    """Give what our own level has to be multiplied with to match a recording's."""
    heard = master.loudness(source)
    return np.float32(1.0 if heard is None else 10 ** ((heard - master.TARGET_LUFS) / 20))


def _blend(out: Samples, new: Samples, *, at: int, fade_in: int, fade_out: int) -> None:
    """Lay a passage over what is there, at equal power where both sound."""
    share = np.ones(len(new), dtype=np.float32)
    if fade_in:
        share[:fade_in] = np.linspace(0, 1, fade_in)
    if fade_out:
        share[-fade_out:] *= np.linspace(1, 0, fade_out)
    part = out[at : at + len(new)]
    new, share = new[: len(part)], share[: len(part), None]
    part[:] = part * np.sqrt(1 - share) + new * np.sqrt(share)


def _safe(out: Samples) -> Samples:
    for start in range(0, len(out), BLOCK):
        part = out[start : start + BLOCK]
        np.clip(part, -1, 1, out=part)
    return out


SIZE, STEP = 4096, 1024
CHUNK, MARGIN = 400, 12  # frames
Masks = Mapping[str, Samples]


def stems(source: Samples) -> Mapping[str, Samples]:
    """Part a recording into voice, drums, bass, guitar, piano and the rest; they add up to it.

    What is brief in time and wide in pitch is drums, what is low is bass, what stands in the
    middle between the ears in the range of voices is the voice; the rest is shared by its place.
    """
    names = ("vocals", "drums", "bass", "guitar", "piano", "other")
    out = {name: canvas.blank(len(source)) for name in names}
    window = np.hanning(SIZE + 1)[:-1].astype(np.float32)
    total = -(-(len(source) + SIZE) // STEP)
    for first in range(0, total, CHUNK):
        begin, end = max(0, first - MARGIN), min(total, first + CHUNK + MARGIN)
        spectra = _spectra(source, begin, end, window)
        masks = _masks(spectra)
        inner = slice(first - begin, min(total, first + CHUNK) - begin)
        for name, mask in masks.items():
            part = spectra[:, inner] * mask[None, inner]
            _add_back(out[name], part, first, window)
    return out


def _spectra(source: Samples, begin: int, end: int, window: Samples) -> np.ndarray:
    """Give spectra by channel, frame and frequency; frame 0 begins one window before the sound."""
    start, stop = begin * STEP - SIZE, (end - 1) * STEP
    piece = np.zeros((stop - start, 2), dtype=np.float32)
    low, high = max(0, start), min(len(source), stop)
    if high > low:
        piece[low - start : high - start] = source[low:high]
    frames = np.lib.stride_tricks.sliding_window_view(piece, SIZE, axis=0)[::STEP]
    return np.asarray(np.fft.rfft(frames.transpose(1, 0, 2) * window, axis=2))


def _masks(spectra: np.ndarray) -> Masks:
    """Share every frequency of every frame out among the parts."""
    power = np.abs(spectra).sum(axis=0).astype(np.float32)
    steady, brief = _mean(power, 11, axis=0) ** 2, _mean(power, 23, axis=1) ** 2
    drums = brief**2 / (brief**2 + steady**2 + 1e-12)
    hz = np.fft.rfftfreq(SIZE, 1 / RATE).astype(np.float32)
    low = 1 / (1 + (hz / 200) ** 6)
    left, right = np.abs(spectra[0]), np.abs(spectra[1])
    apart = np.abs(left - right) / (left + right + 1e-9)
    voice = np.clip(1 - 3 * apart, 0, 1) * (1 / (1 + (250 / np.maximum(hz, 1)) ** 6))
    voice = (voice / (1 + (hz / 5000) ** 6)).astype(np.float32)
    drums = (drums * (1 - 0.6 * low)).astype(np.float32)
    held = 1 - drums
    bass, above = held * low, held * (1 - low)
    sung, rest = above * voice, above * (1 - voice)
    sides = (left > right).astype(np.float32)
    guitar, piano = rest * 0.7 * sides, rest * 0.7 * (1 - sides)
    return {
        "vocals": sung, "drums": drums, "bass": bass, "guitar": guitar, "piano": piano,
        "other": rest * np.float32(0.3),
    }  # fmt: skip


def _mean(power: Samples, width: int, *, axis: int) -> Samples:
    """Average over neighbours along an axis."""
    half = width // 2
    edges = [(0, 0), (0, 0)]
    edges[axis] = (half + 1, half)
    sums = np.cumsum(np.pad(power, edges, mode="edge"), axis=axis, dtype=np.float64)
    count = power.shape[axis]
    ahead = np.take(sums, range(width, width + count), axis=axis)
    behind = np.take(sums, range(count), axis=axis)
    return ((ahead - behind) / width).astype(np.float32)


def _add_back(out: Samples, part: np.ndarray, first: int, window: Samples) -> None:
    frames = np.fft.irfft(part, SIZE, axis=2) * (window * np.float32(STEP * 2 / 3 * 4 / SIZE))
    for index in range(frames.shape[1]):
        at = (first + index) * STEP - SIZE
        low, high = max(0, at), min(len(out), at + SIZE)
        if high > low:
            out[low:high] += frames[:, index, low - at : high - at].T
