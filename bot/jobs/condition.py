"""How the bot does at the moment, for those who look after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.catalogue import Market
from bot.config import Settings
from bot.domain.clock import Clock
from bot.jobs.runtime import Runtime
from bot.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Condition:
    """A view of what the jobs work with."""

    _rt: Runtime
    settings: Settings

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._rt.clock

    @property
    def market(self) -> Market:
        """What is known of the models."""
        return self._rt.shop.market

    @property
    def providers(self) -> Mapping[str, Provider]:
        """Those whose keys are set, by name."""
        return self._rt.providers

    @property
    def paused(self) -> Mapping[str, str]:
        """Why nothing is sent to a provider, by its name; one that takes work is missing."""
        reasons = {name: self._rt.gates.of(name).reason for name in self.providers}
        return {name: reason for name, reason in reasons.items() if reason is not None}
