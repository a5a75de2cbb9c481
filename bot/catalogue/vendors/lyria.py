"""Google Lyria. Artist names and known lyrics are refused by the model's own rules."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import PROSE, About, Take, Voice
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerRequest, PerTime
from bot.domain.job import Kind


class Lyria2(Endpoint):
    """fal-ai/lyria2."""

    about: ClassVar = About(
        endpoint="fal-ai/lyria2",
        title="Lyria 2",
        use="Polished instrumental clips of 30 seconds",
        serves={Kind.MUSIC: 6},
        price=PerTime(usd=Decimal("0.10"), every=30, started=True),
        usual=30,
        fixed=True,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "negative_prompt": Take(field="negative_prompt"),
        "seed": Take(field="seed"),
    }
    weave: ClassVar = PROSE

    prompt: str = Field(min_length=1, max_length=2000)
    negative_prompt: str = "low quality"
    seed: int | None = None


class _Lyria3(Endpoint):
    """What the Lyria 3 family shares: prompt and picture only, all else is asked for in words."""

    takes: ClassVar = {"prompt": Take(field="prompt")}
    weave: ClassVar = PROSE

    prompt: str
    image_url: str | None = None


class Lyria3(_Lyria3):
    """fal-ai/lyria3."""

    about: ClassVar = About(
        endpoint="fal-ai/lyria3",
        title="Lyria 3",
        use="Clips of about 30 seconds, with or without a voice",
        serves={Kind.MUSIC: 5},
        price=PerRequest(usd=Decimal("0.04")),
        voice=Voice.EITHER,
        writes_lyrics=True,
        usual=30,
        longest=30,
    )


class Lyria3Pro(_Lyria3):
    """fal-ai/lyria3/pro."""

    about: ClassVar = About(
        endpoint="fal-ai/lyria3/pro",
        title="Lyria 3 Pro",
        use="Whole songs from one description; the model decides the length",
        serves={Kind.MUSIC: 7},
        run_seconds=900,
        price=PerRequest(usd=Decimal("0.08")),
        voice=Voice.EITHER,
        writes_lyrics=True,
    )


class Lyria35(_Lyria3):
    """google/lyria-3.5."""

    about: ClassVar = About(
        endpoint="google/lyria-3.5",
        title="Lyria 3.5",
        use="Whole songs, steered by times in the prompt like [0:00-0:30] Intro",
        serves={Kind.MUSIC: 8},
        run_seconds=900,
        price=PerRequest(usd=Decimal("0.10")),
        voice=Voice.EITHER,
        writes_lyrics=True,
    )
