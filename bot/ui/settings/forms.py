"""The settings that are written, as forms; and what was written in them.

Nothing of a form is kept in memory: what it is for stands in its custom id, and what its fields
showed in theirs. So a form that was opened before a restart can be handed in after it, and what
was not touched in it is left alone, whoever has changed it meanwhile.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import discord

from bot.domain.money import micros
from bot.errors import InvalidInput
from bot.jobs.choices import LONGEST_WORDS, NUMBERS, OF_TIERS, Number, Unit
from bot.jobs.preferences import Change
from bot.store.guilds import GuildSettings, Tier
from bot.ui.forms import seconds
from bot.ui.settings.sections import BUDGETS, IN_LIMITS, PRICES, Section, Standing

FORM_PREFIX = "minstrel-settings-form"
_ID = re.compile(rf"{FORM_PREFIX}:(?P<name>[a-z]+):(?P<role>[0-9]*):[0-9]+")
_LONGEST_NUMBER = 20

_WHOLE = re.compile(r"[0-9]{1,9}")
_MONEY = re.compile(
    r"(?:\$|USD|US\$)?\s*([0-9]{1,9}(?:[.,][0-9]{1,6})?)\s*(?:\$|USD|dollars?)?", re.I
)
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:[.,][0-9]{3})+")
_DAYS = re.compile(r"([0-9]{1,6})\s*(?:d|days?)?", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One form: its title, its numbers, and the page that it belongs to."""

    title: str
    section: Section
    numbers: tuple[str, ...] = ()


SHEETS: Mapping[str, Sheet] = {
    "limits": Sheet(title="Limits", section=Section.LIMITS, numbers=IN_LIMITS),
    "budgets": Sheet(title="Budgets, in dollars", section=Section.MONEY, numbers=BUDGETS),
    "prices": Sheet(title="Cheap and dear, in dollars", section=Section.MONEY, numbers=PRICES),
    "retention": Sheet(
        title="How long results are kept", section=Section.FILES, numbers=("retention_days",)
    ),
    "words": Sheet(title="Blocked words and phrases", section=Section.MODERATION),
    "tier": Sheet(title="Numbers for a role", section=Section.ROLES),
}


def form(
    name: str, standing: Standing, *, role: int | None = None, opened_by: int
) -> discord.ui.Modal:
    """Make a form, filled with what the server has set.

    Args:
        name: One of `SHEETS`.
        standing: What its fields show at first.
        role: Whose numbers it is about, if it is a role's.
        opened_by: The interaction that opens it. Each opening has an id of its own: clients keep
            what was typed into a form that was dismissed, and show it in the next of its id.

    Raises:
        KeyError: There is no such form.
    """
    sheet = SHEETS[name]
    title = sheet.title if role is None else f"Numbers for {standing.role(role)}"
    custom_id = f"{FORM_PREFIX}:{name}:{'' if role is None else role}:{opened_by}"
    modal = discord.ui.Modal(title=title[:45], custom_id=custom_id, timeout=None)
    for field in _fields(name, standing, role):
        modal.add_item(field)
    # One that is finished is not remembered by discord.py: it is handed in as an event, by its id.
    modal.stop()
    return modal


def _fields(name: str, standing: Standing, role: int | None) -> Iterator[discord.ui.Label[Any]]:
    settings = standing.settings
    if name == "words":
        text = "\n".join(settings.blocked_words)
        yield discord.ui.Label(
            text="One per line",
            description="A star at an end finds longer words, too: snow* finds snowman.",
            component=discord.ui.TextInput(
                custom_id=f"blocked_words={_digest(settings.blocked_words)}",
                style=discord.TextStyle.paragraph,
                default=text[:LONGEST_WORDS] or None,
                required=False,
                max_length=LONGEST_WORDS,
            ),
        )
    elif role is not None:
        tier = settings.tiers.get(role) or Tier()
        for field, number in OF_TIERS.items():
            hint = "Empty for the same as everybody" + _at_most(number, standing)
            yield _number_field(field, number, getattr(tier, field), hint)
    else:
        for field in SHEETS[name].numbers:
            number = NUMBERS[field]
            yield _number_field(field, number, getattr(settings, field), _hint(number, standing))


def _number_field(name: str, number: Number, value: int | None, hint: str) -> discord.ui.Label[Any]:
    shown = None if value is None else _typed(number, value)
    return discord.ui.Label(
        text=number.label,
        description=hint[:100],
        component=discord.ui.TextInput(
            custom_id=f"{name}={'' if value is None else value}",
            default=shown,
            placeholder=_EXAMPLES[number.unit],
            required=False,
            max_length=_LONGEST_NUMBER,
        ),
    )


_EXAMPLES: Mapping[Unit, str] = {
    Unit.COUNT: "Such as 10",
    Unit.MONEY: "Such as 2.50",
    Unit.SECONDS: "Such as 90 or 1:30",
    Unit.DAYS: "Such as 30",
}


def _hint(number: Number, standing: Standing) -> str:
    theirs = standing.above.numbers.get(number.name)
    if theirs is None:
        return "Empty for no limit set here"
    whose = "the operator's" if number.whose == "the operator" else f"{number.whose}'s"
    return f"Empty for {whose} {number.shown(theirs)}" + _at_most(number, standing)


def _at_most(number: Number, standing: Standing) -> str:
    ceiling = standing.above.ceilings.get(number.name)
    return "" if ceiling is None else f"; at most {number.shown(ceiling)}"


def _typed(number: Number, value: int) -> str:
    """Write a value as it may be typed."""
    shown = number.shown(value)
    match number.unit:
        case Unit.MONEY:
            return shown.removeprefix("$")
        case Unit.COUNT | Unit.DAYS:
            return str(value)
        case Unit.SECONDS:
            return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedIn:
    """A form that was sent.

    Attributes:
        role: The role that its numbers are for.
        texts: What was written, by the custom ids of the fields.
    """

    name: str
    role: int | None
    texts: Mapping[str, str]

    @property
    def section(self) -> Section:
        """The page that the form belongs to."""
        return SHEETS[self.name].section

    def change(self) -> Change:
        """Give the change that was asked for; fields that were not touched change nothing.

        Raises:
            InvalidInput: A text is not what its field takes.
        """
        if self.name == "words":
            return _words_change(self.texts)
        touched: dict[str, int | None] = {}
        for custom_id, text in self.texts.items():
            name, _, before = custom_id.partition("=")
            number = OF_TIERS.get(name) if self.role is not None else NUMBERS.get(name)
            if number is None:
                continue
            value = read(number, text)
            if value != (int(before) if before else None):
                touched[name] = value
        role = self.role

        def change(settings: GuildSettings) -> GuildSettings:
            if role is None:
                return replace(settings, **touched)  # type: ignore[arg-type]
            tier = replace(settings.tiers.get(role) or Tier(), **touched)  # type: ignore[arg-type]
            others = {key: one for key, one in settings.tiers.items() if key != role}
            return replace(settings, tiers=others if tier == Tier() else others | {role: tier})

        return change


def handed_in(interaction: discord.Interaction[Any]) -> HandedIn | None:
    """Read a form of the settings that was sent; None where it is something else."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    payload: Mapping[str, Any] = dict(interaction.data or {})
    match = _ID.fullmatch(str(payload.get("custom_id")))
    if match is None or match["name"] not in SHEETS:
        return None
    name, role = match["name"], match["role"]
    inputs = [one.get("component") or {} for one in payload.get("components", ())]
    texts = {str(one.get("custom_id")): str(one.get("value") or "") for one in inputs}
    return HandedIn(name=name, role=int(role) if role else None, texts=texts)


def read(number: Number, text: str) -> int | None:
    """Read a number as it was typed; None for an empty field.

    Raises:
        InvalidInput: It is not what the field takes.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        return None
    found = _READERS[number.unit](plain)
    if found is None:
        raise InvalidInput(
            f'{number.label}: "{plain[:_LONGEST_NUMBER]}" cannot be read. {_WANTED[number.unit]}'
        )
    return found


def _whole(text: str) -> int | None:
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    return int(plain) if _WHOLE.fullmatch(plain) else None


def _money(text: str) -> int | None:
    match = _MONEY.fullmatch(text)
    # "1,000" is a thousand to some and one to others, and money is no place to guess.
    if match is None or _THOUSANDS.fullmatch(match[1]):
        return None
    return micros(Decimal(match[1].replace(",", ".")))


def _length(text: str) -> int | None:
    try:
        return round(seconds("length", text))
    except InvalidInput:
        return None


def _in_days(text: str) -> int | None:
    match = _DAYS.fullmatch(text)
    return int(match[1]) if match else None


_READERS = {
    Unit.COUNT: _whole,
    Unit.MONEY: _money,
    Unit.SECONDS: _length,
    Unit.DAYS: _in_days,
}
_WANTED: Mapping[Unit, str] = {
    Unit.COUNT: "Write a whole number, such as 10.",
    Unit.MONEY: "Write dollars and cents, such as 2.50 or 1000.",
    Unit.SECONDS: "Write seconds or minutes, such as 90 or 1:30.",
    Unit.DAYS: "Write a number of days, such as 30.",
}


def _words_change(texts: Mapping[str, str]) -> Change:
    custom_id, text = next(iter(texts.items()), ("", ""))
    before = custom_id.partition("=")[2]
    words = words_of(text)

    def change(settings: GuildSettings) -> GuildSettings:
        if words == settings.blocked_words:
            return settings
        if _digest(settings.blocked_words) != before:
            raise InvalidInput(
                "Somebody else changed the blocked words while your form was open. Open it again, "
                "to see the list as it is now."
            )
        return replace(settings, blocked_words=words)

    return change


def words_of(text: str) -> tuple[str, ...]:
    """Read a list: one phrase per line or between commas, each once, in the order of typing."""
    found: dict[str, str] = {}
    for piece in re.split(r"[\n,]", text):
        word = " ".join(piece.split())
        if word:
            found.setdefault(word.casefold(), word)
    return tuple(found.values())


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
