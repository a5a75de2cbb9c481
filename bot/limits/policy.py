"""The numbers a server and its members are held to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from bot.config import Settings
from bot.domain.money import Micros, micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a server's own settings say instead of the operator's; None keeps the operator's number."""

    guild_per_hour: int | None = None
    guild_at_once: int | None = None
    guild_monthly: Micros | None = None
    user_per_hour: int | None = None
    user_at_once: int | None = None


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
        own = overrides or Overrides()
        return cls(
            guild_per_hour=_stricter(settings.minstrel_guild_per_hour, own.guild_per_hour),
            guild_at_once=_stricter(settings.minstrel_guild_at_once, own.guild_at_once),
            guild_monthly=Micros(
                _stricter(micros(settings.minstrel_guild_monthly_usd), own.guild_monthly)
            ),
            user_per_hour=_stricter(settings.minstrel_user_per_hour, own.user_per_hour),
            user_at_once=_stricter(settings.minstrel_user_at_once, own.user_at_once),
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
