"""Write audio in blocks: MP3 by LAME, the rest by libsndfile.

Runs in a child process only. Memory does not grow with the length of the audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import lameenc
import numpy as np
import soundfile
import soxr

from bot.audio.arriving import Origin
from bot.audio.decode import BLOCK_FRAMES, Source
from bot.audio.levels import FULL_SCALE, Block, Levels, Meter, Whole
from bot.domain.job import AudioFormat

_MP3_RATES = frozenset({32_000, 44_100, 48_000})
_FLAC_RATES = _MP3_RATES | {8_000, 16_000, 22_050, 24_000, 88_200, 96_000, 176_400, 192_000}
_OPUS_RATE = 48_000
_LAME_QUALITY = 5
_LOOK_EVERY_FRAMES = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to write a file.

    Attributes:
        kbps: Bitrate of MP3 and Opus.
    """

    format: AudioFormat
    kbps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What came of writing.

    Attributes:
        levels: Loudness over time; None when it was given up on the way.
        sample_rate: In Hz, as handed to the encoder.
        estimate: How large the whole would have been, when it was given up.
    """

    levels: Levels | None
    sample_rate: int
    estimate: int = 0


class Writer(Protocol):
    """An encoder that takes blocks."""

    def write(self, block: Block | Whole) -> None:
        """Encode a block."""

    def close(self) -> None:
        """Write what is still inside, and close the file."""


def write(
    source: Origin,
    to: Path,
    recipe: Recipe,
    *,
    max_seconds: float,
    stop_bytes: int | None = None,
) -> Written:
    """Convert a file, giving up as soon as it is clear that it becomes too large.

    Once the new file is larger than `stop_bytes`, where that is given, it is given up.

    Raises:
        AudioError: As `decode.Source` says.
        soundfile.SoundFileError: The encoder or the disk would not.
    """
    with Source(source, max_seconds=max_seconds) as file:
        facts = file.facts
        rate = _rate_for(recipe.format, facts.sample_rate)
        meter = Meter(facts.sample_rate)
        read, next_look = 0, _LOOK_EVERY_FRAMES
        with closing(_open(to, recipe, rate, facts.channels)) as writer:
            for block in _metered(file, meter, rate):
                writer.write(block)
                read += len(block)
                if read < next_look:
                    continue
                next_look += _LOOK_EVERY_FRAMES
                size = to.stat().st_size
                if stop_bytes is not None and size > stop_bytes:
                    whole = max(facts.seconds * rate, read)
                    return Written(levels=None, sample_rate=rate, estimate=int(size * whole / read))
    return Written(levels=meter.finish(), sample_rate=rate)


def measure(source: Path, *, max_seconds: float) -> Levels:
    """Read a file to its end without writing anything.

    Raises:
        AudioError: As `decode.Source` says.
    """
    with Source(source, max_seconds=max_seconds) as file:
        meter = Meter(file.facts.sample_rate)
        for block in file.blocks():
            meter.add(block)
    return meter.finish()


def _metered(file: Source, meter: Meter, rate: int) -> Iterator[Block | Whole]:
    """Measure each block as it was, then bring it to the wanted rate."""
    if rate == file.facts.sample_rate:
        for block in file.whole_blocks() if file.is_whole else file.blocks():
            meter.add(block)
            yield block
        return
    stream = soxr.ResampleStream(file.facts.sample_rate, rate, file.facts.channels, dtype="float32")
    nothing: Block = np.zeros((0, file.facts.channels), np.float32)
    for block in file.blocks():
        meter.add(block)
        yield np.clip(stream.resample_chunk(block), -1.0, 1.0)
    yield np.clip(stream.resample_chunk(nothing, last=True), -1.0, 1.0)


def _rate_for(wanted: AudioFormat, rate: int) -> int:
    """Choose the sample rate: the source's own where the format knows it."""
    if wanted is AudioFormat.OGG:
        return _OPUS_RATE
    known = _MP3_RATES if wanted is AudioFormat.MP3 else _FLAC_RATES
    if rate in known or wanted is AudioFormat.WAV:
        return rate
    return 44_100 if rate % 11_025 == 0 else 48_000


def _open(to: Path, recipe: Recipe, rate: int, channels: int) -> Writer:
    """Start the encoder."""
    match recipe.format:
        case AudioFormat.MP3:
            return _Mp3(to, rate, channels, recipe.kbps)
        case AudioFormat.OGG:
            # libsndfile turns the level into 6 + 250 * (1 - level) kbit/s per channel.
            level = 1 - (recipe.kbps / channels - 6) / 250
            level = min(1.0, max(0.0, level))
            return _Sound(to, rate, channels, container="OGG", subtype="OPUS", level=level)
        case AudioFormat.WAV:
            return _Sound(to, rate, channels, container="WAV", subtype="PCM_16")
        case AudioFormat.FLAC:
            return _Sound(to, rate, channels, container="FLAC", subtype="PCM_16")


class _Mp3:
    """LAME at a constant bitrate, which needs no header to be shown with its true length."""

    def __init__(self, to: Path, rate: int, channels: int, kbps: int) -> None:
        self._encoder = lameenc.Encoder()
        self._encoder.silence()
        self._encoder.set_bit_rate(kbps)
        self._encoder.set_in_sample_rate(rate)
        self._encoder.set_channels(channels)
        self._encoder.set_quality(_LAME_QUALITY)
        self._file = to.open("wb")
        self._began = False

    def write(self, block: Block | Whole) -> None:
        """Encode a block."""
        if len(block):
            self._file.write(self._encoder.encode(_to_int16(block).tobytes()))
            self._began = True

    def close(self) -> None:
        """Write the last frames; LAME refuses to be flushed before it was given anything."""
        with self._file:
            if self._began:
                self._file.write(self._encoder.flush())


class _Sound:
    """libsndfile."""

    def __init__(
        self,
        to: Path,
        rate: int,
        channels: int,
        *,
        container: str,
        subtype: str,
        level: float | None = None,
    ) -> None:
        self._is_lossless = level is None
        self._file = soundfile.SoundFile(
            to, "w", rate, channels, subtype, format=container, compression_level=level
        )

    def write(self, block: Block | Whole) -> None:
        """Encode a block, in slices: one large write to an Ogg file ends the process."""
        for start in range(0, len(block), BLOCK_FRAMES):
            piece = block[start : start + BLOCK_FRAMES]
            self._file.write(_to_int16(piece) if self._is_lossless else piece)

    def close(self) -> None:
        """Finish the file."""
        self._file.close()


def _to_int16(block: Block | Whole) -> Whole:
    """Round so that what was 16-bit audio before comes out the same."""
    if block.dtype == np.int16:
        return cast("Whole", block)
    rounded: Block = np.rint(block * float(FULL_SCALE))
    return np.clip(rounded, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
