"""The base of every model's class: from a member's options to the endpoint's own fields.

A model's class declares its fields exactly as the endpoint has them, an `about`, and a table `takes`
of how options become fields. Everything here works from those; a model with a trap of its own
overrides `from_ask`, `complete` or `length`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from bot.catalogue.about import About, LyricRules, Take, Voice, Weave
from bot.catalogue.asking import Ask
from bot.catalogue.limits import Limits, limits_of
from bot.catalogue.wording import cut, number
from bot.domain.job import Json, Kind

LONGEST_PROMPT = 2000
LONGEST_LYRICS = 5000
"""Bounds for texts where the endpoint documents none."""
LONGEST_GUESS = 600.0
"""Seconds to reckon with where neither the model nor the source tells a length."""
LAST_SEED = 2_147_483_647

_WOVEN = ("genre", "key", "tempo", "style")
_SWITCHES = {
    "loop": "{} makes no loops",
    "write_lyrics": "{} does not write lyrics",
    "strength": "{} has no strength to set",
    "source_url": "{} makes new audio and takes no source",
    "lyrics": "{} cannot be given lyrics",
    "negative_prompt": "{} cannot be told what to leave out",
    "seed": "{} takes no seed",
    "start": "{} cannot replace a section",
    "end": "{} cannot replace a section",
    "before": "{} cannot extend the beginning",
    "after": "{} cannot extend the end",
}
"""What to say of a model that has no place for an option."""
_UNITS = {"duration": "s", "start": "s", "end": "s", "before": "s", "after": "s", "tempo": "BPM"}


class Unfit(Exception):
    """An option that a model cannot work with. Never leaves the catalogue.

    Attributes:
        what: What is wrong, without a full stop.
        remedy: What to do about it, without a full stop.
        option, value: What was given; another model may be able to use it.
    """

    def __init__(
        self, what: str, remedy: str = "", *, option: str | None = None, value: Any = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy
        self.option = option
        self.value = value


class Endpoint(BaseModel):
    """A request to one model, checked as the endpoint checks it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    about: ClassVar[About]
    takes: ClassVar[Mapping[str, Take]]
    weave: ClassVar[Weave] = Weave()
    needs_prompt: ClassVar[bool] = True
    lyric_rules: ClassVar[LyricRules] = LyricRules()
    unplayable: ClassVar[Mapping[str, frozenset[Json]]] = {}
    """Values that are real but end in something no player opens, by field."""

    @classmethod
    def limits(cls, option: str) -> Limits:
        """Give what an option may be, in the member's unit."""
        take = cls.takes[option]
        limits = limits_of(cls.model_fields[take.field])
        if option == "seed":
            high = LAST_SEED if limits.high is None else limits.high
            return Limits(low=limits.low or 0, high=high, whole=True)
        if option == "duration" and not limits.low:
            limits = replace(limits, low=1)  # some endpoints take 0, and would bill for silence
        return limits.scaled(take.scale)

    @classmethod
    def longest_text(cls, option: str) -> int:
        """Give the most characters of the prompt, the lyrics, or another text."""
        documented = limits_of(cls.model_fields[cls.takes[option].field]).longest
        return documented or (LONGEST_LYRICS if option == "lyrics" else LONGEST_PROMPT)

    @classmethod
    def from_ask(cls, ask: Ask) -> dict[str, Json]:
        """Turn options into fields; those nobody set are left out.

        Raises:
            Unfit: An option has no place here, is out of range, or is missing.
        """
        cls.check_missing(ask)
        draft: dict[str, Json] = {}
        text = cls.free_text(ask)
        if text is not None and "prompt" in cls.takes:
            draft[cls.takes["prompt"].field] = text
        for option in OPTIONS:
            value = getattr(ask, option)
            if value is None or (option == "variations" and value == 1):
                continue
            cls.put(draft, option, value)
        return draft

    @classmethod
    def put(cls, draft: dict[str, Json], option: str, value: Any) -> None:
        """Write one option into its field, after checking it."""
        cls.check(option, value)
        take = cls.takes.get(option)
        if take is None:
            return
        if take.yes is not None:
            if value:
                draft[take.field] = take.yes
        elif take.choices is not None:
            draft[take.field] = take.choices[value]
        elif isinstance(value, (str, bool)):
            draft[take.field] = value
        else:
            draft[take.field] = cls._amount(take, option, value)

    @classmethod
    def _amount(cls, take: Take, option: str, value: float) -> Json:
        """Convert a number to the field's unit and type."""
        limits = limits_of(cls.model_fields[take.field])
        if option == "variations":
            value = min(value, limits.high or 1)
        scaled = Decimal(str(value)) * take.scale
        if limits.whole:
            return int(scaled.to_integral_value(rounding=ROUND_HALF_UP))
        return float(scaled)

    @classmethod
    def check(cls, option: str, value: Any) -> None:
        """Raise Unfit where this model cannot use an option as given."""
        if option == "duration" and option not in cls.takes:
            cls._check_fixed(value)
        elif option == "instrumental":
            cls._check_voice(instrumental=value)
        elif option not in cls.takes:
            cls._check_placeless(option, value)
        elif isinstance(value, str):
            if option in ("lyrics", "negative_prompt"):
                cls.check_length(option, value)
        elif not isinstance(value, bool) and option != "variations":
            cls._check_number(option, value)

    @classmethod
    def _check_fixed(cls, seconds: float) -> None:
        about = cls.about
        if about.fixed and seconds == about.usual:
            return
        what = f"{about.title} decides the length itself"
        if about.fixed and about.usual is not None:
            what = f"{about.title} always makes {number(about.usual)} seconds"
        raise Unfit(what, "Leave duration empty", option="duration", value=seconds)

    @classmethod
    def _check_voice(cls, *, instrumental: bool) -> None:
        voice = cls.about.voice
        if instrumental and voice is Voice.ALWAYS:
            what = f"{cls.about.title} always sings"
            raise Unfit(what, "Leave instrumental empty", option="instrumental", value=True)
        if not instrumental and voice is Voice.NEVER:
            what = f"{cls.about.title} makes no vocals"
            raise Unfit(what, "Leave instrumental empty", option="instrumental", value=False)

    @classmethod
    def _check_placeless(cls, option: str, value: Any) -> None:
        """Refuse what would be lost, unless it is woven in or asks for nothing."""
        woven = option == "negative_prompt" and cls.weave.without is not None
        written = option == "write_lyrics" and cls.about.writes_lyrics
        if value is False or woven or written or option not in _SWITCHES:
            return
        name = {"source_url": "source", "write_lyrics": "write lyrics"}.get(option, option)
        remedy = f"Leave {name.replace('_', ' ')} empty"
        raise Unfit(_SWITCHES[option].format(cls.about.title), remedy, option=option, value=value)

    @classmethod
    def _check_number(cls, option: str, value: float) -> None:
        limits = cls.limits(option)
        choices = cls.takes[option].choices
        if choices is not None:
            if value in choices:
                return
            takes = " or ".join(number(choice) for choice in choices) + f" {_UNITS.get(option, '')}"
        elif limits.holds(value):
            return
        else:
            takes = limits.range_phrase(_UNITS.get(option, ""))
        is_number = isinstance(value, int) or math.isfinite(value)
        given = cut(number(value) if is_number else str(value), limit=40)
        name = option.replace("_", " ")
        what = f"{cls.about.title} takes {takes.strip()} as {name}; you gave {given}"
        raise Unfit(what, "Choose a value in that range", option=option, value=value)

    @classmethod
    def check_length(cls, option: str, text: str, *, more: str = "") -> None:
        """Raise Unfit where a text has too many or too few characters for its field."""
        longest = cls.longest_text(option)
        shortest = limits_of(cls.model_fields[cls.takes[option].field]).shortest or 0
        if shortest <= len(text) <= longest:
            return
        name = {"negative_prompt": "negative prompt"}.get(option, option)
        verb = "are" if option == "lyrics" else "is"
        least = f"{number(shortest)} to " if shortest > 1 else "up to "
        what = (
            f"The {name} {verb} {number(len(text))} characters{more}; "
            f"{cls.about.title} takes {least}{number(longest)}"
        )
        raise Unfit(what, "Make it shorter" if len(text) > longest else "Write a little more")

    @classmethod
    def check_missing(cls, ask: Ask) -> None:
        """Raise Unfit where something is missing that the endpoint cannot do without."""
        title = cls.about.title
        source = cls.takes.get("source_url")
        if source and ask.source_url is None and cls.model_fields[source.field].is_required():
            what = f"{title} works on audio that exists already"
            raise Unfit(what, "Reply to a result, or attach a file")
        if ask.kind is Kind.REMIX and "start" in cls.takes and None in (ask.start, ask.end):
            raise Unfit(
                "It is not clear which part to replace", "Give its start and end in seconds"
            )
        cls._check_lyrics_given(ask)
        if "prompt" not in cls.takes:
            cls._check_no_text(ask)
        elif cls.needs_prompt and cls.free_text(ask) is None:
            raise Unfit("The prompt is missing", "Say in a few words how it should sound")

    @classmethod
    def _check_lyrics_given(cls, ask: Ask) -> None:
        take = cls.takes.get("lyrics")
        if take is None or ask.lyrics is not None or ask.instrumental or ask.kind is Kind.MUSIC:
            return
        on_request = "write_lyrics" in cls.takes
        if cls.about.writes_lyrics and (ask.write_lyrics or not on_request):
            return
        if ask.kind is not Kind.SONG and not cls.model_fields[take.field].is_required():
            return
        remedy = "Write the lyrics"
        if on_request:
            remedy = "Write the lyrics, or turn write_lyrics on"
        what = f"{cls.about.title} sings the words it is given, and there are none"
        raise Unfit(what, remedy, option="write_lyrics", value=True)

    @classmethod
    def _check_no_text(cls, ask: Ask) -> None:
        """Raise Unfit where a description of the sound would be lost."""
        words = (ask.prompt, ask.style, ask.genre, ask.tempo, ask.key)
        if ask.kind is not Kind.STEMS and any(word is not None for word in words):
            what = f"{cls.about.title} takes its sound from the source, not from words"
            raise Unfit(what, "Leave everything but the lyrics empty, or choose another model")

    @classmethod
    def free_text(cls, ask: Ask) -> str | None:
        """Put together the model's free text: the prompt as typed, then what must be woven in."""
        if "prompt" not in cls.takes:
            return None
        base = ask.prompt
        if base is None:
            base = ask.style if "style" not in cls.takes else None
        additions = cls.weave.additions(ask, having=frozenset(cls.takes))
        if base is None and not additions:
            base = ask.original.tags
        text = cls.weave.text(base, additions)
        if text is not None:
            more = " together with the other options" if additions else ""
            cls.check_length("prompt", text, more=more)
        return text

    @classmethod
    def complete(cls, draft: dict[str, Json], ask: Ask) -> None:
        """Fill in what the endpoint requires and nobody gave."""
        take = cls.takes.get("duration")
        if take and take.field not in draft and cls.model_fields[take.field].is_required():
            draft[take.field] = int((cls.about.usual or 30) * take.scale)

    def length(self, source_seconds: float | None) -> float | None:
        """Give how many seconds of audio come out; None when the model decides."""
        take = self.takes.get("duration")
        value = getattr(self, take.field) if take else None
        if take and take.choices is not None:
            value = next((float(key) for key, sent in take.choices.items() if sent == value), None)
        if take is None or not isinstance(value, (int, float)):
            return self.about.usual
        return value / take.scale

    def outputs(self) -> int:
        """Give how many results come out of this one request."""
        take = self.takes.get("variations")
        value = getattr(self, take.field) if take else None
        return value if isinstance(value, int) else 1


OPTIONS = (
    "negative_prompt",
    "genre",
    "key",
    "tempo",
    "style",
    "lyrics",
    "duration",
    "seed",
    "instrumental",
    "write_lyrics",
    "loop",
    "strength",
    "variations",
    "source_url",
    "start",
    "end",
    "before",
    "after",
    "original_tags",
    "original_lyrics",
    "original_seed",
)
"""Every option but the prompt, in the order in which they are checked."""
