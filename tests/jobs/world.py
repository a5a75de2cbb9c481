"""One bot with a real database between a scripted provider and a recording board."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import httpx

from bot.audio.download import Downloader, DownloadLimits
from bot.audio.fit import Fit, Fitted
from bot.audio.shelf import Shelf
from bot.audio.workshop import Workshop
from bot.catalogue import Ask
from bot.config import Settings
from bot.domain.ids import ChannelId, GuildId, JobId, UserId, WorkerId
from bot.domain.job import AudioFormat, Job, Kind, State
from bot.errors import AudioError, StoreError
from bot.jobs.alarms import Alarms
from bot.jobs.backoff import Backoff
from bot.jobs.call_addresses import CallAddresses
from bot.jobs.gate import Gates
from bot.jobs.restoring import Restored, take_in
from bot.jobs.runner import Runner
from bot.jobs.runtime import Runtime, Timing
from bot.jobs.service import Asker, JobService
from bot.jobs.upkeep import snowflake_of
from bot.store import Database, audit, jobs, leases
from tests.audio.sounds import wav_header
from tests.clock import ManualClock
from tests.jobs.fakes import ListeningOperator, RecordingBoard, Request, ScriptedProvider, Shown

MODEL = "fal-ai/stable-audio-25/text-to-audio"
"""It takes a seed and costs the same whatever its length."""

PRICE = 200_000
SEEDLESS = "cassetteai/music-generator"
WAV = wav_header(channels=1, rate=8_000, data_bytes=16_000) + bytes(16_000)

T = TypeVar("T")


class WatchedDatabase(Database):
    """A real database that can be told to fail, and tells when it is at work.

    Attributes:
        done: How often each function was run in a transaction.
    """

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.faults: deque[StoreError] = deque()
        self.done: Counter[str] = Counter()
        self.busy = 0

    async def read(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Read, and count as busy meanwhile."""
        self.done[fn.__name__] += 1
        self.busy += 1
        try:
            return await super().read(fn, *args, **kwargs)
        finally:
            self.busy -= 1

    async def write(self, fn: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Write, or fail as told."""
        if self.faults:
            raise self.faults.popleft()
        self.done[fn.__name__] += 1
        self.busy += 1
        try:
            return await super().write(fn, *args, **kwargs)
        finally:
            self.busy -= 1


class CountingThreads(ThreadPoolExecutor):
    """The loop's threads; tells how many are at work."""

    def __init__(self) -> None:
        super().__init__(4)
        self.busy = 0

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Count until it is done."""
        self.busy += 1
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(self._done)
        return future

    def _done(self, _future: Future[Any]) -> None:
        self.busy -= 1


class QuickWorkshop(Workshop):
    """Hands files on as they are, as far as they fit; `tests/audio` covers the real one.

    Attributes:
        faults: Raised first, one per file.
        fits: What was asked for so far.
        least_bytes: It cannot make files smaller than this.
    """

    def __init__(self) -> None:
        super().__init__(at_once=1)
        self.faults: deque[AudioError] = deque()
        self.fits: list[Fit] = []
        self.least_bytes = 0

    async def fit(
        self, source: Path, into: Path, fit: Fit, *, arriving_bytes: int | None = None
    ) -> Fitted:
        """Copy as much of the file as fits."""
        self.fits.append(fit)
        if self.faults:
            raise self.faults.popleft()
        return await asyncio.to_thread(self._copy, source, into, fit)

    def _copy(self, source: Path, into: Path, fit: Fit) -> Fitted:
        content = source.read_bytes()[: fit.ceiling]
        if len(content) < self.least_bytes:
            raise AudioError("It cannot be made that small.", code="too_big")
        into.mkdir(parents=True)
        made = into / f"made.{fit.format.value}"
        made.write_bytes(content)
        return Fitted(
            path=made,
            ending=fit.format.value,
            size=len(content),
            seconds=2.0,
            sample_rate=8_000,
            channels=1,
        )


class World:
    """The bot under test. What is outside of it lives through its crashes."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.clock = ManualClock()
        self.provider = ScriptedProvider(self.clock)
        self.further: dict[str, ScriptedProvider] = {}
        self.board = RecordingBoard(self.clock)
        self.operator = ListeningOperator()
        self.call_addresses: CallAddresses | None = None
        self.files: deque[httpx.Response] = deque()
        self.fetched = 0
        self.settings = Settings(_env_file=None, minstrel_limits=False)
        self.timing = Timing(unknown_grace=90)
        self.max_active = 2
        self.workshop: Workshop = QuickWorkshop()
        self.downloader: Downloader | None = None
        self._threads = CountingThreads()
        asyncio.get_running_loop().set_default_executor(self._threads)
        self._interactions = count(1)
        self._starts = count(1)
        self._stack = AsyncExitStack()
        self._before: set[asyncio.Task[Any]] = set()
        self.is_up = False

    # -- the process ---------------------------------------------------------------------------

    async def start(self, *, frees_leases: bool = True, restored: Restored | None = None) -> None:
        """Start the bot on whatever the database holds, as `bot.services` does."""
        self._before = asyncio.all_tasks()
        self._stack = AsyncExitStack()
        self.db = await self._stack.enter_async_context(WatchedDatabase.open(self.url))
        if frees_leases:
            await self.db.write(leases.release_all)
        await take_in(self.db, self.clock, restored)
        self.runtime = Runtime(
            db=self.db,
            alarms=Alarms(self.db, self.clock, self.operator),
            providers={"fal": self.provider, **self.further},
            board=self.board,
            downloader=self.downloader or self._quick_downloader(),
            workshop=self.workshop,
            shelf=Shelf(self.folder),
            work_dir=self.folder / "work",
            calls=self.call_addresses,
            clock=self.clock,
            worker=WorkerId(f"worker-{next(self._starts)}"),
            gates=Gates(places={"fal": self.max_active, **dict.fromkeys(self.further, 1)}),
            timing=self.timing,
            backoff=Backoff(random=random.Random(1)),
        )
        self.runner = Runner(self.runtime)
        self.jobs = JobService(
            self.runtime, self.runner, self.settings, random=random.Random(next(self._starts))
        )
        self.runner.start()
        self.is_up = True

    def _quick_downloader(self) -> Downloader:
        def serve(_request: httpx.Request) -> httpx.Response:
            self.fetched += 1
            return self.files.popleft() if self.files else httpx.Response(200, content=WAV)

        limits = DownloadLimits(first_wait_seconds=0.01)
        return Downloader(transport=httpx.MockTransport(serve), clock=self.clock, limits=limits)

    async def crash(self, *, at_once: bool = False) -> None:
        """End everything the bot was doing where it stands, as a power cut would.

        Unless it has to be at once, what happens without time passing happens first.
        """
        if not at_once:
            await self.settle()
        mine = [
            task
            for task in asyncio.all_tasks() - self._before - {asyncio.current_task()}
            if _is_the_bots(task)
        ]
        for task in mine:
            task.cancel()
        await asyncio.gather(*mine, return_exceptions=True)
        await self._stack.aclose()
        self.is_up = False

    async def restart(self) -> None:
        """Crash, and start again."""
        await self.crash()
        await self.start()

    async def stop(self) -> None:
        """Stop in order."""
        await self.runner.stop()
        await self._stack.aclose()
        self.is_up = False

    # -- time ----------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Let everything happen that happens without time passing."""
        quiet = 0
        while quiet < 3:
            for _ in range(8):
                await asyncio.sleep(0)
            is_busy = self.db.busy or self._threads.busy
            quiet = 0 if is_busy else quiet + 1
            # What a thread has just finished needs a moment to arrive in the loop.
            await asyncio.sleep(0.001 if is_busy else 0.0002)

    async def until(
        self,
        look: Callable[[], Awaitable[T | None]],
        what: str,
        *,
        step: float | None = None,
        within: float = 600,
    ) -> T:
        """Let time pass until there is something to see.

        Without a step, time goes from one thing that is due to the next, in strides of one to five
        seconds.
        """
        last = self.clock.monotonic() + within
        while True:
            await self.settle()
            if (seen := await look()) is not None:
                return seen
            assert self.clock.monotonic() < last, f"{what} did not come within {within:.0f} s"
            due = self.clock.next_due or 1.0
            await self._wind(step or max(1.0, min(due, 5.0)))

    async def _wind(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.runner.poke()

    async def passes(self, seconds: float, *, step: float = 1.0) -> None:
        """Let so much time pass."""
        end = self.clock.monotonic() + seconds
        await self.settle()
        while (left := end - self.clock.monotonic()) > 1e-6:
            await self._wind(min(step, left))
            await self.settle()

    # -- members -------------------------------------------------------------------------------

    def asker(self, *, user: int = 200, guild: int = 100, moderates: bool = False) -> Asker:
        """Somebody, with an interaction of this moment; the upkeep forgets old ones by their ids."""
        return Asker(
            interaction_id=snowflake_of(self.clock.now()) + next(self._interactions),
            token="token",
            guild_id=GuildId(guild),
            channel_id=ChannelId(300),
            user_id=UserId(user),
            moderates=moderates,
        )

    async def ask(
        self,
        prompt: str = "rain on a tin roof",
        *,
        by: Asker | None = None,
        model: str = MODEL,
        seed: int | None = None,
        audio_format: AudioFormat = AudioFormat.MP3,
    ) -> Job:
        """Have a member use /music."""
        ask = Ask(kind=Kind.MUSIC, prompt=prompt, model=model, seed=seed)
        return await self.jobs.ask(ask, by or self.asker(), audio_format=audio_format)

    async def job(self, job: Job | JobId) -> Job:
        """Read a job as it stands."""
        job_id = job.id if isinstance(job, Job) else job
        found = await self.db.read(jobs.get, job_id)
        assert found is not None
        return found

    async def reaches(self, job: Job, *states: State, **kwargs: float) -> Job:
        """Let time pass until a job stands where it should; an end counts once it is shown."""

        async def look() -> Job | None:
            now = await self.job(job)
            if now.state.is_final and now.shown_at is None:
                return None
            return now if now.state in states else None

        return await self.until(look, f"job {job.id} as {' or '.join(states)}", **kwargs)

    def last_look(self, job: Job) -> Shown:
        """How a job's card looks now."""
        return self.board.card(job.id)[-1]

    def request_of(self, job: Job) -> Request:
        """The request that a job sent."""
        (found,) = [
            one for one in self.provider.requests.values() if one.arguments == job.arguments
        ]
        return found

    async def charged(self) -> int:
        """What all jobs together cost, once the books are found in order."""
        assert await self.db.read(audit.check) == []
        return await self.db.read(_spent)


def _is_the_bots(task: asyncio.Task[Any]) -> bool:
    """Say whether a task is the bot's or a member's; the database's own are whole or not at all."""
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(
        folder in code.co_filename for folder in ("/bot/jobs/", "/tests/jobs/")
    )


def _spent(conn: Any) -> int:
    from bot.store.schema import jobs as table  # noqa: PLC0415

    return sum(
        cost or 0 for (cost,) in conn.execute(table.select().with_only_columns(table.c.cost))
    )
