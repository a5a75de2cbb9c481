"""What a model's class says besides its fields: what it is for, what it costs, how options reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.catalogue.asking import Ask, Mode
from bot.catalogue.prices import Price
from bot.domain.job import Json, Kind


class Voice(StrEnum):
    """Whether a model sings."""

    NEVER = "never"
    EITHER = "either"
    ALWAYS = "always"


FAL = "fal"
PROVIDERS: Mapping[str, str] = {FAL: "fal", "novakit": "NovaKit", "nur": "Nur"}
"""Who runs models: the name in the database, and the one for people."""

FAL_STORAGE_BYTES = 100 * 1024 * 1024
"""What the provider's storage takes in one piece (fal docs, Files)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInput:
    """What audio a model works on. Where nothing is documented, the defaults are generous.

    Attributes:
        max_seconds, min_seconds: Its length, ends included.
        max_bytes: Its size; larger files are encoded anew before they are uploaded.
        formats: Kinds of file that it reads, by ending; others are converted. FLAC is not among
            the types that fal's own upload fields offer.
    """

    max_seconds: float = 600
    min_seconds: float = 1
    max_bytes: int = FAL_STORAGE_BYTES
    formats: frozenset[str] = frozenset({"mp3", "wav", "ogg", "m4a", "aac"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A model for people, and for the parts of the bot that choose, price and wait.

    Attributes:
        endpoint: The provider's id of it. Ids of other providers than fal begin with their name.
        provider: Who runs it; one of `PROVIDERS`.
        title: Its name for people.
        use: One line: what it is for.
        serves: Its rank in each command it serves. 1 is the command's default.
        price: The formula and its unit.
        modes: What it does to a source, for remixes.
        takes_audio: What source it takes; None where it takes none.
        voice: Whether it sings.
        writes_lyrics: Whether it can write the words itself.
        usual: Seconds it makes when nobody says; sent only where the endpoint requires a length.
        longest: Seconds it makes at most, where no field says so.
        fixed: Whether `usual` is the only length there is.
        files: Where its files are in the output.
        listed: Whether the provider still publishes it; one that is not may stop answering.
        run_seconds: The longest a healthy run takes, generously. Effects are made in seconds, and get
            five minutes; whole songs, and separating them, fifteen.
        start_seconds: The longest it may wait at the provider before it starts.
    """

    endpoint: str
    title: str
    use: str
    serves: Mapping[Kind, int]
    price: Price
    provider: str = FAL
    modes: frozenset[Mode] = frozenset()
    takes_audio: AudioInput | None = None
    voice: Voice = Voice.NEVER
    writes_lyrics: bool = False
    usual: float | None = None
    longest: float | None = None
    fixed: bool = False
    files: tuple[str, ...] = ("audio",)
    listed: bool = True
    run_seconds: float = 600
    start_seconds: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How one option becomes one field.

    Attributes:
        field: The endpoint's field.
        scale: What a value is multiplied with, such as 1000 for milliseconds.
        yes: What a true switch writes into the field; a false one then writes nothing.
        choices: The only values there are, and what is sent for each.
    """

    field: str
    scale: int = 1
    yes: Json = None
    choices: Mapping[float, Json] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LyricRules:
    """What a model wants of lyrics beyond their length.

    Attributes:
        sections: How many tagged sections there must be at least.
        openers: Tags that may open a section, where that matters.
        timed: Whether lines may carry times like ``[00:10.00]``.
        lone_tags: Whether text behind a tag on the same line is dropped.
        longest_line: Characters in a line, at most.
    """

    sections: int = 0
    openers: tuple[str, ...] = ()
    timed: bool = False
    lone_tags: bool = False
    longest_line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weave:
    """How a model likes options in its prompt that it has no field for.

    The prompt itself always stays as typed, in front.

    Attributes:
        lead: Between the prompt and the additions.
        join: Between additions.
        end: After the last addition.
        genre, key, tempo: The form of each.
        without: The form of exclusions; None where naming a thing would rather bring it in.
        instrumental: What asks for no voice; None where words cannot.
    """

    lead: str = ". "
    join: str = ", "
    end: str = "."
    genre: str = "Genre: {}"
    key: str = "Key: {}"
    tempo: str = "Tempo: {} BPM"
    without: str | None = "Without: {}"
    instrumental: str | None = None

    def additions(self, ask: Ask, *, having: frozenset[str]) -> list[str]:
        """List what has to go into the prompt; options in `having` have a field of their own."""
        forms = {
            "genre": self.genre,
            "key": self.key,
            "tempo": self.tempo,
            "negative_prompt": self.without,
        }
        found = (
            [ask.style] if ask.prompt is not None and ask.style and "style" not in having else []
        )
        for option, form in forms.items():
            value = getattr(ask, option)
            if value is not None and form is not None and option not in having:
                found.append(form.format(value))
        if ask.instrumental and self.instrumental and "instrumental" not in having:
            found.append(self.instrumental)
        return found

    def text(self, base: str | None, additions: list[str]) -> str | None:
        """Put the additions behind the base; alone where there is no base."""
        if not additions:
            return base
        tail = self.join.join(additions) + self.end
        if base is None:
            return tail
        ended = base.rstrip().endswith((".", "!", "?", "…", "。"))
        lead = " " if self.lead.startswith(".") and ended else self.lead
        return base + lead + tail


TAGS = Weave(
    lead=", ",
    end="",
    genre="{}",
    key="{}",
    tempo="{} bpm",
    without=None,
    instrumental="instrumental",
)
"""A list of tags, which knows no negation."""
PROSE = Weave(
    genre="In the style of {}",
    key="In {}",
    tempo="{} BPM",
    without="Without {}",
    instrumental="Instrumental only, no vocals",
)
"""Sentences, for models that read language."""
