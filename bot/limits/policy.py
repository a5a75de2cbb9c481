"""The numbers a server and its members are held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, Self

from bot.config import Settings
from bot.domain.money import Micros, micros


class Tier(Protocol):
    """Numbers for the members with one role; None leaves the server's number for members."""

    @property
    def per_hour(self) -> int | None:
        """Requests per hour."""

    @property
    def at_once(self) -> int | None:
        """Requests under way at once."""

    @property
    def daily(self) -> Micros | None:
        """Money per day."""

    @property
    def monthly(self) -> Micros | None:
        """Money per month."""


class Overrides(Protocol):
    """A server's own numbers; None keeps the operator's."""

    @property
    def guild_per_hour(self) -> int | None:
        """Requests per hour of the whole server."""

    @property
    def guild_at_once(self) -> int | None:
        """Requests of the whole server under way at once."""

    @property
    def guild_daily(self) -> Micros | None:
        """Money of the whole server per day."""

    @property
    def guild_monthly(self) -> Micros | None:
        """Money of the whole server per month."""

    @property
    def user_per_hour(self) -> int | None:
        """Requests per hour of one member."""

    @property
    def user_at_once(self) -> int | None:
        """Requests of one member under way at once."""

    @property
    def user_daily(self) -> Micros | None:
        """Money of one member per day."""

    @property
    def user_monthly(self) -> Micros | None:
        """Money of one member per month."""

    @property
    def tiers(self) -> Mapping[int, Tier]:
        """Other numbers for members, by the id of a role."""

    @property
    def exempt_roles(self) -> Collection[int]:
        """Roles whose members the server holds to no number of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The limits of one scope: a server, or one member of it.

    Attributes:
        daily: Money that may be spent and reserved within a day; None for no such limit.
        monthly: Likewise within a month.
    """

    per_hour: int
    at_once: int
    daily: Micros | None = None
    monthly: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All limits that one request is checked against. None is no limit."""

    guild_per_hour: int
    guild_at_once: int
    guild_daily: Micros | None = None
    guild_monthly: Micros | None = None
    user_per_hour: int
    user_at_once: int
    user_daily: Micros | None = None
    user_monthly: Micros | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        overrides: Overrides | None = None,
        *,
        roles: Collection[int] = (),
    ) -> Self:
        """Combine the operator's numbers with a server's own, for a member with these roles.

        A server may be stricter than the operator, never more generous: its moderators set the
        one, but the operator pays.
        """
        operator = cls(
            guild_per_hour=settings.minstrel_guild_per_hour,
            guild_at_once=settings.minstrel_guild_at_once,
            guild_daily=micros(settings.minstrel_guild_daily_usd),
            guild_monthly=micros(settings.minstrel_guild_monthly_usd),
            user_per_hour=settings.minstrel_user_per_hour,
            user_at_once=settings.minstrel_user_at_once,
            user_daily=micros(settings.minstrel_user_daily_usd),
            user_monthly=micros(settings.minstrel_user_monthly_usd),
        )
        return operator if overrides is None else operator.tightened(overrides, roles=roles)

    def tightened(self, own: Overrides, *, roles: Collection[int] = ()) -> Self:
        """Take a server's own number wherever it is the stricter one.

        A role with a tier brings its own numbers in place of the server's for members; of several
        the most generous one counts, limit by limit. An exempt role frees of both. Neither frees
        of the operator's.
        """
        house = replace(
            self,
            guild_per_hour=_stricter(self.guild_per_hour, own.guild_per_hour),
            guild_at_once=_stricter(self.guild_at_once, own.guild_at_once),
            guild_daily=_less(self.guild_daily, own.guild_daily),
            guild_monthly=_less(self.guild_monthly, own.guild_monthly),
        )
        if any(role in own.exempt_roles for role in roles):
            return house
        tiers = [tier for role, tier in own.tiers.items() if role in roles]
        per_hour = _most([tier.per_hour for tier in tiers], own.user_per_hour)
        at_once = _most([tier.at_once for tier in tiers], own.user_at_once)
        return replace(
            house,
            user_per_hour=_stricter(self.user_per_hour, per_hour),
            user_at_once=_stricter(self.user_at_once, at_once),
            user_daily=_less(
                self.user_daily, _most_money([tier.daily for tier in tiers], own.user_daily)
            ),
            user_monthly=_less(
                self.user_monthly, _most_money([tier.monthly for tier in tiers], own.user_monthly)
            ),
        )

    @property
    def guild(self) -> Caps:
        """What the whole server is held to."""
        return Caps(
            per_hour=self.guild_per_hour,
            at_once=self.guild_at_once,
            daily=self.guild_daily,
            monthly=self.guild_monthly,
        )

    @property
    def user(self) -> Caps:
        """What one member of the server is held to."""
        return Caps(
            per_hour=self.user_per_hour,
            at_once=self.user_at_once,
            daily=self.user_daily,
            monthly=self.user_monthly,
        )


def _stricter(operator: int, server: int | None) -> int:
    return operator if server is None else min(operator, server)


def _less(operator: Micros | None, server: Micros | None) -> Micros | None:
    if operator is None or server is None:
        return server if operator is None else operator
    return min(operator, server)


def _most(numbers: Collection[int | None], otherwise: int | None) -> int | None:
    """Give the most generous of the numbers that tiers name, if any names one."""
    named = [number for number in numbers if number is not None]
    return max(named) if named else otherwise


def _most_money(amounts: Collection[Micros | None], otherwise: Micros | None) -> Micros | None:
    most = _most(amounts, otherwise)
    return None if most is None else Micros(most)
