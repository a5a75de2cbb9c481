"""The numbers a server and its members are held to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

from bot.config import Settings
from bot.domain.money import Micros, micros


class Overrides(Protocol):
    """A server's own numbers; None keeps the operator's."""

    @property
    def guild_per_hour(self) -> int | None:
        """Requests per hour of the whole server."""

    @property
    def guild_at_once(self) -> int | None:
        """Requests of the whole server under way at once."""

    @property
    def guild_monthly(self) -> Micros | None:
        """Money of the whole server per month."""

    @property
    def user_per_hour(self) -> int | None:
        """Requests per hour of one member."""

    @property
    def user_at_once(self) -> int | None:
        """Requests of one member under way at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """The limits of one scope: a server, or one member of it.

    Attributes:
        monthly: Money that may be spent and reserved within a month; None for no such limit.
    """

    per_hour: int
    at_once: int
    monthly: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All limits that one request is checked against."""

    guild_per_hour: int
    guild_at_once: int
    guild_monthly: Micros
    user_per_hour: int
    user_at_once: int

    @classmethod
    def of(cls, settings: Settings, overrides: Overrides | None = None) -> Self:
        """Combine the operator's numbers with a server's own.

        A server may be stricter than the operator, never more generous: its moderators set the
        one, but the operator pays.
        """
        operator = cls(
            guild_per_hour=settings.minstrel_guild_per_hour,
            guild_at_once=settings.minstrel_guild_at_once,
            guild_monthly=micros(settings.minstrel_guild_monthly_usd),
            user_per_hour=settings.minstrel_user_per_hour,
            user_at_once=settings.minstrel_user_at_once,
        )
        return operator if overrides is None else operator.tightened(overrides)

    def tightened(self, own: Overrides) -> Self:
        """Take a server's own number wherever it is the stricter one."""
        return replace(
            self,
            guild_per_hour=_stricter(self.guild_per_hour, own.guild_per_hour),
            guild_at_once=_stricter(self.guild_at_once, own.guild_at_once),
            guild_monthly=Micros(_stricter(self.guild_monthly, own.guild_monthly)),
            user_per_hour=_stricter(self.user_per_hour, own.user_per_hour),
            user_at_once=_stricter(self.user_at_once, own.user_at_once),
        )

    @property
    def guild(self) -> Caps:
        """What the whole server is held to."""
        return Caps(
            per_hour=self.guild_per_hour,
            at_once=self.guild_at_once,
            monthly=self.guild_monthly,
        )

    @property
    def user(self) -> Caps:
        """What one member of the server is held to."""
        return Caps(per_hour=self.user_per_hour, at_once=self.user_at_once)


def _stricter(operator: int, server: int | None) -> int:
    return operator if server is None else min(operator, server)
