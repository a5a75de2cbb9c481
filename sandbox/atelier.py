"""Making pieces for the houses beside fal: off the event loop, in so many steps, with a percentage.

Words in square brackets steer it as they steer the local fal: `[refuse]`, `[fail]`, `[slow]`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import sources, works
from sandbox.fal.shelf import Kept, Shelf
from sandbox.fal.synth import CONTENT_TYPES

STEPS = 10
SLOW_SECONDS = 45.0
REFUSAL = "The prompt was refused by the content policy of the model"
BROKE = "Internal model error"

Seconds = Annotated[float, Field(ge=0, le=3600)]


class Pace(BaseModel):
    """How long a piece waits and runs at least; what a house adds to it is its own."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    queue_seconds: Seconds = 1.0
    run_seconds: Seconds = 4.0

    def change(self, changes: Mapping[str, Json]) -> None:
        """Set some of it anew.

        Raises:
            pydantic.ValidationError: There is no such setting, or not of that value.
        """
        changed = type(self).model_validate({**self.model_dump(), **changes})
        for name in changes:
            setattr(self, name, getattr(changed, name))


class Stage(StrEnum):
    """Where a piece stands; both houses have the same words."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(slots=True, kw_only=True, eq=False)
class Piece:
    """One request from its submit to its end.

    Attributes:
        endpoint: The catalogue's id of the model.
        arguments: What was asked for, as it came.
        progress: How much is done, in percent.
        url: Where the sound is; None until it is there.
        seconds: How long it is.
        why: Why it failed, in the house's words.
        over: Set at the end.
    """

    id: str
    endpoint: str
    arguments: Mapping[str, Json]
    sent_at: datetime
    stage: Stage = Stage.PENDING
    progress: int = 0
    kept: Kept | None = None
    url: str | None = None
    seconds: float = 0.0
    why: str | None = None
    ended_at: datetime | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Atelier:
    """Works on pieces, all at once as far as time goes, two at once as far as the machine goes."""

    def __init__(self, *, clock: Clock, shelf: Shelf, pace: Pace) -> None:
        self._clock = clock
        self._shelf = shelf
        self._pace = pace
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="sandbox-atelier")
        self._works: set[asyncio.Task[None]] = set()

    def take(self, piece: Piece, commission: Callable[[], works.Commission]) -> None:
        """Begin with a piece; whoever is interested waits for `over`."""
        work = asyncio.create_task(self._work(piece, commission), name=f"piece-{piece.id}")
        self._works.add(work)
        work.add_done_callback(self._works.discard)

    async def make(self, commission: works.Commission) -> Mapping[str, bytes]:
        """Make something at once, and give it by name."""
        made = await self._in_thread(commission)
        return {one.name: one.data for one in made}

    async def close(self) -> None:
        """Stop everything that is being made."""
        works_left = list(self._works)
        for work in works_left:
            work.cancel()
        await asyncio.gather(*works_left, return_exceptions=True)
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _work(self, piece: Piece, commission: Callable[[], works.Commission]) -> None:
        await self._clock.sleep(self._pace.queue_seconds)
        piece.stage = Stage.PROCESSING
        try:
            piece.why = _foretold(piece)
            making = None if piece.why else asyncio.ensure_future(self._in_thread(commission()))
            await self._take_time(piece)
            if making is not None:
                self._deliver(piece, (await making)[0])
        except sources.Missing:
            piece.why = "source_audio could not be downloaded"
        except works.Unusable as problem:
            piece.why = f"source_audio cannot be used: {problem}"
        piece.stage = Stage.FAILED if piece.why else Stage.COMPLETED
        piece.ended_at = self._clock.now()
        piece.over.set()

    async def _take_time(self, piece: Piece) -> None:
        slow = "[slow]" in str(piece.arguments.get("prompt"))
        seconds = SLOW_SECONDS if slow else self._pace.run_seconds
        for step in range(1, STEPS):
            await self._clock.sleep(seconds / STEPS)
            piece.progress = step * 100 // STEPS
        await self._clock.sleep(seconds / STEPS)

    def _deliver(self, piece: Piece, made: works.Made) -> None:
        name = f"{made.name}.{made.container}"
        piece.kept = self._shelf.put(
            made.data, name=name, content_type=CONTENT_TYPES[made.container]
        )
        piece.url = self._shelf.address(piece.kept.token, name)
        piece.seconds = made.seconds
        piece.progress = 100

    async def _in_thread(self, commission: works.Commission) -> list[works.Made]:
        loop = asyncio.get_running_loop()
        return list(await loop.run_in_executor(self._threads, works.make, commission))


def _foretold(piece: Piece) -> str | None:
    """Give the failure that the words in square brackets ask for."""
    text = str(piece.arguments)
    if "[refuse]" in text:
        return REFUSAL
    return BROKE if "[fail]" in text else None
