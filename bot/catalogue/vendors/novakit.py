"""The models that NovaKit resells (NovaKit docs, Music Generation). Ids are ``novakit/<model>``.

All are asked through one address with the same few fields; what else a model takes goes into
``model_inputs``. A plan has so many tracks a month, whatever the model; further ones are 50 cents.
The docs do not say which models take audio. Offered for it are those whose makers have such a mode.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from bot.catalogue.about import PROSE, TAGS, About, AudioInput, Take, Voice
from bot.catalogue.asking import Ask, Mode
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest
from bot.catalogue.vendors.stable_audio import PIPES
from bot.domain.job import Json, Kind

_PROVIDER = "novakit"
_PRICE = PerRequest(usd=Decimal("0.50"))
_FILES = ("audio", "audio_url")


class _NovaKit(Endpoint):
    """The fields that every model at NovaKit takes. Its ``model`` is in the endpoint id."""

    prompt: str
    duration_seconds: float = Field(default=30, ge=1, le=60)
    mode: Literal["text_to_music", "audio_to_audio"] = "text_to_music"
    source_audio: str | None = None
    output_format: Literal["mp3", "wav"] = "mp3"
    negative_prompt: str | None = None
    model_inputs: dict[str, JsonValue] | None = None


_TAKES = {
    "prompt": Take(field="prompt"),
    "duration": Take(field="duration_seconds"),
    "negative_prompt": Take(field="negative_prompt"),
}


class _FromAudio(_NovaKit):
    """A model that may be given a source instead of starting from nothing."""

    takes: ClassVar = {**_TAKES, "source_url": Take(field="source_audio")}
    weave: ClassVar = PIPES

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Say that there is a source, and keep its length; left out, 30 seconds would be made."""
        super().complete(draft, ask)
        if "source_audio" not in draft:
            return
        draft["mode"] = "audio_to_audio"
        longest = cls.limits("duration").high
        if ask.source_seconds is not None and longest is not None:
            draft.setdefault(
                "duration_seconds", min(longest, max(1, math.ceil(ask.source_seconds)))
            )


class NovaKitStableAudio(_FromAudio):
    """fal-ai/stable-audio at NovaKit."""

    about: ClassVar = About(
        endpoint="novakit/fal-ai/stable-audio",
        title="Stable Audio (NovaKit)",
        use="Short pieces up to 47 seconds, and new sounds for yours, from a NovaKit plan",
        serves={Kind.MUSIC: 31, Kind.REMIX: 31},
        price=_PRICE,
        provider=_PROVIDER,
        modes=frozenset({Mode.RESTYLE}),
        takes_audio=AudioInput(max_seconds=47),
        usual=30,
        files=_FILES,
    )

    duration_seconds: float = Field(default=30, ge=1, le=47)


class NovaKitStableAudio25(_FromAudio):
    """fal-ai/stable-audio-25/text-to-audio at NovaKit."""

    about: ClassVar = About(
        endpoint="novakit/fal-ai/stable-audio-25/text-to-audio",
        title="Stable Audio 2.5 (NovaKit)",
        use="Music up to a minute, and new sounds for yours, from a NovaKit plan",
        serves={Kind.MUSIC: 30, Kind.REMIX: 30},
        price=_PRICE,
        provider=_PROVIDER,
        modes=frozenset({Mode.RESTYLE}),
        takes_audio=AudioInput(max_seconds=60),
        usual=30,
        files=_FILES,
    )


class NovaKitMiniMax2(_NovaKit):
    """fal-ai/minimax-music/v2 at NovaKit. `prompt` is the style, as everywhere."""

    about: ClassVar = About(
        endpoint="novakit/fal-ai/minimax-music/v2",
        title="MiniMax Music 2 (NovaKit)",
        use="Songs up to a minute from a style and your lyrics, from a NovaKit plan",
        serves={Kind.SONG: 30},
        price=_PRICE,
        provider=_PROVIDER,
        voice=Voice.ALWAYS,
        usual=30,
        files=_FILES,
    )
    takes: ClassVar = {**_TAKES, "lyrics": Take(field="model_inputs")}
    weave: ClassVar = TAGS

    prompt: str = Field(min_length=10, max_length=2000)

    @classmethod
    def longest_text(cls, option: str) -> int:
        """Give the model's own length of lyrics."""
        return 3000 if option == "lyrics" else super().longest_text(option)

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Put the lyrics where the model has them."""
        return _inside(super().from_ask(ask), "lyrics_prompt")


class NovaKitMiniMax15(_NovaKit):
    """fal-ai/minimax-music/v1.5 at NovaKit. `prompt` is the lyrics; the style is the model's own."""

    about: ClassVar = About(
        endpoint="novakit/fal-ai/minimax-music/v1.5",
        title="MiniMax Music 1.5 (NovaKit)",
        use="Songs up to a minute from a style and short lyrics, from a NovaKit plan",
        serves={Kind.SONG: 31},
        price=_PRICE,
        provider=_PROVIDER,
        voice=Voice.ALWAYS,
        usual=30,
        files=_FILES,
    )
    takes: ClassVar = {
        **_TAKES,
        "prompt": Take(field="model_inputs"),
        "lyrics": Take(field="prompt"),
    }
    weave: ClassVar = TAGS

    prompt: str = Field(min_length=10, max_length=600)

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Put the style where the model has it."""
        return _inside(super().from_ask(ask), "lyrics_prompt")


class NovaKitBeatoven(_NovaKit):
    """beatoven/music-generation at NovaKit."""

    about: ClassVar = About(
        endpoint="novakit/beatoven/music-generation",
        title="Beatoven Music (NovaKit)",
        use="Royalty-free instrumental music up to a minute, from a NovaKit plan",
        serves={Kind.MUSIC: 32},
        price=_PRICE,
        provider=_PROVIDER,
        usual=30,
        files=_FILES,
    )
    takes: ClassVar = _TAKES


class NovaKitSonauto(_NovaKit):
    """sonauto/v2/text-to-music at NovaKit. An empty text in place of lyrics keeps it from singing."""

    about: ClassVar = About(
        endpoint="novakit/sonauto/v2/text-to-music",
        title="Sonauto 2 (NovaKit)",
        use="Songs up to a minute; writes lyrics if you have none; from a NovaKit plan",
        serves={Kind.SONG: 32, Kind.MUSIC: 33},
        price=_PRICE,
        provider=_PROVIDER,
        voice=Voice.EITHER,
        writes_lyrics=True,
        usual=30,
        files=_FILES,
    )
    takes: ClassVar = {
        **_TAKES,
        "lyrics": Take(field="model_inputs"),
        "instrumental": Take(field="model_inputs", yes=""),
    }
    weave: ClassVar = PROSE

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Put the lyrics where the model has them."""
        return _inside(super().from_ask(ask), "lyrics_prompt")


def _inside(draft: dict[str, Json], name: str) -> dict[str, Json]:
    """Give a request whose text for the model alone stands under the model's name for it."""
    text = draft.get("model_inputs")
    return draft if text is None else {**draft, "model_inputs": {name: text}}
