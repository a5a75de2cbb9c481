"""Sounds and files for the tests of this room, made on the spot."""

from __future__ import annotations

import struct
from pathlib import Path

import lameenc
import numpy as np
import soundfile
from numpy.typing import NDArray

Samples = NDArray[np.float32]


def music(seconds: float, *, rate: int = 44_100, channels: int = 2, seed: int = 1) -> Samples:
    """Make something that swells and hisses, so that it is neither easy nor hard to compress."""
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal(len(time))
    tone = np.sin(2 * np.pi * 220 * time) * (0.6 + 0.4 * np.sin(time * 3))
    one = 0.4 * tone + 0.08 * noise
    return np.stack([one * (1 - 0.1 * side) for side in range(channels)], 1).astype(np.float32)


def write_file(path: Path, samples: Samples, *, rate: int = 44_100, kbps: int = 128) -> Path:
    """Write samples in the format that the path's ending names."""
    match path.suffix:
        case ".mp3":
            encoder = lameenc.Encoder()
            encoder.silence()
            encoder.set_channels(samples.shape[1])
            encoder.set_in_sample_rate(rate)
            encoder.set_bit_rate(kbps)
            pcm = (samples * 32_767).astype(np.int16).tobytes()
            path.write_bytes(encoder.encode(pcm) + encoder.flush())
        case ".ogg":
            soundfile.write(path, samples, rate, format="OGG", subtype="OPUS")
        case _:
            soundfile.write(path, samples, rate)
    return path


def wav_header(*, channels: int, rate: int, data_bytes: int, bits: int = 16) -> bytes:
    """Write a WAV header that may claim anything."""
    frame = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", 1, channels, rate, (rate * frame) & 0xFFFFFFFF, frame & 0xFFFF, bits
    )
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form
    return (
        b"RIFF"
        + struct.pack("<I", 36 + data_bytes)
        + body
        + b"data"
        + struct.pack("<I", data_bytes)
    )


def claim_frames(flac: Path, frames: int) -> Path:
    """Make a FLAC file's header claim another length; 0 stands for unknown."""
    data = bytearray(flac.read_bytes())
    field = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames
    data[18:26] = field.to_bytes(8, "big")
    flac.write_bytes(data)
    return flac
