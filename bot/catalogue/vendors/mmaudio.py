"""MMAudio from text. Its seeds are 16 bits; without the sub-path the endpoint wants a video."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import About, Take
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime
from bot.domain.job import Kind


class MMAudio(Endpoint):
    """fal-ai/mmaudio-v2/text-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/mmaudio-v2/text-to-audio",
        title="MMAudio",
        use="Sound effects and ambience up to 30 seconds, with exclusions",
        serves={Kind.SFX: 4},
        run_seconds=300,
        price=PerTime(usd=Decimal("0.001")),
        usual=8,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "negative_prompt": Take(field="negative_prompt"),
        "duration": Take(field="duration"),
        "seed": Take(field="seed"),
    }

    prompt: str
    negative_prompt: str = ""
    seed: int | None = Field(default=None, ge=0, le=65535)
    num_steps: int = Field(default=25, ge=4, le=50)
    duration: float = Field(default=8, ge=1, le=30)
    cfg_strength: float = Field(default=4.5, ge=0, le=20)
    mask_away_clip: bool = False
