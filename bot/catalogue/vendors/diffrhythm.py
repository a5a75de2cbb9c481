"""DiffRhythm: whole songs from lyrics, with times where the singer should come in."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from bot.catalogue.about import TAGS, About, AudioInput, LyricRules, Take, Voice
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime
from bot.domain.job import Kind


class DiffRhythm(Endpoint):
    """fal-ai/diffrhythm."""

    about: ClassVar = About(
        endpoint="fal-ai/diffrhythm",
        title="DiffRhythm",
        use="Songs from lyrics, timed line by line if you like",
        serves={Kind.SONG: 7},
        price=PerTime(usd=Decimal("0.01"), every=10, started=True),
        voice=Voice.ALWAYS,
        usual=95,
        takes_audio=AudioInput(),
    )
    takes: ClassVar = {
        "prompt": Take(field="style_prompt"),
        "lyrics": Take(field="lyrics"),
        "duration": Take(field="music_duration", choices={95: "95s", 285: "285s"}),
        "source_url": Take(field="reference_audio_url"),
    }
    weave: ClassVar = TAGS
    lyric_rules: ClassVar = LyricRules(sections=2, openers=("verse", "chorus"), timed=True)

    lyrics: str
    reference_audio_url: str | None = None
    style_prompt: str | None = None
    music_duration: Literal["95s", "285s"] = "95s"
    cfg_strength: float = Field(default=4, ge=1, le=10)
    scheduler: Literal["euler", "midpoint", "rk4", "implicit_adams"] = "euler"
    num_inference_steps: int = Field(default=32, ge=10, le=100)
