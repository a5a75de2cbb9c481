"""The work itself, on one file: what a child process does between its start and its end.

Knows nothing of processes, limits and time-outs; those are `child` and `workshop`.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import mutagen

from bot.audio import encode
from bot.audio.arriving import Arriving, Origin
from bot.audio.decode import Facts, Source, refuse, sniff_file
from bot.audio.fit import (
    Fitted,
    Probe,
    budget,
    is_lossless,
    lossy_bytes,
    lossy_kbps,
    note,
    wanted_kbps,
    wav_bytes,
)
from bot.audio.levels import Levels
from bot.audio.sniff import Sniffed
from bot.audio.tags import mp3_facts, write_tags
from bot.audio.tasks import Answer, FitTask, ProbeTask, Task
from bot.audio.waveform import draw
from bot.domain.job import AudioFormat
from bot.errors import AudioError

_SAME = {
    ("MP3", "MPEG_LAYER_III"): AudioFormat.MP3,
    ("OGG", "OPUS"): AudioFormat.OGG,
    ("FLAC", "PCM_16"): AudioFormat.FLAC,
    ("FLAC", "PCM_24"): AudioFormat.FLAC,
    ("WAV", "PCM_16"): AudioFormat.WAV,
    ("WAV", "PCM_24"): AudioFormat.WAV,
}
"""Files that are what a format promises; Ogg with anything but Opus does not play on phones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A file in the wanted format that may still be too large."""

    path: Path
    used: AudioFormat
    levels: Levels
    sample_rate: int
    kbps: int | None
    is_copy: bool = False
    would_be: int = 0


def work(task: Task) -> Answer:
    """Do one task.

    Raises:
        AudioError: With a sentence for the member.
    """
    if isinstance(task, ProbeTask):
        return _probe(task)
    task.into.mkdir(parents=True, exist_ok=True)
    if task.arriving_bytes is not None:
        with Arriving(task.source, task.arriving_bytes) as arriving:
            return _encode(task, arriving)
    kind = sniff_file(task.source)
    return _encode(task, task.source) if kind.is_readable else _hand_on(task, kind)


def _encode(task: FitTask, origin: Origin) -> Fitted:
    with Source(origin, max_seconds=task.fit.max_seconds) as source:
        facts = source.facts
    made = _copy(task, facts) if origin is task.source else None
    return _finish(task, made or _convert(task, origin, facts), facts)


def _probe(task: ProbeTask) -> Probe:
    """Decode to the end: a header may claim any length."""
    kind = sniff_file(task.source)
    size = task.source.stat().st_size
    if not kind.is_audio:
        raise refuse(kind)
    if not kind.is_readable:
        seconds, rate, channels = _unread_facts(task.source)
        return Probe(
            format=kind.value, seconds=seconds, channels=channels, sample_rate=rate, size=size
        )
    with Source(task.source, max_seconds=task.max_seconds) as source:
        facts = source.facts
        frames = sum(len(block) for block in source.blocks())
    return Probe(
        format=facts.container.lower().removesuffix("ex"),
        seconds=frames / facts.sample_rate,
        channels=facts.channels,
        sample_rate=facts.sample_rate,
        size=size,
    )


def _hand_on(task: FitTask, kind: Sniffed) -> Fitted:
    """Pass on a kind of audio that cannot be decoded here, as it is."""
    size = task.source.stat().st_size
    if not kind.is_audio or size > task.fit.ceiling:
        raise refuse(kind)
    seconds, rate, channels = _unread_facts(task.source)
    path = task.into / f"audio.{kind.value}"
    shutil.copyfile(task.source, path)
    return Fitted(
        path=path,
        ending=kind.value,
        size=size,
        seconds=seconds,
        sample_rate=rate,
        channels=channels,
        note=f"This came as {kind.value.upper()}, which I cannot convert, so it is as it came.",
    )


def _unread_facts(path: Path) -> tuple[float | None, int, int]:
    """Give seconds, sample rate and channels as the header has them; None, 0, 0 if it does not."""
    try:
        found = mutagen.File(path)
    except Exception:  # noqa: BLE001  # mutagen lets bare IndexErrors through on damaged files
        return None, 0, 0
    if found is None or not found.info.length > 0:
        return None, 0, 0
    return float(found.info.length), int(found.info.sample_rate), int(found.info.channels)


def _copy(task: FitTask, facts: Facts) -> _Made | None:
    """Take the file as it is, but for its tags, when it is already what is wanted."""
    wanted, ceiling = task.fit.format, task.fit.ceiling
    if _SAME.get((facts.container, facts.subtype)) is not wanted:
        return None
    if task.source.stat().st_size > ceiling:
        return None
    path = task.into / f"audio.{wanted}"
    shutil.copyfile(task.source, path)
    try:
        write_tags(path, wanted, task.fit.tags)
        kbps = mp3_facts(path)[0] if wanted is AudioFormat.MP3 else None
    except Exception:  # noqa: BLE001  # mutagen lets bare IndexErrors through on damaged files
        return None  # it is encoded anew, without whatever mutagen stumbled over
    if path.stat().st_size > ceiling:
        return None
    levels = encode.measure(path, max_seconds=task.fit.max_seconds)
    if wanted is AudioFormat.OGG:
        kbps = round(path.stat().st_size / 125 / max(levels.seconds, 0.001))
    return _Made(
        path=path,
        used=wanted,
        levels=levels,
        sample_rate=facts.sample_rate,
        kbps=kbps,
        is_copy=True,
    )


def _convert(task: FitTask, origin: Origin, facts: Facts) -> _Made:
    """Encode anew; what is too large without loss becomes MP3."""
    if not is_lossless(task.fit.format):
        return _lossy(task, origin, facts.seconds, task.fit.format)
    made, estimate = _lossless(task, origin, facts)
    if made:
        return made
    if task.fit.is_strict:
        raise AudioError(
            f"This audio is too large as {task.fit.format.upper()}. Choose mp3 or ogg.",
            code="too_big",
        )
    return replace(_lossy(task, origin, facts.seconds, AudioFormat.MP3), would_be=estimate)


def _lossless(task: FitTask, origin: Origin, facts: Facts) -> tuple[_Made | None, int]:
    """Try WAV or FLAC; give what came of it, or how large it would have been."""
    wanted = task.fit.format
    most = budget(task.fit.ceiling)
    if wanted is AudioFormat.WAV:
        size = wav_bytes(facts.frames, facts.channels)
        if size > most:
            return None, size
    path = task.into / f"audio.{wanted}"
    written = encode.write(
        origin,
        path,
        encode.Recipe(format=wanted),
        max_seconds=task.fit.max_seconds,
        stop_bytes=most,
    )
    size = written.estimate or path.stat().st_size
    if written.levels is None or size > most:
        path.unlink()
        return None, size
    write_tags(path, wanted, task.fit.tags)
    return (
        _Made(
            path=path,
            used=wanted,
            levels=written.levels,
            sample_rate=written.sample_rate,
            kbps=None,
        ),
        size,
    )


def _lossy(task: FitTask, origin: Origin, seconds: float, used: AudioFormat) -> _Made:
    """Encode at the bitrate that the claimed length allows; once more if the claim was false."""
    fit = task.fit
    path = task.into / f"audio.{used}"
    for _ in range(2):
        kbps = lossy_kbps(used, fit.ceiling, seconds, wanted_kbps(fit, used))
        if kbps is None:
            break
        written = encode.write(
            origin,
            path,
            encode.Recipe(format=used, kbps=kbps),
            max_seconds=fit.max_seconds,
        )
        if written.levels is None:
            break
        write_tags(path, used, fit.tags)
        seconds = written.levels.seconds
        if path.stat().st_size <= fit.ceiling:
            rate = mp3_facts(path)[1] if used is AudioFormat.MP3 else written.sample_rate
            return _Made(path=path, used=used, levels=written.levels, sample_rate=rate, kbps=kbps)
    path.unlink(missing_ok=True)
    raise AudioError(
        "This audio is too large for this server even at the lowest quality. "
        "Ask for something shorter.",
        code="too_big",
    )


def _finish(task: FitTask, made: _Made, facts: Facts) -> Fitted:
    """Draw the picture and say what came of it."""
    waveform = task.into / "waveform.png"
    waveform.write_bytes(draw(made.levels))
    wish = wanted_kbps(task.fit, made.used)
    would_be = made.would_be or lossy_bytes(made.levels.seconds, wish)
    return Fitted(
        path=made.path,
        ending=made.used.value,
        size=made.path.stat().st_size,
        seconds=made.levels.seconds,
        sample_rate=made.sample_rate,
        channels=facts.channels,
        kbps=made.kbps,
        note=None if made.is_copy else note(task.fit, made.used, made.kbps, would_be),
        waveform=waveform,
        peak=made.levels.peak,
        bars=made.levels.voice_bars(),
    )
