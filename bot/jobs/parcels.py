"""The parts of a piece on one message: each a file, or zipped where they are too large for that.

Zips are for what has no bitrate to turn down. Each part keeps its name inside.
"""

from __future__ import annotations

import asyncio
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.domain.job import AudioFormat
from bot.jobs.board import Sound

REQUEST_BYTES = 24 * 1024 * 1024
"""What several files of one card may have together: the request that carries them is to stay below
25 MiB (Discord docs, Create Message)."""

MOST_FILES = 9
"""A message carries ten attachments, one of them the waveform."""

_SHRINKS = {AudioFormat.WAV: 4}
"""How many times smaller zipping makes a file at best: stems are silent for much of their time."""
_ENTRY_BYTES = 512
"""What a zip needs for each file beside its content, generously."""
_READ_BYTES = 1024 * 1024


def most_bytes(audio_format: AudioFormat, limit_bytes: int) -> int:
    """Say how large a part may be for it to have a chance of fitting into a zip."""
    return limit_bytes * _SHRINKS.get(audio_format, 1)


async def parcelled(
    parts: Sequence[Sound], into: Path, *, limit_bytes: int, name: Callable[[str], str]
) -> tuple[Sound, ...] | None:
    """Give the parts as one message takes them; None where it does not even take them zipped.

    Args:
        parts: The files, in order, each with its label.
        into: A folder for the zips.
        limit_bytes: What one attachment may have.
        name: Names a zip, given a word that tells it from others.
    """
    sizes = [part.path.stat().st_size for part in parts]
    if len(parts) <= MOST_FILES and max(sizes) <= limit_bytes and sum(sizes) <= REQUEST_BYTES:
        return tuple(parts)
    return await asyncio.to_thread(_zipped, parts, into, limit_bytes, name)


def _zipped(
    parts: Sequence[Sound], into: Path, limit_bytes: int, name: Callable[[str], str]
) -> tuple[Sound, ...] | None:
    loads = _share_out([_packed_bytes(part.path) for part in parts], limit_bytes)
    if loads is None:
        return None
    number = len(loads)
    ending = parts[0].path.suffix.lstrip(".").upper()
    words = "a zip file" if number == 1 else f"{number} zip files"
    note = f"As {ending} the parts are too large to be sent one by one, so they are in {words}."
    zips = []
    for place, load in enumerate(loads, start=1):
        path = into / f"parts-{place}.zip"
        inside = [parts[index] for index in load]
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for part in inside:
                bundle.write(part.path, part.file_name)
        zips.append(
            Sound(
                path=path,
                file_name=name("stems" if number == 1 else f"stems {place}"),
                seconds=max((part.seconds or 0 for part in inside), default=0) or None,
                waveform=inside[0].waveform,
                note=note,
                parts=tuple(part.label or part.file_name for part in inside),
            )
        )
    return tuple(zips)


def _share_out(sizes: Sequence[int], limit_bytes: int) -> list[list[int]] | None:
    """Put files into as few zips as their order allows, by their places; None if that fails."""
    loads: list[list[int]] = []
    room = 0
    for place, size in enumerate(sizes):
        if size > limit_bytes:
            return None
        if size > room:
            loads.append([])
            room = limit_bytes
        loads[-1].append(place)
        room -= size
    fits = len(loads) <= MOST_FILES and sum(sizes) <= REQUEST_BYTES
    return loads if fits else None


def _packed_bytes(path: Path) -> int:
    """Say how large a file is in a zip."""
    packer = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    size = 0
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            size += len(packer.compress(piece))
    return size + len(packer.flush()) + _ENTRY_BYTES
