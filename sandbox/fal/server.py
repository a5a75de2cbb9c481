"""A local fal: queue, storage, platform and files, with real audio coming out of it."""

from __future__ import annotations

import json
from collections.abc import Callable

from aiohttp import web
from pydantic import ValidationError

from bot.domain.clock import Clock
from bot.domain.job import Json
from sandbox.fal import answers
from sandbox.fal.files import Files
from sandbox.fal.ledger import Ledger, Record
from sandbox.fal.line import Line
from sandbox.fal.misbehaviour import Misbehaviour
from sandbox.fal.platform import Platform
from sandbox.fal.queue import Queue
from sandbox.fal.settings import Change, Settings
from sandbox.fal.shelf import Shelf
from sandbox.fal.studio import Studio
from sandbox.fal.tickets import Outcome, Ticket
from sandbox.fal.webhooks import Webhooks
from sandbox.faults import Faults


class Fal:
    """The whole platform, as one account sees it.

    Attributes:
        settings: How it behaves; may be changed at any time with `POST /control/fal`.
        shelf: The files, which other houses keep theirs among.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        base_url: Callable[[], str],
        record: Record = lambda _event: None,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._ledger = Ledger(clock=clock, record=record)
        self.shelf = Shelf(base_url=base_url)
        self._studio = Studio(clock=clock, settings=self.settings, shelf=self.shelf)
        self._line = Line(clock=clock, settings=self.settings, work=self._work, ended=self._ended)
        misbehaviour = Misbehaviour(clock=clock, faults=faults)
        self._webhooks = Webhooks(clock=clock, misbehaviour=misbehaviour)
        self._queue = Queue(
            clock=clock,
            settings=self.settings,
            line=self._line,
            ledger=self._ledger,
            misbehaviour=misbehaviour,
            base_url=base_url,
        )
        self._files = Files(
            clock=clock,
            settings=self.settings,
            shelf=self.shelf,
            ledger=self._ledger,
            misbehaviour=misbehaviour,
            base_url=base_url,
        )
        self._platform = Platform(
            clock=clock, settings=self.settings, ledger=self._ledger, misbehaviour=misbehaviour
        )

    def add_routes(self, app: web.Application) -> None:
        """Answer under `/fal`, and `/control/fal`.

        The application's `client_max_size` must allow for uploads.
        """
        self._queue.add_routes(app)
        self._files.add_routes(app)
        self._platform.add_routes(app)
        self._webhooks.add_routes(app)
        app.router.add_get("/control/fal", self._show)
        app.router.add_post("/control/fal", self._change)
        app.router.add_put("/control/fal/recording", self._play)
        app.router.add_delete("/control/fal/recording", self._play)

    async def close(self) -> None:
        """Stop everything that waits or runs, and throw the files away."""
        await self._line.close()
        await self._webhooks.close()
        self._studio.close()
        self.shelf.close()

    def _ended(self, ticket: Ticket) -> None:
        self._ledger.ended(ticket)
        self._webhooks.call(ticket)

    async def _work(self, ticket: Ticket) -> Outcome:
        return await self._studio.run(ticket, self._line.note)

    async def _show(self, _request: web.Request) -> web.StreamResponse:
        return answers.json_answer(self._shown())

    def _shown(self) -> dict[str, Json]:
        calls: list[Json] = list(self._webhooks.calls)
        return {**self._ledger.shown(), "webhooks": calls, "settings": self._settings_shown()}

    async def _change(self, request: web.Request) -> web.StreamResponse:
        try:
            Change.model_validate(json.loads(await request.read())).apply(self.settings)
        except (ValueError, ValidationError) as error:
            return answers.json_answer({"error": _first_line(error)}, status=400)
        self._line.settings_changed()
        return answers.json_answer(self._settings_shown())

    async def _play(self, request: web.Request) -> web.StreamResponse:
        """Have every request give the WAV file in the body; DELETE ends that."""
        data = await request.read() if request.method == "PUT" else None
        try:
            self._studio.play(data)
        except ValueError as error:
            return answers.json_answer({"error": str(error)}, status=400)
        return answers.json_answer({"bytes": len(data or b"")})

    def _settings_shown(self) -> dict[str, Json]:
        shown = self.settings.model_dump(mode="json")
        return {**shown, "gone": sorted(self.settings.gone)}


def _first_line(error: ValueError | ValidationError) -> str:
    """Say what was wrong with a change of settings, in one sentence."""
    if isinstance(error, ValidationError):
        item = error.errors()[0]
        return f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['msg']}."
    return "The body is not JSON."
