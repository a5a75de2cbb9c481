"""Read strangers' audio in blocks, believing nothing that a header says.

Runs in a child process only: the decoders are C, and a damaged file may end the process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import soundfile

from bot.audio.arriving import Arriving, Origin
from bot.audio.levels import Block, Whole
from bot.audio.sniff import HEAD_BYTES, Sniffed, sniff
from bot.errors import AudioError

BLOCK_FRAMES = 32_768
_RATES = range(8_000, 192_001)
_UNKNOWN_SIZES = frozenset({0xFFFFFFFF, 0x7FFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF - 36})
"""What programs write as a WAV's length when they do not know it yet."""

_MOST_CHUNKS = 1000
_UNKNOWN_FRAMES = 1 << 40
"""libsndfile gives a FLAC without a length the largest number it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the header claims.

    Attributes:
        container: libsndfile's name of it, such as ``WAV`` or ``OGG``.
        subtype: libsndfile's name of the coding, such as ``PCM_16`` or ``OPUS``.
        frames: 0 when it does not say.
    """

    container: str
    subtype: str
    frames: int
    sample_rate: int
    channels: int

    @property
    def seconds(self) -> float:
        """Claimed length."""
        return self.frames / self.sample_rate


class _Forward(soundfile.SoundFile):  # type: ignore[misc]  # soundfile is untyped
    """A file read from front to back.

    soundfile otherwise seeks after every read, which fails at the end of a FLAC without a length.
    """

    def seekable(self) -> bool:
        """Say no, so that nobody seeks."""
        return False


class Source:
    """An open file. Use as a context manager.

    Args:
        origin: A file on disk, or one that is on its way there.
        max_seconds: Longer audio is refused, whether the header admits it or not.

    Raises:
        AudioError: ``corrupt``, ``channels``, ``rate``, ``too_long``.
    """

    def __init__(self, origin: Origin, *, max_seconds: float) -> None:
        self._max_seconds = max_seconds
        self._arriving = origin if isinstance(origin, Arriving) else None
        if isinstance(origin, Arriving):
            origin.begin()
            _check_riff(origin, origin.size)
            origin.begin()
        else:
            with origin.open("rb") as file:
                _check_riff(file, origin.stat().st_size)
        try:
            self._file = _Forward(origin)
        except soundfile.SoundFileError as error:
            raise _corrupt(0) from error
        if self._arriving is not None:
            self._arriving.is_waited_for = True
        self.facts = Facts(
            container=self._file.format,
            subtype=self._file.subtype,
            frames=self._file.frames if self._file.frames < _UNKNOWN_FRAMES else 0,
            sample_rate=self._file.samplerate,
            channels=self._file.channels,
        )
        try:
            self._check()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def blocks(self) -> Iterator[Block]:
        """Yield all samples, finite and from -1 to 1, in blocks of at most `BLOCK_FRAMES`.

        Raises:
            AudioError: ``corrupt``, ``too_long``, or ``empty`` when there is not one sample.
        """
        for block in self._read("float32"):
            finite = np.nan_to_num(block, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
            yield np.clip(finite, -1.0, 1.0, out=finite)

    @property
    def is_whole(self) -> bool:
        """Say whether the samples are whole numbers of 16 bits, and `whole_blocks` gives them."""
        return self.facts.subtype == "PCM_16"

    def whole_blocks(self) -> Iterator[Whole]:
        """Yield all samples as they are in a file of 16 bits, as `blocks` does.

        Most of what models make is such a file, and is encoded without a detour by fractions.
        """
        yield from self._read("int16")

    def _read(self, dtype: str) -> Iterator[Any]:
        rate = self.facts.sample_rate
        read = 0
        while True:
            try:
                block = self._file.read(BLOCK_FRAMES, dtype=dtype, always_2d=True)
            except soundfile.SoundFileError as error:
                raise _corrupt(read / rate) from error
            if self._arriving is not None:
                self._arriving.check()
            if not len(block):
                break
            read += len(block)
            if read > self._max_seconds * rate:
                raise _too_long(self._max_seconds)
            yield block
        if not read:
            raise empty()

    def _check(self) -> None:
        """Refuse what no model makes and some decoders choke on."""
        facts = self.facts
        if facts.channels not in {1, 2}:
            raise AudioError(
                f"This audio has {facts.channels} channels; I can handle mono and stereo. "
                "Use a stereo file.",
                code="channels",
            )
        if facts.sample_rate not in _RATES:
            raise AudioError(
                "This audio has a sample rate that I cannot handle. "
                "Use a file between 8 and 192 kHz.",
                code="rate",
            )
        if facts.seconds > self._max_seconds:
            raise _too_long(self._max_seconds)


def sniff_file(path: Path) -> Sniffed:
    """Tell what a file is from its beginning."""
    with path.open("rb") as file:
        return sniff(file.read(HEAD_BYTES))


def refuse(kind: Sniffed) -> AudioError:
    """Say why something that is not readable audio is of no use."""
    if kind is Sniffed.EMPTY:
        return empty()
    if kind.is_audio:
        return AudioError(
            "This kind of audio file is one that I cannot read. Use MP3, WAV, FLAC or Ogg.",
            code="unsupported",
        )
    return AudioError(
        "This is not an audio file that I know. Use MP3, WAV, FLAC or Ogg.", code="not_audio"
    )


def empty() -> AudioError:
    """Say that there is no sound at all."""
    return AudioError(
        "The audio file is empty. Try again, or use another file.", code="empty", retryable=True
    )


def _check_riff(file: BinaryIO | Arriving, size: int) -> None:
    """Refuse a WAV that was cut off: libsndfile would quietly play the part that is there."""
    head = file.read(12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return
    for _ in range(_MOST_CHUNKS):
        if len(chunk := file.read(8)) < 8:
            return
        length = struct.unpack("<I", chunk[4:])[0]
        if chunk[:4] != b"data":
            file.seek(length + length % 2, 1)
            continue
        if length not in _UNKNOWN_SIZES and file.tell() + length > size:
            raise AudioError(
                "The audio file breaks off in the middle. Try again, or use another file.",
                code="corrupt",
                retryable=True,
            )
        return


def _corrupt(seconds: float) -> AudioError:
    """Say where the damage is. Retryable: another copy may be whole."""
    where = f" after {seconds:.1f} seconds" if seconds else ""
    return AudioError(
        f"The audio file is damaged{where}. Try again, or use another file.",
        code="corrupt",
        retryable=True,
    )


def _too_long(max_seconds: float) -> AudioError:
    most = f"{max_seconds:g} seconds" if max_seconds < 120 else f"{max_seconds // 60:.0f} minutes"
    return AudioError(
        f"The audio is longer than the {most} I can handle. Use something shorter.",
        code="too_long",
    )
