"""A small studio: real sound from words, on this machine, the same every time.

All sound is 32-bit float, stereo, 44.1 kHz, as an array of shape (samples, 2).
"""

from __future__ import annotations

from sandbox.fal.synth import master, render, score, sounds, words
from sandbox.fal.synth.encode import CONTENT_TYPES, container_for, encode
from sandbox.fal.synth.tones import RATE, Samples

__all__ = ["CONTENT_TYPES", "RATE", "Samples", "compose", "container_for", "encode", "sound"]


def compose(
    prompt: str,
    *,
    seconds: float,
    seed: int,
    negative: str = "",
    bpm: float | None = None,
) -> Samples:
    """Make music of exactly the given length from a prompt."""
    style = words.read(prompt, negative=negative, seed=seed, bpm=bpm)
    return master.master(render.perform(score.write(style, seconds), style))


def sound(prompt: str, *, seconds: float, seed: int, loop: bool = False) -> Samples:
    """Make a sound effect of exactly the given length; `loop` lets its end meet its beginning."""
    return sounds.make(prompt, seconds=seconds, seed=seed, loop=loop)
