"""ACE-Step: tags and lyrics in, cheap and quick, with every step of remixing."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from bot.catalogue.about import PROSE, TAGS, About, AudioInput, Take, Voice
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint, Unfit
from bot.catalogue.prices import PerTime
from bot.domain.job import Json, Kind

_PRICE = PerTime(usd=Decimal("0.0002"))
_UNKNOWN_TAGS = "music"
"""Stands for the tags of a source that nobody described; the endpoint requires some."""

_WITH_SOURCE: Mapping[str, Take] = {
    "prompt": Take(field="tags"),
    "lyrics": Take(field="lyrics"),
    "instrumental": Take(field="lyrics", yes="[inst]"),
    "seed": Take(field="seed"),
    "source_url": Take(field="audio_url"),
}
"""What the endpoints that work on a source take alike."""


class _Ace(Endpoint):
    """The fields that all ACE-Step endpoints share."""

    weave: ClassVar = TAGS

    number_of_steps: int = Field(default=27, ge=3, le=60)
    seed: int | None = None
    scheduler: Literal["euler", "heun"] = "euler"
    guidance_type: Literal["cfg", "apg", "cfg_star"] = "apg"
    granularity_scale: int = Field(default=10, ge=-100, le=100)
    guidance_interval: float = Field(default=0.5, ge=0, le=1)
    guidance_interval_decay: float = Field(default=0, ge=0, le=1)
    guidance_scale: float = Field(default=15, ge=0, le=200)
    minimum_guidance_scale: float = Field(default=3, ge=0, le=200)
    tag_guidance_scale: float = Field(default=5, ge=0, le=10)
    lyric_guidance_scale: float = Field(default=1.5, ge=0, le=10)


class AceStep(_Ace):
    """fal-ai/ace-step."""

    about: ClassVar = About(
        endpoint="fal-ai/ace-step",
        title="ACE-Step",
        use="Songs from style tags and your lyrics, at a very low price",
        serves={Kind.SONG: 1, Kind.MUSIC: 4},
        price=_PRICE,
        voice=Voice.EITHER,
        usual=60,
    )
    takes: ClassVar = {
        "prompt": Take(field="tags"),
        "lyrics": Take(field="lyrics"),
        "instrumental": Take(field="lyrics", yes="[inst]"),
        "duration": Take(field="duration"),
        "seed": Take(field="seed"),
    }

    tags: str
    lyrics: str = ""
    duration: float = Field(default=60, ge=5, le=240)


class AceStepPrompt(_Ace):
    """fal-ai/ace-step/prompt-to-audio."""

    about: ClassVar = About(
        endpoint="fal-ai/ace-step/prompt-to-audio",
        title="ACE-Step from Prompt",
        use="Songs or instrumentals from one description; writes the lyrics itself",
        serves={Kind.MUSIC: 3, Kind.SONG: 8},
        price=_PRICE,
        voice=Voice.EITHER,
        writes_lyrics=True,
        usual=60,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "instrumental": Take(field="instrumental"),
        "duration": Take(field="duration"),
        "seed": Take(field="seed"),
    }
    weave: ClassVar = PROSE

    prompt: str
    instrumental: bool = False
    duration: float = Field(default=60, ge=5, le=240)


class AceStepRemix(_Ace):
    """fal-ai/ace-step/audio-to-audio. The result is as long as the source."""

    about: ClassVar = About(
        endpoint="fal-ai/ace-step/audio-to-audio",
        title="ACE-Step Remix",
        use="A new style or new lyrics for audio that exists",
        serves={Kind.REMIX: 1},
        price=_PRICE,
        modes=frozenset({Mode.RESTYLE, Mode.LYRICS}),
        voice=Voice.EITHER,
        longest=240,
        takes_audio=AudioInput(max_seconds=240),
    )
    takes: ClassVar = {
        **_WITH_SOURCE,
        "original_tags": Take(field="original_tags"),
        "original_lyrics": Take(field="original_lyrics"),
        "original_seed": Take(field="original_seed"),
    }

    audio_url: str
    edit_mode: Literal["lyrics", "remix"] = "remix"
    original_tags: str
    original_lyrics: str = ""
    tags: str
    lyrics: str = ""
    original_seed: int | None = None

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Carry the source's words over where the words are not what changes."""
        draft = super().from_ask(ask)
        if ask.remix_mode is Mode.LYRICS:
            if "lyrics" not in draft:
                raise Unfit("There are no new lyrics", "Write the words it should sing instead")
            draft["edit_mode"] = "lyrics"
        elif "lyrics" not in draft and ask.original.lyrics:
            draft["lyrics"] = ask.original.lyrics
        return draft

    @classmethod
    def free_text(cls, ask: Ask) -> str | None:
        """Keep the source's style when only the words change."""
        text = super().free_text(ask)
        return _UNKNOWN_TAGS if text is None and ask.remix_mode is Mode.LYRICS else text

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Name some tags for a source that has none."""
        super().complete(draft, ask)
        draft.setdefault("original_tags", _UNKNOWN_TAGS)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length, which stays."""
        return source_seconds


class _AceEdit(_Ace):
    """The endpoints that leave most of the source as it is."""

    lyrics: str = ""

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Sing on with the source's words where nobody gave others."""
        super().complete(draft, ask)
        if ask.original.lyrics:
            draft.setdefault("lyrics", ask.original.lyrics)


class AceStepInpaint(_AceEdit):
    """fal-ai/ace-step/audio-inpaint."""

    about: ClassVar = About(
        endpoint="fal-ai/ace-step/audio-inpaint",
        title="ACE-Step Inpaint",
        use="Replaces a section of audio that exists",
        serves={Kind.REMIX: 3},
        price=_PRICE,
        modes=frozenset({Mode.REPLACE}),
        voice=Voice.EITHER,
        longest=240,
        takes_audio=AudioInput(max_seconds=240),
    )
    takes: ClassVar = {
        **_WITH_SOURCE,
        "start": Take(field="start_time"),
        "end": Take(field="end_time"),
        "strength": Take(field="variance"),
    }

    audio_url: str
    tags: str
    start_time: float = Field(default=0, ge=0, le=240)
    start_time_relative_to: Literal["start", "end"] = "start"
    end_time: float = Field(default=30, ge=0, le=240)
    end_time_relative_to: Literal["start", "end"] = "start"
    variance: float = Field(default=0.5, ge=0, le=1)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length, which stays."""
        return source_seconds


class AceStepOutpaint(_AceEdit):
    """fal-ai/ace-step/audio-outpaint."""

    about: ClassVar = About(
        endpoint="fal-ai/ace-step/audio-outpaint",
        title="ACE-Step Extend",
        use="Adds to the beginning or the end of audio that exists",
        serves={Kind.REMIX: 2},
        price=_PRICE,
        modes=frozenset({Mode.EXTEND}),
        voice=Voice.EITHER,
        longest=720,
        takes_audio=AudioInput(max_seconds=240),
    )
    takes: ClassVar = {
        **_WITH_SOURCE,
        "before": Take(field="extend_before_duration"),
        "after": Take(field="extend_after_duration"),
    }

    audio_url: str
    tags: str
    extend_before_duration: float = Field(default=0, ge=0, le=240)
    extend_after_duration: float = Field(default=30, ge=0, le=240)

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Extend only the beginning when only the beginning was asked for."""
        super().complete(draft, ask)
        if "extend_before_duration" in draft:
            draft.setdefault("extend_after_duration", 0)

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length and what is added."""
        if source_seconds is None:
            return None
        return source_seconds + self.extend_before_duration + self.extend_after_duration
