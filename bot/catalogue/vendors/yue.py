"""YuE. Left fal's published list in mid 2026; the endpoint may still answer, slowly."""

from decimal import Decimal
from typing import ClassVar

from bot.catalogue.about import About, LyricRules, Take, Voice, Weave
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.prices import PerTime
from bot.domain.job import Kind


class YuE(Endpoint):
    """fal-ai/yue. Genres are words with spaces between."""

    about: ClassVar = About(
        endpoint="fal-ai/yue",
        title="YuE",
        use="Songs from lyrics and genre words; takes minutes",
        serves={Kind.SONG: 11},
        price=PerTime(usd=Decimal("0.05")),
        voice=Voice.ALWAYS,
        longest=60,
        listed=False,
        run_seconds=1800,
    )
    takes: ClassVar = {"prompt": Take(field="genres"), "lyrics": Take(field="lyrics")}
    weave: ClassVar = Weave(
        lead=" ", join=" ", end="", genre="{}", key="{}", tempo="{} bpm", without=None
    )
    lyric_rules: ClassVar = LyricRules(sections=2, openers=("verse", "chorus"))

    lyrics: str
    genres: str
