"""Beatoven. Left fal's published list early in 2026; the endpoints may still answer."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import About, Take
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest
from bot.domain.job import Kind

_TAKES = {
    "prompt": Take(field="prompt"),
    "negative_prompt": Take(field="negative_prompt"),
    "duration": Take(field="duration"),
    "seed": Take(field="seed"),
}


class BeatovenMusic(Endpoint):
    """beatoven/music-generation."""

    about: ClassVar = About(
        endpoint="beatoven/music-generation",
        title="Beatoven Music",
        use="Royalty-free instrumental music with exclusions",
        serves={Kind.MUSIC: 14},
        price=PerRequest(usd=Decimal("0.10")),
        usual=90,
        listed=False,
    )
    takes: ClassVar = _TAKES

    prompt: str
    negative_prompt: str = ""
    duration: float = Field(default=90, ge=5, le=150)
    refinement: int = Field(default=100, ge=10, le=200)
    creativity: float = Field(default=16, ge=1, le=20)
    seed: int | None = Field(default=None, ge=0, le=2_147_483_647)


class BeatovenSoundEffects(Endpoint):
    """beatoven/sound-effect-generation."""

    about: ClassVar = About(
        endpoint="beatoven/sound-effect-generation",
        title="Beatoven Sound Effects",
        use="Sound effects up to 35 seconds with exclusions",
        serves={Kind.SFX: 6},
        price=PerRequest(usd=Decimal("0.10")),
        usual=5,
        listed=False,
    )
    takes: ClassVar = _TAKES

    prompt: str
    negative_prompt: str = ""
    duration: float = Field(default=5, ge=1, le=35)
    refinement: int = Field(default=40, ge=10, le=200)
    creativity: float = Field(default=16, ge=1, le=20)
    seed: int | None = Field(default=None, ge=0, le=2_147_483_647)
