"""Writing samples as a file: the types that models answer with."""

from __future__ import annotations

import io

import lameenc
import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from sandbox.fal.synth.tones import RATE, Samples

BLOCK = 65_536
CONTENT_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
}
# What libsndfile cannot write is answered as MP3, under its own true name.
FALLBACK = "mp3"
MP3_RATES = (32_000, 44_100, 48_000)


def container_for(wanted: str) -> str:
    """Give the type that will be written when another is asked for."""
    return wanted if wanted in CONTENT_TYPES else FALLBACK


def encode(wave: Samples, container: str, rate: int = RATE) -> bytes:
    """Encode stereo samples at 44.1 kHz as a file of a type, at a rate if the type allows it."""
    match container:
        case "mp3":
            return _mp3(wave)
        case "opus":
            return _written(_at(wave, 48_000), 48_000, "OGG", "OPUS")
        case "ogg":
            return _written(_at(wave, rate), rate, "OGG", "VORBIS")
        case "flac":
            return _written(_at(wave, rate), rate, "FLAC", "PCM_16")
        case "pcm":
            return _sixteen(_at(wave, rate)).tobytes()
        case _:
            return _written(_at(wave, rate), rate, "WAV", "PCM_16")


def _at(wave: Samples, rate: int) -> Samples:
    if rate == RATE:
        return wave
    return np.asarray(soxr.resample(wave, RATE, rate), dtype=np.float32)


def _written(wave: Samples, rate: int, container: str, subtype: str) -> bytes:
    target = io.BytesIO()
    with soundfile.SoundFile(
        target, "w", samplerate=rate, channels=2, format=container, subtype=subtype
    ) as file:
        # One long write to Ogg crashes libsndfile.
        for start in range(0, len(wave), BLOCK):
            file.write(wave[start : start + BLOCK])
    return target.getvalue()


def _sixteen(wave: Samples) -> npt.NDArray[np.int16]:
    return (np.clip(wave, -1, 1) * 32_767).astype("<i2")


def _mp3(wave: Samples) -> bytes:
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(192)
    encoder.set_in_sample_rate(RATE)
    encoder.set_channels(2)
    encoder.set_quality(7)
    encoder.silence()
    parts = [
        bytes(encoder.encode(_sixteen(wave[start : start + BLOCK]).tobytes()))
        for start in range(0, len(wave), BLOCK)
    ]
    return b"".join([*parts, bytes(encoder.flush())])
