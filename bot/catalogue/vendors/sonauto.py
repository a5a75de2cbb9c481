"""Sonauto v2. Left fal's published list in mid 2026; the endpoints may still answer.

Tags, prompt and lyrics exclude one another in part, so whatever is added goes into the prompt.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.catalogue.about import PROSE, TAGS, About, AudioInput, Take, Voice
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint, Unfit
from bot.catalogue.prices import PerRequest
from bot.domain.job import Json, Kind

_PRICE = PerRequest(usd=Decimal("0.075"), further=Decimal("0.0375"))


def _words(lyrics: str) -> str:
    """Give words as they are; other models' tags for playing without a voice are none."""
    return "" if lyrics.strip().lower() in {"[inst]", "[instrumental]"} else lyrics


class _Sonauto(Endpoint):
    """The fields that all Sonauto endpoints share."""

    tags: list[str] | None = None
    seed: int | None = None
    prompt_strength: float = Field(default=2, ge=1.4, le=3.1)
    balance_strength: float = Field(default=0.7, ge=0, le=1)
    num_songs: int = Field(default=1, ge=1, le=2)
    output_format: Literal["flac", "mp3", "wav", "ogg", "m4a"] = "wav"
    output_bit_rate: Literal[128, 192, 256, 320] | None = None


class _Prompted(_Sonauto):
    """The rules of the endpoints that take a prompt."""

    weave: ClassVar = PROSE

    prompt: str | None = None
    lyrics_prompt: str | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Apply the rules on what goes with what (fal docs, Sonauto v2)."""
        given = [bool(self.prompt), bool(self.tags), bool(self.lyrics_prompt)]
        if all(given):
            msg = "prompt, tags and lyrics cannot be given together"
            raise ValueError(msg)
        if sum(given) == 0 or (sum(given) == 1 and not self.prompt):
            msg = "a prompt is needed, or tags together with lyrics"
            raise ValueError(msg)
        return self


class Sonauto(_Prompted):
    """sonauto/v2/text-to-music."""

    about: ClassVar = About(
        endpoint="sonauto/v2/text-to-music",
        title="Sonauto 2",
        use="Whole songs; writes lyrics if you have none, two versions at once",
        serves={Kind.SONG: 9, Kind.MUSIC: 15},
        run_seconds=900,
        price=_PRICE,
        voice=Voice.EITHER,
        writes_lyrics=True,
        listed=False,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="lyrics_prompt"),
        "instrumental": Take(field="lyrics_prompt", yes=""),
        "tempo": Take(field="bpm"),
        "seed": Take(field="seed"),
        "variations": Take(field="num_songs"),
    }

    bpm: int | Literal["auto"] | None = "auto"


class SonautoExtend(_Prompted):
    """sonauto/v2/extend. One side at a time; the source must be a web address."""

    about: ClassVar = About(
        endpoint="sonauto/v2/extend",
        title="Sonauto 2 Extend",
        use="Adds up to 85 seconds to one side of a song",
        serves={Kind.REMIX: 10},
        run_seconds=900,
        price=_PRICE,
        modes=frozenset({Mode.EXTEND}),
        voice=Voice.EITHER,
        writes_lyrics=True,
        listed=False,
        takes_audio=AudioInput(),
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="lyrics_prompt"),
        "instrumental": Take(field="lyrics_prompt", yes=""),
        "seed": Take(field="seed"),
        "variations": Take(field="num_songs"),
        "source_url": Take(field="audio_url"),
        "before": Take(field="extend_duration"),
        "after": Take(field="extend_duration"),
    }

    audio_url: str = Field(max_length=2083)
    side: Literal["left", "right"]
    extend_duration: float | None = Field(default=None, gt=1, le=85)
    crop_duration: float = 0
    prompt_strength: float = Field(default=1.8, ge=1.4, le=3.1)

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Turn before or after into a side."""
        if ask.before and ask.after:
            raise Unfit(
                f"{cls.about.title} extends one side at a time", "Give either before or after"
            )
        return super().from_ask(ask)

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Extend the end unless the beginning was asked for; sing on with the source's words."""
        super().complete(draft, ask)
        draft.setdefault("side", "left" if ask.before else "right")
        if ask.original.lyrics and "tags" not in draft:
            draft.setdefault("lyrics_prompt", _words(ask.original.lyrics))

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length and what is added, where that was said."""
        if source_seconds is None or self.extend_duration is None:
            return None
        return source_seconds + self.extend_duration - self.crop_duration


class Section(BaseModel):
    """The part to replace, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: float = Field(ge=0)
    end: float = Field(gt=0)


class SonautoInpaint(_Sonauto):
    """sonauto/v2/inpaint. Takes no prompt; the description goes out as tags."""

    about: ClassVar = About(
        endpoint="sonauto/v2/inpaint",
        title="Sonauto 2 Inpaint",
        use="Replaces a section of a song, with new lyrics",
        serves={Kind.REMIX: 11},
        run_seconds=900,
        price=_PRICE,
        modes=frozenset({Mode.REPLACE}),
        voice=Voice.EITHER,
        listed=False,
        takes_audio=AudioInput(),
    )
    takes: ClassVar = {
        "prompt": Take(field="tags"),
        "lyrics": Take(field="lyrics_prompt"),
        "instrumental": Take(field="lyrics_prompt", yes=""),
        "seed": Take(field="seed"),
        "variations": Take(field="num_songs"),
        "source_url": Take(field="audio_url"),
        "start": Take(field="sections"),
        "end": Take(field="sections"),
    }
    weave: ClassVar = TAGS

    audio_url: str = Field(max_length=2083)
    lyrics_prompt: str
    sections: list[Section] = Field(min_length=1, max_length=1)
    selection_crop: bool = False

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Turn the description into tags, and start and end into a section."""
        draft = super().from_ask(ask)
        tags = str(draft["tags"]).split(",")
        draft["tags"] = [tag.strip() for tag in tags if tag.strip()]
        draft["sections"] = [{"start": ask.start, "end": ask.end}]
        draft.setdefault("lyrics_prompt", _words(ask.original.lyrics or ""))
        return draft

    @classmethod
    def _check_lyrics_given(cls, ask: Ask) -> None:
        """Need none: without words, the section is played without a voice."""

    def length(self, source_seconds: float | None) -> float | None:
        """Give the source's length, which stays."""
        return source_seconds
