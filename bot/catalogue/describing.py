"""A model as /models and /help show it, read off its class."""

from __future__ import annotations

from dataclasses import dataclass

from bot.catalogue.about import Voice
from bot.catalogue.endpoint import Endpoint
from bot.catalogue.limits import limits_of
from bot.catalogue.market import NO_NEWS, Market
from bot.catalogue.wording import number
from bot.domain.job import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A field that `advanced` reaches.

    Attributes:
        takes: Its type and range in words.
        default: Its default in words; None where it has none.
    """

    name: str
    takes: str
    default: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What people may want to know of a model.

    Attributes:
        length: Such as ``10 to 180 s`` or ``always 30 s``.
        abilities: In words, such as ``seed`` or ``sings lyrics``.
        settings: Every field that no option covers.
    """

    endpoint: str
    title: str
    use: str
    kinds: tuple[Kind, ...]
    price: str
    length: str
    abilities: tuple[str, ...]
    settings: tuple[Setting, ...]
    listed: bool

    def __str__(self) -> str:
        """Write it in three lines."""
        able = ", ".join(self.abilities) or "prompt only"
        note = "" if self.listed else " (no longer on the provider's list)"
        return f"{self.title}{note}: {self.use}\n{self.price} · {self.length}\nOptions: {able}"


_ABILITIES = {
    "negative_prompt": "negative prompt",
    "seed": "seed",
    "lyrics": "your lyrics",
    "loop": "loops",
    "strength": "strength",
    "tempo": "tempo",
    "variations": "variations",
}


def describe(model: type[Endpoint], *, market: Market = NO_NEWS) -> Description:
    """Describe a model."""
    about = model.about
    abilities = [words for option, words in _ABILITIES.items() if option in model.takes]
    if about.writes_lyrics:
        abilities.append("writes lyrics")
    abilities.append(
        {Voice.NEVER: "no vocals", Voice.ALWAYS: "vocals"}.get(about.voice, "vocals or none")
    )
    abilities += [mode.value for mode in sorted(about.modes)]
    covered = {take.field for take in model.takes.values()}
    return Description(
        endpoint=about.endpoint,
        title=about.title,
        use=about.use,
        kinds=tuple(about.serves),
        price=market.price_of(model).price.phrase,
        length=_length(model),
        abilities=tuple(abilities),
        settings=tuple(
            Setting(name=name, takes=limits_of(field).phrase, default=_default(field.get_default()))
            for name, field in model.model_fields.items()
            if name not in covered
        ),
        listed=market.is_listed(model),
    )


def _length(model: type[Endpoint]) -> str:
    about = model.about
    take = model.takes.get("duration")
    if take is None:
        if about.usual is not None:
            return f"{'always' if about.fixed else 'about'} {number(about.usual)} s"
        return "the model decides the length"
    if take.choices is not None:
        return " or ".join(number(choice) for choice in take.choices) + " s"
    return model.limits("duration").range_phrase("s")


def _default(value: object) -> str | None:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number(value)
        case str() if value:
            return value
        case _:
            return None
