"""Nur's one model of music (Nur docs, Music Generation). Plans have so many tracks a month."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from bot.catalogue.about import PROSE, About, Take, Voice
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import Unpublished
from bot.domain.job import Kind


class NurMusic(Endpoint):
    """nur/music."""

    about: ClassVar = About(
        endpoint="nur/music",
        title="Nur Music",
        use="Royalty-free music up to five minutes, from a Nur plan",
        serves={Kind.MUSIC: 40},
        price=Unpublished(at_most=Decimal("0.10")),
        provider="nur",
        voice=Voice.EITHER,
        usual=30,
        files=("audio_url",),
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "duration": Take(field="duration"),
        "genre": Take(field="genre"),
        "tempo": Take(field="tempo"),
    }
    weave: ClassVar = PROSE

    prompt: str
    duration: int = Field(default=30, ge=5, le=300)
    genre: str | None = None
    tempo: int | None = Field(default=None, ge=40, le=220)
    output_format: Literal["mp3", "wav", "flac", "ogg"] = "mp3"
