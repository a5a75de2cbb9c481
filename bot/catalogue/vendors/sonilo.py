"""Sonilo: up to ten minutes, and up to three results of one request."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import About, Take
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime
from bot.domain.job import Kind


class Sonilo(Endpoint):
    """sonilo/v1.1/text-to-music."""

    about: ClassVar = About(
        endpoint="sonilo/v1.1/text-to-music",
        title="Sonilo",
        use="Instrumental music up to ten minutes, several takes at once",
        serves={Kind.MUSIC: 10},
        price=PerTime(usd=Decimal("0.0025"), at_least=10),
        usual=90,
        files=("audio", "audios"),
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "duration": Take(field="duration"),
        "variations": Take(field="num_samples"),
    }

    prompt: str
    duration: int = Field(default=90, ge=1, le=600)
    num_samples: int = Field(default=1, ge=1, le=3)
