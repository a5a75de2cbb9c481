"""Whether the account at a provider takes work at the moment; each has a gate of its own.

A locked account or a bad key concerns every job there alike: nothing is lost, all wait, and one job at a
time knocks until the operator has put things right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.catalogue import PROVIDERS

PROBE_SECONDS = 12
"""How long between two knocks; a locked account answers at once, so this costs nothing."""


@dataclass(slots=True)
class Gate:
    """Open, or closed with a reason and the moment of the next knock."""

    reason: str | None = None
    _next_probe_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether jobs may be dispatched freely."""
        return self.reason is None

    def close(self, reason: str, now: datetime) -> bool:
        """Stop dispatching. Gives True when it was open until now."""
        was_open = self.is_open
        self.reason = reason
        self._next_probe_at = now + timedelta(seconds=PROBE_SECONDS)
        return was_open

    def open(self) -> bool:
        """Let work through again. Gives True when it was closed until now."""
        was_closed = not self.is_open
        self.reason = None
        self._next_probe_at = None
        return was_closed

    def admits(self, now: datetime) -> bool:
        """Say whether one more job may be dispatched; while closed that uses up the knock."""
        if self._next_probe_at is None:
            return True
        if now < self._next_probe_at:
            return False
        self._next_probe_at = now + timedelta(seconds=PROBE_SECONDS)
        return True


@dataclass(slots=True)
class Gates:
    """The gates of all providers.

    Attributes:
        places: How many requests each provider runs at once. One that is missing has no key here:
            its gate is closed, and nobody knocks.
    """

    places: Mapping[str, int]
    _gates: dict[str, Gate] = field(default_factory=dict)

    def of(self, provider: str) -> Gate:
        """Give the gate of a provider."""
        if provider not in self._gates:
            house = PROVIDERS.get(provider, provider)
            reason = f"Paused by the operator: this bot has no key for {house} at the moment."
            self._gates[provider] = Gate(reason=None if provider in self.places else reason)
        return self._gates[provider]

    def knock(self, now: datetime) -> set[str]:
        """Give the closed providers where one job may try now; that uses up their knocks."""
        closed = [name for name in self.places if not self.of(name).is_open]
        return {name for name in closed if self.of(name).admits(now)}

    def free(self, knocked: Collection[str]) -> dict[str, int]:
        """Give the places of the providers that are open, or knocked at."""
        return {
            name: count
            for name, count in self.places.items()
            if self.of(name).is_open or name in knocked
        }

    @property
    def reasons(self) -> tuple[str | None, ...]:
        """Why nothing is dispatched, of each provider that anybody asked for."""
        return tuple(gate.reason for gate in self._gates.values())
