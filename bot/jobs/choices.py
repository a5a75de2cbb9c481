"""The numbers that a server may set: within which bounds, and what holds where it sets none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.config import Settings
from bot.domain.money import Micros, usd
from bot.errors import InvalidInput
from bot.limits import CHEAP, DEAR, Policy
from bot.limits.words import LONGEST_WORD, Blocklist
from bot.store.guilds import GuildSettings, Tier


class Unit(StrEnum):
    """What a number counts."""

    COUNT = "count"
    MONEY = "money"
    SECONDS = "seconds"
    DAYS = "days"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number that a server may set.

    Attributes:
        name: The field of `GuildSettings`.
        label: What it is called in forms and lists.
        unit: What it counts; money is in micro-dollars.
        low, high: What makes sense at all, both included.
        says: A sentence about it with a place for the value, such as "Members may start {} per
            hour", and with "now" where it belongs.
        free: The same where nothing holds.
        whose: Who says what holds where a server sets nothing.
    """

    name: str
    label: str
    unit: Unit
    low: int
    high: int
    says: str
    free: str
    whose: str = "the operator"

    def shown(self, value: int) -> str:
        """Write a value for people."""
        match self.unit:
            case Unit.MONEY:
                return usd(Micros(value))
            case Unit.SECONDS:
                return f"{value // 60}:{value % 60:02d}"
            case Unit.DAYS:
                return "1 day" if value == 1 else f"{value:,} days"
            case Unit.COUNT:
                return f"{value:,}"


_MOST_MONEY = 1_000_000 * 1_000_000
_LONGEST_SECONDS = 24 * 3600
_MOST_DAYS = 36_500


def _count(name: str, label: str, says: str, free: str) -> Number:
    return Number(
        name=name, label=label, unit=Unit.COUNT, low=1, high=100_000, says=says, free=free
    )


def _money(name: str, label: str, says: str, free: str, *, whose: str = "the operator") -> Number:
    return Number(
        name=name,
        label=label,
        unit=Unit.MONEY,
        low=0,
        high=_MOST_MONEY,
        says=says,
        free=free,
        whose=whose,
    )


_ALL = (
    _count(
        "guild_per_hour",
        "The whole server, per hour",
        "The whole server may now start {} per hour",
        "The whole server may now start as many per hour as it likes",
    ),
    _count(
        "guild_at_once",
        "The whole server, at once",
        "The whole server may now have {} under way at once",
        "The whole server may now have any number under way at once",
    ),
    _count(
        "user_per_hour",
        "Each member, per hour",
        "Members may now start {} per hour",
        "Members may now start as many per hour as they like",
    ),
    _count(
        "user_at_once",
        "Each member, at once",
        "Members may now have {} under way at once",
        "Members may now have any number under way at once",
    ),
    Number(
        name="longest_seconds",
        label="The longest piece",
        unit=Unit.SECONDS,
        low=1,
        high=_LONGEST_SECONDS,
        says="A piece may now be up to {} long",
        free="A piece may now be as long as its model can make it",
    ),
    _money(
        "guild_daily",
        "The whole server, per day",
        "The whole server may now spend {} per day",
        "The whole server has no budget per day now",
    ),
    _money(
        "guild_monthly",
        "The whole server, per month",
        "The whole server may now spend {} per month",
        "The whole server has no budget per month now",
    ),
    _money(
        "user_daily",
        "Each member, per day",
        "Members may now spend {} per day",
        "Members have no budget per day of their own now",
    ),
    _money(
        "user_monthly",
        "Each member, per month",
        "Members may now spend {} per month",
        "Members have no budget per month of their own now",
    ),
    _money(
        "cheap",
        "Cheap: say nothing up to",
        "Prices up to {} are now passed over in silence",
        "Prices are no longer shown before a request is made",
        whose="Minstrel",
    ),
    _money(
        "dear",
        "Dear: ask first from",
        "Requests are now confirmed first from {} on",
        "Requests no longer have to be confirmed, whatever they cost",
        whose="Minstrel",
    ),
    Number(
        name="retention_days",
        label="Days that results are kept",
        unit=Unit.DAYS,
        low=1,
        high=_MOST_DAYS,
        says="Results and their prompts are now kept for {}",
        free="Results and their prompts are now kept as long as the operator keeps them",
    ),
)

NUMBERS: Mapping[str, Number] = {one.name: one for one in _ALL}

OF_TIERS: Mapping[str, Number] = {
    name.removeprefix("user_"): one for name, one in NUMBERS.items() if name.startswith("user_")
}
"""What a role may have numbers of its own for, by the field of `Tier`."""

MOST_TIERS = 20
MOST_CHOSEN = 25
"""What a menu of Discord's holds (Discord docs, Component Reference)."""
MOST_BLOCKED_USERS = 500
LONGEST_WORDS = 4000
"""Characters of a field in a form, which has to hold the whole list (likewise)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Above:
    """What the operator has set, above all servers.

    Attributes:
        numbers: What holds where a server sets nothing, by the names of `NUMBERS`.
        ceilings: What a server cannot go beyond.
        is_limiting: Whether limits are on at all.
    """

    numbers: Mapping[str, int] = field(default_factory=dict)
    ceilings: Mapping[str, int] = field(default_factory=dict)
    is_limiting: bool = True

    @classmethod
    def of(cls, settings: Settings) -> Above:
        """Read the operator's own settings."""
        policy = Policy.of(settings)
        limits = {
            name: value for name in NUMBERS if (value := getattr(policy, name, None)) is not None
        }
        if settings.minstrel_retention_days is not None:
            limits["retention_days"] = settings.minstrel_retention_days
        return cls(
            numbers=limits | {"cheap": CHEAP, "dear": DEAR},
            ceilings=limits,
            is_limiting=settings.minstrel_limits,
        )

    def standing(self, settings: GuildSettings, name: str) -> int | None:
        """Give the number that holds in a server; None where none does."""
        own: int | None = getattr(settings, name)
        if own is None:
            return self.numbers.get(name)
        ceiling = self.ceilings.get(name)
        return own if ceiling is None else min(own, ceiling)


def check(before: GuildSettings, after: GuildSettings, above: Above) -> None:
    """Refuse what a server may not set. What was there before and stays is not looked at.

    Raises:
        InvalidInput: Naming what is wrong, and what would be right.
    """
    for name, number in NUMBERS.items():
        value = getattr(after, name)
        if value is not None and value != getattr(before, name):
            _check_number(number, value, above.ceilings.get(name))
    if (after.cheap, after.dear) != (before.cheap, before.dear):
        _check_prices(after)
    for role, tier in after.tiers.items():
        if tier != before.tiers.get(role):
            _check_tier(tier, above)
    _check_sizes(before, after)


def _check_number(number: Number, value: int, ceiling: int | None) -> None:
    if not number.low <= value <= number.high:
        raise InvalidInput(
            f"{number.label}: it takes {number.shown(number.low)} to {number.shown(number.high)}, "
            f"and {number.shown(value)} was given."
        )
    if ceiling is not None and value > ceiling:
        raise InvalidInput(
            f"{number.label}: the operator of this bot allows at most {number.shown(ceiling)}, and "
            f"{number.shown(value)} was given. Choose {number.shown(ceiling)} or less."
        )


def _check_prices(after: GuildSettings) -> None:
    if after.cheap is None or after.dear is None or after.cheap <= after.dear:
        return
    raise InvalidInput(
        f"Cheap is up to {usd(after.cheap)}, and dear begins at {usd(after.dear)}, which is less. "
        "Choose a higher price for dear, or a lower one for cheap."
    )


def _check_tier(tier: Tier, above: Above) -> None:
    for name, number in OF_TIERS.items():
        value = getattr(tier, name)
        if value is not None:
            _check_number(number, value, above.ceilings.get(number.name))


def _check_sizes(before: GuildSettings, after: GuildSettings) -> None:
    for what, most, old, new in (
        ("roles with numbers of their own", MOST_TIERS, before.tiers, after.tiers),
        ("exempt roles", MOST_CHOSEN, before.exempt_roles, after.exempt_roles),
        ("blocked members", MOST_BLOCKED_USERS, before.blocked_users, after.blocked_users),
        ("channels", MOST_CHOSEN, before.channels, after.channels),
    ):
        if len(new) > most and len(new) > len(old):
            raise InvalidInput(f"There is room for {most} {what}. Take others out first.")
    if after.blocked_words != before.blocked_words:
        _check_words(after.blocked_words)


def _check_words(words: Sequence[str]) -> None:
    if sum(len(word) + 1 for word in words) > LONGEST_WORDS:
        raise InvalidInput(
            f"The blocked words are more than {LONGEST_WORDS:,} characters together. Shorten the "
            "list; spellings with accents, spaces or look-alike letters need no entries of "
            "their own."
        )
    for word in words:
        if len(word) > LONGEST_WORD:
            raise InvalidInput(
                f"A blocked phrase has at most {LONGEST_WORD} characters, and one that begins "
                f'with "{word[:20]}" has {len(word)}. Write one phrase per line.'
            )
        if Blocklist([word]).is_empty:
            raise InvalidInput(
                f'Nothing could ever be found by "{word}". Write words with letters, or leave it out.'
            )
