"""CassetteAI: fast and cheap. Lengths are whole seconds and always required."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from bot.catalogue.about import About, Take, Weave
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime, Unpublished
from bot.domain.job import Kind


class CassetteMusic(Endpoint):
    """cassetteai/music-generator."""

    about: ClassVar = About(
        endpoint="cassetteai/music-generator",
        title="CassetteAI Music",
        use="Instrumental music in seconds, good for trying ideas",
        serves={Kind.MUSIC: 1},
        price=PerTime(usd=Decimal("0.02"), every=60),
        usual=60,
        files=("audio_file",),
        run_seconds=300,
    )
    takes: ClassVar = {"prompt": Take(field="prompt"), "duration": Take(field="duration")}
    weave: ClassVar = Weave()

    prompt: str
    duration: int = Field(ge=10, le=180)


class CassetteSoundEffects(Endpoint):
    """cassetteai/sound-effects-generator."""

    about: ClassVar = About(
        endpoint="cassetteai/sound-effects-generator",
        title="CassetteAI Sound Effects",
        use="Sound effects up to 30 seconds, in about a second",
        serves={Kind.SFX: 2},
        price=Unpublished(at_most=Decimal("0.01")),
        usual=8,
        files=("audio_file",),
        run_seconds=300,
    )
    takes: ClassVar = {"prompt": Take(field="prompt"), "duration": Take(field="duration")}
    weave: ClassVar = Weave()

    prompt: str
    duration: int = Field(ge=1, le=30)
