"""MiniMax. Versions 1 and 1.5 call the words ``prompt``, later ones mean the style by it."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.catalogue.about import PROSE, TAGS, About, AudioInput, LyricRules, Take, Voice
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest, PerTime, Unpublished
from bot.domain.job import Json, Kind

_UNPLAYABLE = {"audio_setting.format": frozenset({"pcm"})}


class AudioSetting(BaseModel):
    """The sound file of versions 1.5 and 2."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample_rate: Literal[8000, 16000, 22050, 24000, 32000, 44100] = 44100
    bitrate: Literal[32000, 64000, 128000, 256000] = 256000
    format: Literal["mp3", "pcm", "flac"] = "mp3"


class AudioSetting26(BaseModel):
    """The sound file of version 2.6."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sample_rate: Literal[16000, 24000, 32000, 44100] = 44100
    bitrate: Literal[32000, 64000, 128000, 256000] = 256000
    format: Literal["mp3", "wav", "pcm"] = "mp3"


class MiniMax1(Endpoint):
    """fal-ai/minimax-music. `prompt` is the lyrics; the sound is the reference's."""

    about: ClassVar = About(
        endpoint="fal-ai/minimax-music",
        title="MiniMax Music",
        use="Sings your lyrics in the manner of a reference recording",
        serves={Kind.SONG: 10, Kind.REMIX: 9},
        run_seconds=900,
        price=Unpublished(at_most=Decimal("0.035")),
        modes=frozenset({Mode.LYRICS}),
        voice=Voice.ALWAYS,
        longest=60,
        takes_audio=AudioInput(min_seconds=15, formats=frozenset({"mp3", "wav"})),
    )
    takes: ClassVar = {
        "lyrics": Take(field="prompt"),
        "source_url": Take(field="reference_audio_url"),
    }
    needs_prompt: ClassVar = False
    weave: ClassVar = TAGS

    prompt: str = Field(min_length=1, max_length=600)
    reference_audio_url: str


class MiniMax15(Endpoint):
    """fal-ai/minimax-music/v1.5. `prompt` is the lyrics, `lyrics_prompt` is the style."""

    about: ClassVar = About(
        endpoint="fal-ai/minimax-music/v1.5",
        title="MiniMax Music 1.5",
        use="Songs from a style and short lyrics",
        serves={Kind.SONG: 6},
        run_seconds=900,
        price=PerRequest(usd=Decimal("0.03")),
        voice=Voice.ALWAYS,
        longest=240,
    )
    takes: ClassVar = {
        "prompt": Take(field="lyrics_prompt"),
        "lyrics": Take(field="prompt"),
    }
    weave: ClassVar = TAGS
    unplayable: ClassVar = _UNPLAYABLE

    prompt: str = Field(min_length=10, max_length=600)
    lyrics_prompt: str = Field(min_length=10, max_length=3000)
    audio_setting: AudioSetting | None = None


class MiniMax2(Endpoint):
    """fal-ai/minimax-music/v2. `prompt` is the style, `lyrics_prompt` is the lyrics."""

    about: ClassVar = About(
        endpoint="fal-ai/minimax-music/v2",
        title="MiniMax Music 2",
        use="Songs with convincing voices from a style and your lyrics",
        serves={Kind.SONG: 4},
        run_seconds=900,
        price=PerRequest(usd=Decimal("0.03")),
        voice=Voice.ALWAYS,
        longest=240,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="lyrics_prompt"),
    }
    weave: ClassVar = TAGS
    unplayable: ClassVar = _UNPLAYABLE

    prompt: str = Field(min_length=10, max_length=2000)
    lyrics_prompt: str = Field(min_length=10, max_length=3000)
    audio_setting: AudioSetting | None = None


class MiniMax26(Endpoint):
    """fal-ai/minimax-music/v2.6. Writes the lyrics when told to."""

    about: ClassVar = About(
        endpoint="fal-ai/minimax-music/v2.6",
        title="MiniMax Music 2.6",
        use="Full songs; writes the lyrics on request",
        serves={Kind.SONG: 3, Kind.MUSIC: 16},
        run_seconds=900,
        price=PerRequest(usd=Decimal("0.15")),
        voice=Voice.EITHER,
        writes_lyrics=True,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="lyrics"),
        "instrumental": Take(field="is_instrumental"),
        "write_lyrics": Take(field="lyrics_optimizer"),
    }
    weave: ClassVar = PROSE
    unplayable: ClassVar = _UNPLAYABLE

    prompt: str = Field(max_length=2000)
    lyrics: str = Field(default="", max_length=3500)
    is_instrumental: bool = False
    lyrics_optimizer: bool = False
    audio_setting: AudioSetting26 | None = None

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Play without a voice where music was asked for and no words were given."""
        super().complete(draft, ask)
        if ask.kind is Kind.MUSIC and not draft.keys() & {"lyrics", "lyrics_optimizer"}:
            draft.setdefault("is_instrumental", True)

    @model_validator(mode="after")
    def _needs_words(self) -> Self:
        if not (self.lyrics or self.is_instrumental or self.lyrics_optimizer):
            msg = "lyrics are required unless is_instrumental or lyrics_optimizer is set"
            raise ValueError(msg)
        return self


class MiniMax3(Endpoint):
    """minimax/music-3. Lyrics are required; a lone tag stands for playing without voice."""

    about: ClassVar = About(
        endpoint="minimax/music-3",
        title="MiniMax Music 3",
        use="Full songs from a style and your lyrics, with seed and length",
        serves={Kind.SONG: 2, Kind.MUSIC: 12},
        run_seconds=900,
        price=PerTime(usd=Decimal("0.002")),
        voice=Voice.EITHER,
        usual=60,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="lyrics"),
        "instrumental": Take(field="lyrics", yes="[instrumental]"),
        "duration": Take(field="duration"),
        "seed": Take(field="seed"),
    }
    weave: ClassVar = PROSE
    lyric_rules: ClassVar = LyricRules(lone_tags=True)

    prompt: str
    lyrics: str
    duration: float = Field(default=60, ge=1, le=300)
    seed: int | None = None
    num_inference_steps: int = Field(default=30, ge=1, le=100)
    guidance_scale: float = Field(default=1.7, ge=0, le=20)

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Play without a voice where music was asked for and no words were given."""
        super().complete(draft, ask)
        if ask.kind is Kind.MUSIC:
            draft.setdefault("lyrics", "[instrumental]")
