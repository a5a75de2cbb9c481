"""Running a model: from a request's turn to the outcome that its result repeats.

Words in square brackets let a newcomer see what happens when things go wrong: `[refuse]`,
`[fail]`, `[timeout]`, `[slow]`; and `[stubborn]` ignores a cancellation.
"""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import wave
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers, models, outputs, roster, sources, works
from sandbox.fal.engines import Engine
from sandbox.fal.settings import Settings
from sandbox.fal.shelf import Kept, Shelf
from sandbox.fal.synth import CONTENT_TYPES
from sandbox.fal.tickets import Outcome, Ticket

SLOW_SECONDS = 45.0
LONGEST_SECONDS = 600.0  # no model makes more
STEPS = 5
RENDERERS = 2
REFUSAL = (
    "The content could not be processed because it contained material flagged by a content checker."
)

Note = Callable[[Ticket, str], None]


class Studio:
    """Makes what was asked for, off the event loop."""

    def __init__(self, *, clock: Clock, settings: Settings, shelf: Shelf) -> None:
        self._clock = clock
        self._settings = settings
        self._shelf = shelf
        self._threads = ThreadPoolExecutor(RENDERERS, thread_name_prefix="sandbox-studio")
        self._recording: tuple[works.Made, Kept] | None = None

    def play(self, data: bytes | None) -> None:
        """Give this WAV file as the result of every request, instead of making one; None ends it.

        Raises:
            ValueError: It is none.
        """
        if data is None:
            self._recording = None
            return
        try:
            with wave.open(io.BytesIO(data)) as file:
                seconds = file.getnframes() / file.getframerate()
        except (wave.Error, EOFError) as error:
            raise ValueError("The recording must be a WAV file.") from error
        made = works.Made(name="output", data=b"", container="wav", seconds=seconds)
        kept = self._shelf.put(data, name="output.wav", content_type="audio/wav")
        self._recording = made, kept

    def close(self) -> None:
        """Take on no more work; what is being made is thrown away."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def run(self, ticket: Ticket, note: Note) -> Outcome:
        """Work on a request for as long as its model takes."""
        engine = roster.find(ticket.endpoint)
        wrong = models.findings(ticket.endpoint, ticket.arguments)
        if wrong is not None or engine is None or not isinstance(ticket.arguments, dict):
            return Outcome(status=422, body=wrong)
        note(ticket, "Loading the model")
        refused = _refused(ticket)
        if refused is not None:
            await self._take_time(ticket, note)
            return refused
        try:
            commission = self._commission(engine, ticket.arguments)
        except sources.Missing as missing:
            return Outcome(status=422, body=missing.body)
        if self._recording is not None:
            await self._take_time(ticket, note)
            return self._played(engine, ticket.arguments, commission, *self._recording)
        loop = asyncio.get_running_loop()
        making = loop.run_in_executor(self._threads, works.make, commission)
        try:
            await self._take_time(ticket, note)
            made = await making
        except works.Unusable as problem:
            body = answers.model_error(
                problem.kind, str(problem), field="audio_url", ctx=problem.ctx
            )
            return Outcome(status=422, body=body)
        finally:
            making.cancel()
        note(ticket, "Uploading the result")
        return self._delivered(engine, ticket.arguments, commission, made)

    async def _take_time(self, ticket: Ticket, note: Note) -> None:
        """Let as much time pass as a hosted model would need, printing how far it is."""
        seconds = SLOW_SECONDS if "[slow]" in ticket.text else self._settings.run_seconds
        for step in range(1, STEPS + 1):
            await self._clock.sleep(seconds / STEPS)
            note(ticket, f"Generating {step * 100 // STEPS}%")

    def _commission(self, engine: Engine, arguments: Mapping[str, Any]) -> works.Commission:
        seed = arguments.get("seed")
        bpm = arguments.get("bpm")
        return works.Commission(
            makes=engine.makes,
            prompt=_description(engine, arguments),
            negative=str(arguments.get("negative_prompt") or ""),
            lyrics=str(arguments.get(engine.lyrics) or "") if engine.lyrics else "",
            seconds=min(LONGEST_SECONDS, max(0.0, engine.seconds(arguments))),
            seed=secrets.randbelow(2**31) if seed is None else int(seed),
            container=engine.container(arguments),
            rate=engine.rate(arguments),
            bpm=float(bpm) if isinstance(bpm, int | float) else None,
            loop=bool(arguments.get("loop")),
            copies=int(arguments.get("num_songs") or arguments.get("num_samples") or 1),
            source=sources.fetch(self._shelf, arguments),
            edit=sources.edit(arguments),
            stems=tuple(arguments.get("stems") or ()),
            six=str(arguments.get("model") or "htdemucs_6s").endswith("6s"),
        )

    def _played(
        self,
        engine: Engine,
        arguments: Mapping[str, Json],
        commission: works.Commission,
        made: works.Made,
        kept: Kept,
    ) -> Outcome:
        files = [(made, kept, self._shelf.address(kept.token, kept.name))]
        return Outcome(
            status=200,
            body=outputs.write(engine, arguments, commission, files),
            units=engine.units(arguments, made.seconds),
        )

    def _delivered(
        self,
        engine: Engine,
        arguments: Mapping[str, Json],
        commission: works.Commission,
        made: Sequence[works.Made],
    ) -> Outcome:
        files = []
        for item in made:
            name = f"{item.name}.{'ogg' if item.container == 'opus' else item.container}"
            says = engine.says or CONTENT_TYPES[item.container]
            kept = self._shelf.put(item.data, name=name, content_type=says)
            files.append((item, kept, self._shelf.address(kept.token, name)))
        return Outcome(
            status=200,
            body=outputs.write(engine, arguments, commission, files),
            units=engine.units(arguments, made[0].seconds),
        )


def _refused(ticket: Ticket) -> Outcome | None:
    """Give the failure that the words in square brackets ask for."""
    text = ticket.text
    if "[refuse]" in text:
        return Outcome(
            status=422,
            body=answers.model_error("content_policy_violation", REFUSAL, field="prompt"),
        )
    if "[fail]" in text:
        return Outcome(
            status=500,
            body=answers.model_error("internal_server_error", "Internal server error"),
            error="Internal server error",
            error_type="internal_server_error",
        )
    if "[timeout]" in text:
        return Outcome(
            status=504,
            body=answers.model_error("generation_timeout", "Generation timed out"),
            headers={"X-Fal-Needs-Retry": "1"},
            error="Generation timed out",
            error_type="generation_timeout",
        )
    return None


def _description(engine: Engine, arguments: Mapping[str, Any]) -> str:
    """Put together the words that describe the sound."""
    parts = [arguments.get(name) for name in engine.text]
    return ", ".join(_words(part) for part in parts if part)


def _words(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_words(part) for part in value)
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    return str(value)
