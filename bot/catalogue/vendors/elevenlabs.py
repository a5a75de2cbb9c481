"""ElevenLabs. Sound effects call the prompt ``text``; music counts in milliseconds."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.catalogue.about import PROSE, About, LyricRules, Take, Voice
from bot.catalogue.asking import Ask
from bot.catalogue.endpoint import Endpoint, Unfit
from bot.catalogue.prices import PerTime, Unpublished
from bot.domain.job import Json, Kind

Format = Literal[
    "mp3_22050_32",
    "mp3_44100_32",
    "mp3_44100_64",
    "mp3_44100_96",
    "mp3_44100_128",
    "mp3_44100_192",
    "pcm_8000",
    "pcm_16000",
    "pcm_22050",
    "pcm_24000",
    "pcm_44100",
    "pcm_48000",
    "ulaw_8000",
    "alaw_8000",
    "opus_48000_32",
    "opus_48000_64",
    "opus_48000_96",
    "opus_48000_128",
    "opus_48000_192",
]
_UNPLAYABLE = {
    "output_format": frozenset(
        {f"pcm_{rate}" for rate in (8000, 16000, 22050, 24000, 44100, 48000)}
        | {"ulaw_8000", "alaw_8000"}
    )
}
"""Samples without a header."""
_TAG = re.compile(r"\s*\[([^\]]+)\]\s*(.*)")
_SECONDS_PER_LINE = 5
_SHORTEST_SECTION, _LONGEST_SECTION = 3_000, 120_000
_LONGEST_LINE = 200
_LONGEST = 600


class ElevenLabsSoundEffects1(Endpoint):
    """fal-ai/elevenlabs/sound-effects. Left fal's published list late in 2025."""

    about: ClassVar = About(
        endpoint="fal-ai/elevenlabs/sound-effects",
        title="ElevenLabs Sound Effects",
        use="The first version of ElevenLabs' sound effects",
        serves={Kind.SFX: 7},
        run_seconds=300,
        price=Unpublished(at_most=Decimal("0.05")),
        listed=False,
        longest=22,
    )
    takes: ClassVar = {"prompt": Take(field="text"), "duration": Take(field="duration_seconds")}
    weave: ClassVar = PROSE
    unplayable: ClassVar = _UNPLAYABLE

    text: str
    duration_seconds: float | None = Field(default=None, ge=0.5, le=22)
    prompt_influence: float = Field(default=0.3, ge=0, le=1)
    output_format: Format = "mp3_44100_128"


class ElevenLabsSoundEffects2(Endpoint):
    """fal-ai/elevenlabs/sound-effects/v2."""

    about: ClassVar = About(
        endpoint="fal-ai/elevenlabs/sound-effects/v2",
        title="ElevenLabs Sound Effects 2",
        use="Detailed sound effects up to 22 seconds, seamless loops",
        serves={Kind.SFX: 1},
        run_seconds=300,
        price=PerTime(usd=Decimal("0.002")),
        longest=22,
    )
    takes: ClassVar = {
        "prompt": Take(field="text"),
        "duration": Take(field="duration_seconds"),
        "loop": Take(field="loop"),
    }
    weave: ClassVar = PROSE
    unplayable: ClassVar = _UNPLAYABLE

    text: str = Field(max_length=450)
    duration_seconds: float | None = Field(default=None, ge=0.5, le=22)
    prompt_influence: float = Field(default=0.3, ge=0, le=1)
    output_format: Format = "mp3_44100_128"
    loop: bool = False


class PlanSection(BaseModel):
    """One section of a composition plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    section_name: str = Field(min_length=1, max_length=100)
    positive_local_styles: list[str]
    negative_local_styles: list[str]
    duration_ms: int = Field(ge=_SHORTEST_SECTION, le=_LONGEST_SECTION)
    lines: list[Annotated[str, Field(max_length=_LONGEST_LINE)]]


class CompositionPlan(BaseModel):
    """A song laid out section by section."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    positive_global_styles: list[str]
    negative_global_styles: list[str]
    sections: list[PlanSection] = Field(min_length=1)


class ElevenLabsMusic(Endpoint):
    """fal-ai/elevenlabs/music. Takes a prompt or a plan; given lyrics become a plan."""

    about: ClassVar = About(
        endpoint="fal-ai/elevenlabs/music",
        title="ElevenLabs Music",
        use="Studio-like music and songs up to ten minutes, section by section",
        serves={Kind.SONG: 5, Kind.MUSIC: 13},
        price=PerTime(usd=Decimal("0.60"), every=60, started=True),
        voice=Voice.EITHER,
        writes_lyrics=True,
        longest=600,
    )
    takes: ClassVar = {
        "prompt": Take(field="prompt"),
        "lyrics": Take(field="composition_plan"),
        "duration": Take(field="music_length_ms", scale=1000),
        "instrumental": Take(field="force_instrumental"),
    }
    weave: ClassVar = PROSE
    lyric_rules: ClassVar = LyricRules(longest_line=_LONGEST_LINE)
    unplayable: ClassVar = _UNPLAYABLE

    prompt: str | None = None
    composition_plan: CompositionPlan | None = None
    music_length_ms: int | None = Field(default=None, ge=3000, le=600_000)
    force_instrumental: bool = False
    respect_sections_durations: bool = True
    output_format: Format = "mp3_44100_128"

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.prompt is None) == (self.composition_plan is None):
            msg = "either a prompt or a composition_plan is needed, not both"
            raise ValueError(msg)
        if self.composition_plan and (self.music_length_ms is not None or self.force_instrumental):
            msg = "a composition_plan sets length and voices itself"
            raise ValueError(msg)
        return self

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Lay lyrics out as a plan; everything else is a prompt."""
        if ask.lyrics is None:
            return super().from_ask(ask)
        cls.check("lyrics", ask.lyrics)
        draft = super().from_ask(replace(ask, lyrics=None))
        draft.pop("prompt", None)
        draft.pop("music_length_ms", None)
        draft.pop("force_instrumental", None)
        draft["composition_plan"] = _plan(ask)
        return draft

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Let a plan typed by hand keep the prompt as its first style."""
        super().complete(draft, ask)
        plan = draft.get("composition_plan")
        if not isinstance(plan, dict) or "prompt" not in draft:
            return
        if "music_length_ms" in draft:
            raise Unfit("The plan's sections set the length themselves", "Leave duration empty")
        styles = plan.get("positive_global_styles")
        plan["positive_global_styles"] = [
            draft.pop("prompt"),
            *(styles if isinstance(styles, list) else []),
        ]

    def length(self, source_seconds: float | None) -> float | None:
        """Give the length asked for, or the plan's."""
        if self.composition_plan is not None:
            return sum(section.duration_ms for section in self.composition_plan.sections) / 1000
        return super().length(source_seconds)


def _plan(ask: Ask) -> dict[str, Json]:
    """Lay lyrics out in sections, as long as their share of the lines."""
    sections = _sections(ask.lyrics or "")
    lines = sum(max(1, len(words)) for _, words in sections)
    total = (ask.duration or min(max(30, lines * _SECONDS_PER_LINE), _LONGEST)) * 1000
    styles = [ask.prompt, ask.style, ask.genre, ask.key]
    if ask.tempo is not None:
        styles.append(f"{ask.tempo} BPM")
    laid: list[Json] = []
    for name, words in sections:
        share = round(total * max(1, len(words)) / lines)
        if ask.duration is not None and not _SHORTEST_SECTION <= share <= _LONGEST_SECTION:
            what = f"{len(sections)} sections do not fit into {ask.duration:g} seconds"
            raise Unfit(what, "Leave duration empty, or divide the lyrics differently")
        laid.append(
            {
                "section_name": name[:100],
                "positive_local_styles": [],
                "negative_local_styles": [],
                "duration_ms": min(_LONGEST_SECTION, max(_SHORTEST_SECTION, share)),
                "lines": list[Json](words),
            }
        )
    excluded = (ask.negative_prompt or "").split(",")
    return {
        "positive_global_styles": [style for style in styles if style],
        "negative_global_styles": [style.strip() for style in excluded if style.strip()],
        "sections": laid,
    }


def _sections(lyrics: str) -> list[tuple[str, list[str]]]:
    """Split lyrics at their tags; words before the first tag are a verse."""
    sections: list[tuple[str, list[str]]] = []
    for line in lyrics.splitlines():
        tag = _TAG.fullmatch(line)
        if tag:
            name, line = tag.groups()  # noqa: PLW2901 - what stands behind the tag is the first line
            sections.append((name.strip() or "Verse", []))
        if line.strip():
            if not sections:
                sections.append(("Verse", []))
            sections[-1][1].append(line.strip())
    return sections
