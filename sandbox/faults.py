"""Faults on demand. Each far end asks here, at named places, whether to misbehave."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

What = Literal[
    "status",  # answer with `status` and `body` instead of the real answer
    "latency",  # wait `seconds`, then go on as usual
    "delay",  # do it, then wait `seconds` before the answer leaves
    "drop_before",  # close the connection before doing anything
    "drop_after",  # do it, then close the connection without an answer
    "fail_after",  # do it, then answer with `status` and `body` as if it had failed
    "silence",  # a stream: stay open and say nothing for `seconds`
    "cut",  # a stream or download: stop in the middle
    "corrupt",  # a download: damage the bytes
    "html",  # answer an HTML page where something else was expected
    "huge",  # a download: announce, and begin to send, far too much
    "lie",  # answer something well-formed and false; what, each place says in its docs
]


class Fault(BaseModel):
    """One way of misbehaving, at one place, so many times.

    Attributes:
        where: Name of the place, such as ``fal.submit`` or ``discord.message_edit``; a trailing
            ``*`` matches all that begin alike.
        times: How often it strikes; None for until it is cleared.
        after: How many times the place is spared first.
        chance: How likely it strikes when its place is used; spared otherwise, at no cost.
        vary: Wait a random part of `seconds` each time, instead of all of it.
        about: Strike only what has this in it: the text or the address of a request to fal, the
            address of one to Discord (which names the channel). None for everything.
    """

    model_config = ConfigDict(extra="forbid")

    where: str
    what: What
    times: int | None = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)
    status: int = 500
    seconds: float = 0
    chance: float = Field(default=1, gt=0, le=1)
    vary: bool = False
    about: str | None = None
    body: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)

    def matches(self, where: str, about: str = "") -> bool:
        """Say whether this fault is meant for a place, and for what is asked there."""
        if self.about is not None and self.about not in about:
            return False
        if self.where.endswith("*"):
            return where.startswith(self.where[:-1])
        return where == self.where


class Faults:
    """The faults that are set, in order; the first that matches strikes."""

    def __init__(self, faults: Iterable[Fault] = (), *, random: Random | None = None) -> None:
        self._faults = list(faults)
        self._random = random or Random()
        self.struck: list[tuple[str, Fault]] = []

    @property
    def pending(self) -> tuple[Fault, ...]:
        """Those that have strikes left."""
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        """Set one more."""
        self._faults.append(fault)

    def remove(self, fault: Fault) -> None:
        """Take one back; one that has been spent is gone already."""
        if fault in self._faults:
            self._faults.remove(fault)

    def clear(self) -> None:
        """Forget all of them."""
        self._faults.clear()

    def take(self, where: str, about: str = "") -> Fault | None:
        """Give the fault that strikes at a place now, and count it as spent.

        `about` is what is known of the request: see `Fault.about`.
        """
        for index, fault in enumerate(self._faults):
            if not fault.matches(where, about) or self._is_spared(fault):
                continue
            if fault.after:
                self._faults[index] = fault.model_copy(update={"after": fault.after - 1})
                return None
            if fault.times == 1:
                del self._faults[index]
            elif fault.times is not None:
                self._faults[index] = fault.model_copy(update={"times": fault.times - 1})
            strike = self._varied(fault)
            self.struck.append((where, strike))
            return strike
        return None

    def _varied(self, fault: Fault) -> Fault:
        if not fault.vary:
            return fault
        return fault.model_copy(update={"seconds": fault.seconds * self._random.random()})

    def _is_spared(self, fault: Fault) -> bool:
        return fault.chance < 1 and self._random.random() >= fault.chance
