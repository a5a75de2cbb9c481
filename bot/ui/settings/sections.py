"""What a server can set, section by section, and what of it is set. Knows nothing of Discord."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.catalogue import NO_NEWS, Endpoint, Market
from bot.domain.job import Kind
from bot.errors import InvalidInput
from bot.jobs.choices import NUMBERS, OF_TIERS, Above
from bot.jobs.defaults import usual_model
from bot.jobs.differences import title
from bot.jobs.preferences import Change
from bot.store.guilds import GuildSettings, Tier


class Section(StrEnum):
    """A page of the settings."""

    OVERVIEW = "overview"
    LIMITS = "limits"
    MONEY = "money"
    ROLES = "roles"
    PEOPLE = "people"
    MODELS = "models"
    MODERATION = "moderation"
    FILES = "files"


TITLES: Mapping[Section, str] = {
    Section.OVERVIEW: "Overview",
    Section.LIMITS: "Limits",
    Section.MONEY: "Money",
    Section.ROLES: "Roles",
    Section.PEOPLE: "Members and channels",
    Section.MODELS: "Models",
    Section.MODERATION: "Moderation",
    Section.FILES: "Privacy and files",
}

ABOUT: Mapping[Section, str] = {
    Section.OVERVIEW: "Everything at a glance",
    Section.LIMITS: "How many pieces, and how long",
    Section.MONEY: "Budgets, and which prices are confirmed",
    Section.ROLES: "Other numbers for some members",
    Section.PEOPLE: "Who may ask, and where",
    Section.MODELS: "Which may be used, and which one when none is named",
    Section.MODERATION: "Blocked words, and the audit channel",
    Section.FILES: "How long results are kept, and the usual format",
}

IN_LIMITS = ("guild_per_hour", "guild_at_once", "user_per_hour", "user_at_once", "longest_seconds")
BUDGETS = ("guild_daily", "guild_monthly", "user_daily", "user_monthly")
PRICES = ("cheap", "dear")
IN_MONEY = (*BUDGETS, *PRICES)

_SET_IN: Mapping[Section, tuple[str, ...]] = {
    Section.LIMITS: IN_LIMITS,
    Section.MONEY: IN_MONEY,
    Section.ROLES: ("tiers", "exempt_roles"),
    Section.PEOPLE: ("blocked_users", "channels"),
    Section.MODELS: ("models", "allowed_models"),
    Section.MODERATION: ("blocked_words", "audit_channel"),
    Section.FILES: ("retention_days", "format"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the panel is open at.

    Attributes:
        kind: The command whose models are shown.
        page: Which page of them.
        role: The role whose numbers are to be changed.
    """

    section: Section
    kind: Kind = Kind.MUSIC
    page: int = 0
    role: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything that a page shows: what the server has set, and what stands around it.

    Attributes:
        role_names: Names of the server's roles, by id.
        channel_ids: The server's channels, as far as the bot can see them.
    """

    settings: GuildSettings
    above: Above
    market: Market = NO_NEWS
    role_names: Mapping[int, str]
    channel_ids: frozenset[int]

    def role(self, role_id: int) -> str:
        """Name a role without mentioning it."""
        return f"@{self.role_names.get(role_id, 'a deleted role')}"

    def usual(self, kind: Kind) -> type[Endpoint] | None:
        """Give the model that a command uses when none is named; None where none can be had."""
        try:
            return usual_model(self.settings, kind, self.market)
        except InvalidInput:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """One thing that a server has set, and that can go back to what the operator says.

    Attributes:
        key: What it is called in menus; `without` takes it back.
        label: What it is called for people, without markup.
        value: What it is set to, with mentions.
    """

    key: str
    label: str
    value: str


def owns(section: Section, standing: Standing) -> list[Own]:
    """List what a server has set in a section."""
    return [
        own for name in _SET_IN.get(section, ()) for own in _OWNS.get(name, _number)(name, standing)
    ]


def without(keys: Sequence[str]) -> Change:
    """Give the change that takes things back, so that what the operator says holds again."""

    def change(settings: GuildSettings) -> GuildSettings:
        plain = GuildSettings()
        for key in keys:
            name, _, part = key.partition(".")
            if name == "tiers":
                left = {role: one for role, one in settings.tiers.items() if str(role) != part}
                settings = replace(settings, tiers=left)
            elif name == "models":
                kept = {kind: one for kind, one in settings.models.items() if kind != part}
                settings = replace(settings, models=kept)
            else:
                settings = replace(settings, **{name: getattr(plain, name)})
        return settings

    return change


def _number(name: str, standing: Standing) -> Iterator[Own]:
    value = getattr(standing.settings, name)
    if value is not None:
        number = NUMBERS[name]
        yield Own(key=name, label=number.label, value=number.shown(value))


def _tiers(name: str, standing: Standing) -> Iterator[Own]:
    for role, tier in standing.settings.tiers.items():
        label = f"Numbers for {standing.role(role)}"
        yield Own(key=f"{name}.{role}", label=label, value=f"<@&{role}> {tier_words(tier)}")


def tier_words(tier: Tier) -> str:
    """Write the numbers of a role in one line."""
    words = {
        "per_hour": "{} per hour",
        "at_once": "{} at once",
        "daily": "{} per day",
        "monthly": "{} per month",
    }
    set_ = [
        words[name].format(number.shown(value))
        for name, number in OF_TIERS.items()
        if (value := getattr(tier, name)) is not None
    ]
    return ", ".join(set_) or "as everybody"


def _exempt(name: str, standing: Standing) -> Iterator[Own]:
    if roles := standing.settings.exempt_roles:
        yield Own(key=name, label="Exempt roles", value=mentions(roles, "<@&{}>"))


def _blocked(name: str, standing: Standing) -> Iterator[Own]:
    if users := standing.settings.blocked_users:
        yield Own(key=name, label="Blocked members", value=mentions(users, "<@{}>"))


def _channels(name: str, standing: Standing) -> Iterator[Own]:
    if channels := standing.settings.channels:
        yield Own(key=name, label="Channels for requests", value=mentions(channels, "<#{}>"))


def _models(name: str, standing: Standing) -> Iterator[Own]:
    for kind in Kind:
        if model := standing.settings.models.get(kind):
            yield Own(key=f"{name}.{kind.value}", label=f"/{kind.value}", value=title(model))


def _allowed(name: str, standing: Standing) -> Iterator[Own]:
    if allowed := standing.settings.allowed_models:
        yield Own(key=name, label="Allowed models", value=f"{len(allowed)} of them")


def _words(name: str, standing: Standing) -> Iterator[Own]:
    if words := standing.settings.blocked_words:
        count = "1 word or phrase" if len(words) == 1 else f"{len(words):,} words and phrases"
        yield Own(key=name, label="Blocked words", value=count)


def _audit(name: str, standing: Standing) -> Iterator[Own]:
    if channel := standing.settings.audit_channel:
        yield Own(key=name, label="Audit channel", value=f"<#{channel}>")


def _format(name: str, standing: Standing) -> Iterator[Own]:
    if chosen := standing.settings.format:
        yield Own(key=name, label="Format", value=chosen.value)


_OWNS: Mapping[str, Callable[[str, Standing], Iterator[Own]]] = {
    "tiers": _tiers,
    "exempt_roles": _exempt,
    "blocked_users": _blocked,
    "channels": _channels,
    "models": _models,
    "allowed_models": _allowed,
    "blocked_words": _words,
    "audit_channel": _audit,
    "format": _format,
}

_MENTIONED = 25


def mentions(ids: frozenset[int], shape: str) -> str:
    """Mention some of them, and count the rest."""
    shown = sorted(ids)[:_MENTIONED]
    more = f" and {len(ids) - len(shown)} more" if len(ids) > len(shown) else ""
    return " ".join(shape.format(one) for one in shown) + more
