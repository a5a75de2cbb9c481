"""Demucs: takes a recording apart."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from bot.catalogue.about import About, AudioInput, Take
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime
from bot.domain.job import Kind


class Demucs(Endpoint):
    """fal-ai/demucs. Guitar and piano come only from the six-stem model, which is the default."""

    about: ClassVar = About(
        endpoint="fal-ai/demucs",
        title="Demucs",
        use="Splits audio into vocals, drums, bass, guitar, piano and the rest",
        serves={Kind.STEMS: 1},
        run_seconds=900,
        price=PerTime(usd=Decimal("0.0007"), source=True),
        files=("vocals", "drums", "bass", "other", "guitar", "piano"),
        takes_audio=AudioInput(max_seconds=900),
    )
    takes: ClassVar = {"source_url": Take(field="audio_url")}
    needs_prompt: ClassVar = False

    audio_url: str
    model: Literal[
        "htdemucs",
        "htdemucs_ft",
        "htdemucs_6s",
        "hdemucs_mmi",
        "mdx",
        "mdx_extra",
        "mdx_q",
        "mdx_extra_q",
    ] = "htdemucs_6s"
    stems: list[Literal["vocals", "drums", "bass", "other", "guitar", "piano"]] | None = None
    segment_length: int | None = None
    shifts: int = Field(default=1, ge=1, le=10)
    overlap: float = Field(default=0.25, ge=0, le=1)
    output_format: Literal["wav", "mp3"] = "mp3"

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length; stems are as long."""
        return source_seconds
