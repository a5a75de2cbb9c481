"""Stable Audio 1 and 2.5. The length has three names: seconds_total, total_seconds, duration."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import About, AudioInput, Take, Weave
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest, Unpublished
from bot.domain.job import Json, Kind

PIPES = Weave(
    lead=" | ", join=" | ", end="", genre="Genre: {}", key="Key: {}", tempo="BPM: {}", without=None
)
"""Attributes in a row, as Stability's own examples write them; they know no negation."""
_PRICE = PerRequest(usd=Decimal("0.20"))


class StableAudio(Endpoint):
    """fal-ai/stable-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio",
        title="Stable Audio",
        use="Loops, textures and short pieces up to 47 seconds",
        serves={Kind.MUSIC: 11},
        price=Unpublished(at_most=Decimal("0.02")),
        usual=30,
        files=("audio_file",),
    )
    takes: ClassVar = {"prompt": Take(field="prompt"), "duration": Take(field="seconds_total")}
    weave: ClassVar = PIPES

    prompt: str
    seconds_start: int = Field(default=0, ge=0, le=47)
    seconds_total: int = Field(default=30, ge=0, le=47)
    steps: int = Field(default=100, ge=1, le=1000)


class _StableAudio25(Endpoint):
    """What the endpoints of Stable Audio 2.5 share. `sync_mode` puts the audio into the answer."""

    weave: ClassVar = PIPES
    unplayable: ClassVar = {"sync_mode": frozenset({True})}

    prompt: str
    num_inference_steps: int = Field(default=8, ge=4, le=8)
    guidance_scale: float = Field(default=1, ge=1, le=25)
    seed: int | None = None
    sync_mode: bool = False


class StableAudio25(_StableAudio25):
    """fal-ai/stable-audio-25/text-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-25/text-to-audio",
        title="Stable Audio 2.5",
        use="Instrumental music and soundscapes up to three minutes",
        serves={Kind.MUSIC: 9},
        price=_PRICE,
        usual=190,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "duration": Take(field="seconds_total"),
        "seed": Take(field="seed"),
    }

    seconds_total: int = Field(default=190, ge=1, le=190)


class StableAudio25Remix(_StableAudio25):
    """fal-ai/stable-audio-25/audio-to-audio. As long as the source unless told otherwise."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-25/audio-to-audio",
        title="Stable Audio 2.5 Restyle",
        use="A new sound for audio that exists, as strong as you like",
        serves={Kind.REMIX: 7},
        price=_PRICE,
        modes=frozenset({Mode.RESTYLE}),
        takes_audio=AudioInput(max_seconds=190),
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "duration": Take(field="total_seconds"),
        "seed": Take(field="seed"),
        "source_url": Take(field="audio_url"),
        "strength": Take(field="strength"),
    }

    audio_url: str
    strength: float = Field(default=0.8, ge=0.01, le=1)
    total_seconds: int | None = Field(default=None, ge=1, le=190)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the length asked for, else the source's."""
        return self.total_seconds or source_seconds


class StableAudio25Inpaint(_StableAudio25):
    """fal-ai/stable-audio-25/inpaint."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-25/inpaint",
        title="Stable Audio 2.5 Inpaint",
        use="Replaces a section of audio that exists",
        serves={Kind.REMIX: 8},
        price=_PRICE,
        modes=frozenset({Mode.REPLACE}),
        takes_audio=AudioInput(max_seconds=190),
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "duration": Take(field="seconds_total"),
        "seed": Take(field="seed"),
        "source_url": Take(field="audio_url"),
        "start": Take(field="mask_start"),
        "end": Take(field="mask_end"),
    }

    audio_url: str
    seconds_total: int = Field(default=190, ge=1, le=190)
    mask_start: int = Field(default=30, ge=0, le=190)
    mask_end: int = Field(default=190, ge=0, le=190)

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Keep the source's length; left out, everything would become 190 seconds long."""
        super().complete(draft, ask)
        if ask.source_seconds is not None:
            draft.setdefault("seconds_total", min(190, max(1, math.ceil(ask.source_seconds))))
