"""What is wanted of a file, what came of it, and which bitrate fits how many bytes. Pure.

Bitrates are chosen before encoding: an MP3 at a constant bitrate has a known size, and Opus stays
within three per cent of what it is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.job import AudioFormat

MP3_LADDER = (320, 256, 224, 192, 160, 128, 112, 96, 80, 64, 48, 32)
"""Constant bitrates, in kbit/s, that MPEG-1 layer III knows and that divide its frames well."""

OPUS_LEAST = 24
DEFAULT_KBPS = {AudioFormat.MP3: 256, AudioFormat.OGG: 128}
LONGEST_SECONDS = 900.0

_MIB = 1024 * 1024
_TAGS_BYTES = 64 * 1024
_LOSSLESS = frozenset({AudioFormat.WAV, AudioFormat.FLAC})
_NAMES = {
    AudioFormat.MP3: "MP3",
    AudioFormat.OGG: "Ogg Opus",
    AudioFormat.WAV: "WAV",
    AudioFormat.FLAC: "FLAC",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """What players show about a file; empty fields are left out.

    Attributes:
        comment: Prompt, seed and job, so that a saved file explains itself.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    comment: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """What a file should become.

    Attributes:
        limit_bytes: The most the place it goes to takes.
        kbps: Wanted bitrate of MP3 or Opus; None for the usual one. Never exceeded.
        max_seconds: Longer audio is refused.
        previous_bytes: Size of a file that was turned down although it was within the limit; the
            new one is at most four fifths of it.
        is_strict: Whether it is to be this format or none; ``too_big`` where it does not fit.
    """

    format: AudioFormat
    limit_bytes: int
    tags: Tags = field(default_factory=Tags)
    kbps: int | None = None
    max_seconds: float = LONGEST_SECONDS
    previous_bytes: int | None = None
    is_strict: bool = False

    @property
    def ceiling(self) -> int:
        """The most bytes the new file may have."""
        if self.previous_bytes is None:
            return self.limit_bytes
        return min(self.limit_bytes, self.previous_bytes * 4 // 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A file that fits.

    Attributes:
        path: The file, in the folder it was asked for in.
        ending: What to end its name with, without the dot.
        size: In bytes, never over `Fit.ceiling`.
        seconds: None when the file is handed on unread and does not say.
        sample_rate: In Hz; 0 when unknown.
        channels: 0 when unknown.
        kbps: Bitrate of MP3 and Opus.
        note: A sentence for the member when the file is not quite what was asked for.
        waveform: An 800x160 PNG of it; None when the audio could not be read.
        peak: The loudest sample, from 0 to 1.
        bars: Loudness over time, from 0 to 255, at most 256 of them, as Discord wants it with
            voice messages (Discord docs, Message, Voice Messages).
    """

    path: Path
    ending: str
    size: int
    seconds: float | None
    sample_rate: int
    channels: int
    kbps: int | None = None
    note: str | None = None
    waveform: Path | None = None
    peak: float = 0.0
    bars: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a file is.

    Attributes:
        format: Its container, such as ``wav`` or ``m4a``.
        seconds: Counted while decoding, not taken from the header; None for M4A and AAC files
            that do not say.
        channels: 0 when unknown.
        sample_rate: In Hz; 0 when unknown.
        size: In bytes.
    """

    format: str
    seconds: float | None
    channels: int
    sample_rate: int
    size: int


def budget(ceiling: int) -> int:
    """Take the room for tags, container and rounding off a limit, in bytes."""
    return ceiling - min(_TAGS_BYTES, ceiling // 4) - ceiling // 200


def mp3_kbps(ceiling: int, seconds: float, wanted: int) -> int | None:
    """Choose the highest rung that is neither over the wish nor over the limit, or None."""
    most = min(wanted, _affordable(ceiling, seconds))
    return next((rung for rung in MP3_LADDER if rung <= most), None)


def opus_kbps(ceiling: int, seconds: float, wanted: int) -> int | None:
    """Choose the highest bitrate that is neither over the wish nor over the limit, or None."""
    most = int(min(wanted, _affordable(ceiling, seconds) - 2))
    return most if most >= OPUS_LEAST else None


def lossy_kbps(wanted: AudioFormat, ceiling: int, seconds: float, kbps: int) -> int | None:
    """Choose a bitrate for MP3 or Opus, or None when nothing fits."""
    choose = opus_kbps if wanted is AudioFormat.OGG else mp3_kbps
    return choose(ceiling, seconds, kbps)


def wanted_kbps(fit: Fit, used: AudioFormat) -> int:
    """Give the bitrate that was asked for, or the usual one of the format in use."""
    usual = DEFAULT_KBPS.get(used, DEFAULT_KBPS[AudioFormat.MP3])
    return max(MP3_LADDER[-1], fit.kbps) if fit.kbps and used is fit.format else usual


def wav_bytes(frames: int, channels: int) -> int:
    """Say how large a 16-bit WAV file is, before tags."""
    return 44 + frames * channels * 2


def lossy_bytes(seconds: float, kbps: int) -> int:
    """Say about how large a file at a bitrate is."""
    return int(seconds * kbps * 125)


def note(fit: Fit, used: AudioFormat, kbps: int | None, would_be: int) -> str | None:
    """Say in a sentence why the file is not as asked for; None when it is.

    `kbps` is the bitrate in use, None for WAV and FLAC; `would_be` are the bytes of the file that
    was asked for.
    """
    if used is fit.format and (kbps is None or kbps >= _nearest(fit, used)):
        return None
    now = _NAMES[used] + (f" at {kbps} kbit/s" if kbps else "")
    if fit.previous_bytes is not None and fit.ceiling < fit.limit_bytes:
        return f"Discord did not take the file of {_mib(fit.previous_bytes)}, so this is {now}."
    takes = f"this server takes {_mib(fit.limit_bytes)}"
    if used is not fit.format:
        return f"{_NAMES[fit.format]} would be {_mib(would_be)} and {takes}, so this is {now}."
    wish = wanted_kbps(fit, used)
    return f"At {wish} kbit/s this would be {_mib(would_be)} and {takes}, so this is {now}."


def is_lossless(wanted: AudioFormat) -> bool:
    """Say whether a format has no bitrate to turn down."""
    return wanted in _LOSSLESS


def _affordable(ceiling: int, seconds: float) -> float:
    """Say how many kbit/s a limit leaves for so many seconds."""
    # MP3 and Opus pad beginning and end; a quarter of a second covers both.
    return budget(ceiling) * 8 / (seconds + 0.25) / 1000


def _nearest(fit: Fit, used: AudioFormat) -> int:
    """Give the bitrate in use when nothing stands in the way of the wish."""
    wish = wanted_kbps(fit, used)
    if used is AudioFormat.MP3:
        return next((rung for rung in MP3_LADDER if rung <= wish), MP3_LADDER[-1])
    return wish


def _mib(size: int) -> str:
    """Write a size for people; small ones in KiB, so that it never reads as nothing."""
    if size < _MIB:
        return f"{max(1, size // 1024)} KiB"
    if size < 10 * _MIB and size % _MIB:
        return f"{size / _MIB:.1f} MiB"
    return f"{size // _MIB} MiB"
