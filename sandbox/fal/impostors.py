"""Files that are not what a model makes, under the name and type of one that is."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import soundfile

SILENT_HOURS = 6
SILENT_RATE = 8000
PACKED_BYTES = 512 * 1024 * 1024


@cache
def silence() -> bytes:
    """Give hours of silence in a few megabytes: small to send, huge to decode."""
    file = io.BytesIO()
    block = np.zeros(SILENT_RATE * 60, dtype=np.int16)
    with soundfile.SoundFile(
        file, "w", samplerate=SILENT_RATE, channels=1, format="FLAC", subtype="PCM_16"
    ) as sound:
        for _ in range(SILENT_HOURS * 60):
            sound.write(block)
    return file.getvalue()


@cache
def picture() -> bytes:
    """Give a PNG of one pixel."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
        "0000000049454e44ae426082"
    )


@cache
def archive() -> bytes:
    """Give the beginning of a zip, with the name of a file that wants out of its folder."""
    name = b"../../../etc/cron.d/x"
    head = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0)
    return head + name + bytes(2000)


@cache
def playlist() -> bytes:
    """Give a list of other files, which some decoders open."""
    return b"ffconcat version 1.0\nfile '/etc/hostname'\n"


@cache
def crowd() -> bytes:
    """Give a WAV that announces more channels and samples than any machine can hold."""
    form = struct.pack("<HHIIHH", 1, 1024, 2**31, 2**32 - 1, 2048, 16)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form
    chunks += b"data" + struct.pack("<I", 2**31) + bytes(4000)
    return b"RIFF" + struct.pack("<I", 2**31 + 36) + b"WAVE" + chunks


@cache
def packed() -> bytes:
    """Give a gzip of half a gigabyte of zeros, to be sent as packed content."""
    file = io.BytesIO()
    with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as zipped:
        for _ in range(PACKED_BYTES // 2**20):
            zipped.write(bytes(2**20))
    return file.getvalue()


KINDS: Mapping[str, Callable[[], bytes]] = {
    "silence": silence,
    "picture": picture,
    "archive": archive,
    "playlist": playlist,
    "crowd": crowd,
    "packed": packed,
    "nothing": lambda: b"",
}
