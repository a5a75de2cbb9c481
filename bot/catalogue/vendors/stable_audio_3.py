"""Stable Audio 3: any audio format, a seed, and a field for what to leave out."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from bot.catalogue.about import About, AudioInput, Take
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest
from bot.catalogue.vendors.stable_audio import PIPES
from bot.domain.job import Json, Kind

_TAKES = {
    "prompt": Take(field="prompt"),
    "negative_prompt": Take(field="negative_prompt"),
    "seed": Take(field="seed"),
}
_SOURCE = {**_TAKES, "source_url": Take(field="audio_url")}
_USUAL_EXTENSION = 30


class _StableAudio3(Endpoint):
    """What the endpoints of Stable Audio 3 share. `sync_mode` puts the audio into the answer."""

    weave: ClassVar = PIPES
    unplayable: ClassVar = {"sync_mode": frozenset({True})}

    prompt: str
    negative_prompt: str = ""
    num_inference_steps: int = Field(default=8, ge=1, le=100)
    guidance_scale: float = Field(default=1, ge=0, le=25)
    seed: int | None = None
    enable_prompt_expansion: bool = False
    enable_safety_checker: bool = True
    sync_mode: bool = False
    output_format: Literal["mp3", "wav", "flac", "ogg", "opus", "m4a", "aac"] = "mp3"
    bitrate: str = "192k"


class StableAudio3(_StableAudio3):
    """fal-ai/stable-audio-3/medium/text-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-3/medium/text-to-audio",
        title="Stable Audio 3",
        use="Music up to six minutes, with seed and exclusions",
        serves={Kind.MUSIC: 2},
        price=PerRequest(usd=Decimal("0.0376")),
        usual=30,
    )
    takes: ClassVar = {**_TAKES, "duration": Take(field="duration")}

    duration: float = Field(default=30, ge=1, le=380)


class StableAudio3SoundEffects(_StableAudio3):
    """fal-ai/stable-audio-3/small/sfx/text-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-3/small/sfx/text-to-audio",
        title="Stable Audio 3 Sound Effects",
        use="Sound effects and ambience up to two minutes",
        serves={Kind.SFX: 3},
        price=PerRequest(usd=Decimal("0.0206")),
        usual=30,
    )
    takes: ClassVar = {**_TAKES, "duration": Take(field="duration")}

    duration: float = Field(default=30, ge=1, le=120)


class StableAudio3Remix(_StableAudio3):
    """fal-ai/stable-audio-3/medium/audio-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-3/medium/audio-to-audio",
        title="Stable Audio 3 Restyle",
        use="A new sound for audio that exists",
        serves={Kind.REMIX: 4},
        price=PerRequest(usd=Decimal("0.0417")),
        modes=frozenset({Mode.RESTYLE}),
        takes_audio=AudioInput(max_seconds=380),
    )
    takes: ClassVar = {
        **_SOURCE,
        "duration": Take(field="duration"),
        "strength": Take(field="init_noise_level"),
    }

    audio_url: str
    duration: float | None = Field(default=None, ge=1, le=380)
    init_noise_level: float = Field(default=0.9, ge=0, le=1)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the length asked for, else the source's."""
        return self.duration or source_seconds


class StableAudio3Inpaint(_StableAudio3):
    """fal-ai/stable-audio-3/medium/audio-inpainting."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-3/medium/audio-inpainting",
        title="Stable Audio 3 Inpaint",
        use="Replaces a section of audio that exists",
        serves={Kind.REMIX: 6},
        price=PerRequest(usd=Decimal("0.0442")),
        modes=frozenset({Mode.REPLACE}),
        takes_audio=AudioInput(max_seconds=380),
    )
    takes: ClassVar = {
        **_SOURCE,
        "start": Take(field="mask_start_seconds"),
        "end": Take(field="mask_end_seconds"),
    }

    audio_url: str
    mask_start_seconds: float = Field(ge=0)
    mask_end_seconds: float = Field(ge=0)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length, which stays."""
        return source_seconds


class StableAudio3Outpaint(_StableAudio3):
    """fal-ai/stable-audio-3/medium/audio-outpainting."""

    about: ClassVar = About(
        endpoint="fal-ai/stable-audio-3/medium/audio-outpainting",
        title="Stable Audio 3 Extend",
        use="Adds to the beginning or the end of audio that exists",
        serves={Kind.REMIX: 5},
        price=PerRequest(usd=Decimal("0.0446")),
        modes=frozenset({Mode.EXTEND}),
        takes_audio=AudioInput(max_seconds=380),
    )
    takes: ClassVar = {
        **_SOURCE,
        "before": Take(field="extend_seconds_before"),
        "after": Take(field="extend_seconds_after"),
    }

    audio_url: str
    extend_seconds_before: float | None = Field(default=None, ge=0)
    extend_seconds_after: float | None = Field(default=None, ge=0)

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Extend the end when nobody says which side; the endpoint's own default is not known."""
        super().complete(draft, ask)
        if not draft.keys() & {"extend_seconds_before", "extend_seconds_after"}:
            draft["extend_seconds_after"] = _USUAL_EXTENSION

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length and what is added."""
        if source_seconds is None:
            return None
        return source_seconds + (self.extend_seconds_before or 0) + (self.extend_seconds_after or 0)
