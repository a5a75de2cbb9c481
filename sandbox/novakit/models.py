"""What NovaKit's models are asked for, as a commission for the studio."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from bot.domain.job import Json
from sandbox.fal import sources
from sandbox.fal.engines import Makes
from sandbox.fal.shelf import Shelf
from sandbox.fal.works import Commission

MODELS: Mapping[str, float] = {
    "fal-ai/stable-audio": 47,
    "fal-ai/stable-audio-25/text-to-audio": 60,
    "fal-ai/minimax-music/v2": 60,
    "fal-ai/minimax-music/v1.5": 60,
    "beatoven/music-generation": 60,
    "sonauto/v2/text-to-music": 60,
}
"""Longest seconds of each model (NovaKit docs, Music Generation)."""

_SUNG_FROM_PROMPT = "fal-ai/minimax-music/v1.5"


def commission(shelf: Shelf, model: str, body: Mapping[str, Json]) -> Commission:
    """Read a request.

    Raises:
        sources.Missing: The source cannot be had.
    """
    inputs = body.get("model_inputs")
    further = inputs if isinstance(inputs, dict) else {}
    prompt, lyrics = str(body["prompt"]), str(further.get("lyrics_prompt") or "")
    if model == _SUNG_FROM_PROMPT:
        prompt, lyrics = lyrics, prompt
    source = _source(shelf, body.get("source_audio"))
    seed = further.get("seed")
    return Commission(
        makes=Makes.RESTYLED if source else Makes.SONG if lyrics else Makes.MUSIC,
        prompt=prompt,
        negative=str(body.get("negative_prompt") or ""),
        lyrics=lyrics,
        seconds=_seconds(body),
        seed=seed if isinstance(seed, int) else secrets.randbelow(2**31),
        container=str(body.get("output_format") or "mp3"),
        rate=44_100,
        source=source,
    )


def _seconds(body: Mapping[str, Json]) -> float:
    value = body.get("duration_seconds")
    return float(value) if isinstance(value, (int, float)) else 30.0


def _source(shelf: Shelf, given: Json) -> bytes | None:
    """Give the bytes of a source: behind an address, or written out in the request itself."""
    if not isinstance(given, str) or not given:
        return None
    is_address = given.startswith(("http://", "https://", "data:"))
    return sources.fetch(shelf, {"audio_url": given if is_address else f"data:;base64,{given}"})
