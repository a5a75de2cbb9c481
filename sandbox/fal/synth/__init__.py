"""A small studio: real sound from words, on this machine, the same every time.

All sound is 32-bit float, stereo, 44.1 kHz, as an array of shape (samples, 2).
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.fal.synth import master, render, rework, score, sounds, voice, words
from sandbox.fal.synth.ear import Heard, listen
from sandbox.fal.synth.encode import CONTENT_TYPES, container_for, encode
from sandbox.fal.synth.rework import TooLong, Unreadable
from sandbox.fal.synth.tones import RATE, Samples

__all__ = [
    "CONTENT_TYPES",
    "RATE",
    "Heard",
    "Samples",
    "TooLong",
    "Unreadable",
    "compose",
    "container_for",
    "encode",
    "listen",
    "read",
    "rework",
    "sound",
]

read = rework.read


def compose(
    prompt: str,
    *,
    seconds: float,
    seed: int,
    negative: str = "",
    lyrics: str = "",
    bpm: float | None = None,
    like: Heard | None = None,
) -> Samples:
    """Make music of exactly the given length from a prompt.

    Args:
        prompt: What it should sound like.
        seconds: How long it is.
        seed: What chance is drawn from; the same words and seed give the same samples.
        negative: What should not be heard.
        lyrics: What is sung; empty for no voice.
        bpm: The tempo, if not left to the prompt.
        like: A recording whose tempo and key are taken over.
    """
    tempo = bpm or (like.tempo if like else None)
    style = words.read(prompt, negative=negative, seed=seed, bpm=tempo)
    if like is not None:
        style = replace(style, root=like.root, mode=like.mode)
    written = score.write(style, seconds)
    if lyrics and words.may_sing(prompt, negative):
        written = voice.sing(written, voice.syllables(lyrics))
    return master.master(render.perform(written, style))


def sound(prompt: str, *, seconds: float, seed: int, loop: bool = False) -> Samples:
    """Make a sound effect of exactly the given length; `loop` lets its end meet its beginning."""
    return sounds.make(prompt, seconds=seconds, seed=seed, loop=loop)
