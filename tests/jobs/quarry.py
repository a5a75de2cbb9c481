"""Where sources come from in tests: a real CDN, shelf and database, and the local fal's storage."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
import sqlalchemy as sa
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.audio.addresses import Addresses
from bot.audio.download import Downloader, DownloadLimits
from bot.audio.shelf import Shelf
from bot.audio.workshop import Workshop
from bot.domain.clock import SystemClock
from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId
from bot.domain.job import Job, Json, Kind, NewJob, State
from bot.domain.money import Micros
from bot.errors import MessageGone
from bot.jobs.material import AttachedFile
from bot.jobs.sources import Sources
from bot.providers.fal import FalProvider
from bot.store import Database, jobs
from bot.store.schema import jobs as jobs_table
from sandbox.fal import Fal, Settings
from sandbox.faults import Faults
from tests.audio.sounds import music, write_file
from tests.store.builders import NOW

GUILD, CHANNEL = GuildId(100), ChannelId(300)
ACE = "fal-ai/ace-step"
LYRICS = "[verse]\nrain on the roof"


class Cdn:
    """A file server whose links can be made to expire, as Discord's do."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.signature = 1
        self.statuses: deque[int] = deque()
        self.server: TestServer

    async def serve(self, request: web.Request) -> web.Response:
        """Hand out a file whose link is of today."""
        name = request.match_info["name"]
        self.fetched.append(name)
        if self.statuses:
            return web.Response(status=self.statuses.popleft())
        signed = request.query.get("signed")
        if name not in self.files or signed not in (None, str(self.signature)):
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=self.files[name])

    def put(self, name: str, path: Path) -> str:
        """Put a file up, for good; gives its link."""
        self.files[name] = path.read_bytes()
        return str(self.server.make_url(f"/{name}"))

    def signed(self, name: str) -> str:
        """Give a link that is good for today."""
        return str(self.server.make_url(f"/{name}").with_query(signed=self.signature))

    def expire(self) -> None:
        """Let every signed link that was given run out."""
        self.signature += 1


class Messages:
    """Implements `bot.jobs.sources.Attachments` in memory, with links of the CDN."""

    def __init__(self, cdn: Cdn) -> None:
        self._cdn = cdn
        self.files: dict[MessageId, Sequence[tuple[str, str | None]]] = {}
        self.faults: deque[Exception] = deque()
        self.asked: list[tuple[MessageId, GuildId | None]] = []

    async def attachments_of(
        self, channel_id: ChannelId, message_id: MessageId, *, within: GuildId | None = None
    ) -> Sequence[AttachedFile]:
        """List a message's files, with fresh links."""
        assert channel_id == CHANNEL
        self.asked.append((message_id, within))
        if self.faults:
            raise self.faults.popleft()
        if message_id not in self.files:
            raise MessageGone("The card was deleted.")
        return [
            AttachedFile(
                url=self._cdn.signed(name),
                file_name=name,
                size=len(self._cdn.files.get(name, b"")),
                content_type=content_type,
            )
            for name, content_type in self.files[message_id]
        ]


class Quarry:
    """Everything `Sources` needs, real but for Discord's own part."""

    def __init__(self, folder: Path, *, db: Database, cdn: Cdn, fal: FalProvider) -> None:
        self.folder = folder
        self.db = db
        self.cdn = cdn
        self.fal = fal
        self.messages = Messages(cdn)
        self.shelf = Shelf(folder)
        self.work_dir = folder / "work"
        self._ids = count(1_000)
        self.sources: Sources

    def sound(
        self, name: str = "song.wav", *, seconds: float = 2.0, rate: int = 8_000, seed: int = 1
    ) -> Path:
        """Make a file; its ending says of which kind."""
        rate = 48_000 if name.endswith(".ogg") else 44_100 if name.endswith(".mp3") else rate
        return write_file(
            self.folder / name, music(seconds, rate=rate, channels=1, seed=seed), rate=rate
        )

    def attached(self, path: Path, *, content_type: str | None = None) -> AttachedFile:
        """Put a file on a message, as a member would."""
        self.cdn.files[path.name] = path.read_bytes()
        return AttachedFile(
            url=self.cdn.signed(path.name),
            file_name=path.name,
            size=path.stat().st_size,
            content_type=content_type,
        )

    async def job(
        self,
        *,
        model: str = ACE,
        kind: Kind = Kind.SONG,
        prompt: str = "soft rain",
        arguments: Mapping[str, Json] | None = None,
        options: Mapping[str, Json] | None = None,
        output: Mapping[str, Json] | None = None,
        files: Sequence[Path] = (),
        state: State = State.DELIVERED,
        parent: Job | None = None,
        leader: Job | None = None,
        part: int = 0,
        guild: int = GUILD,
    ) -> Job:
        """Put a job into the history, with what it made and what is kept of it."""
        usual: Mapping[str, Json] = {"tags": prompt, "lyrics": LYRICS, "seed": 7}
        new = NewJob(
            id=JobId(next(self._ids)),
            guild_id=GuildId(guild),
            user_id=UserId(200),
            channel_id=CHANNEL,
            kind=kind,
            provider="fal",
            model=model,
            prompt=prompt,
            arguments=usual if arguments is None else arguments,
            options=options or {},
            estimate=Micros(0),
            parent_id=parent.id if parent else None,
            leader_id=leader.id if leader else None,
            part=part,
        )
        accepted = await self.db.write(jobs.accept, new, policy=None, now=NOW)
        assert accepted is not None
        kept = [self.shelf.keep(new.id, path, path.name) for path in files]
        message = MessageId((leader or accepted).id + 500_000)
        await self.db.write(_end, accepted, state, output, kept, message)
        found = await self.db.read(jobs.get, new.id)
        assert found is not None
        return found

    def made(self, *names: str) -> dict[str, Json]:
        """Give a model's output with files of these names; they are on the CDN or they are not."""
        urls = [str(self.cdn.server.make_url(f"/{name}")) for name in names]
        return {"audio": [{"url": url} for url in urls]}

    async def stored(self, url: str) -> bytes:
        """Give what lies at a link."""
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 200
            return await answer.read()

    def left(self) -> list[Path]:
        """List what was left lying about in the work folder."""
        return [*self.work_dir.iterdir()] if self.work_dir.exists() else []


def _end(
    conn: sa.Connection,
    job: Job,
    state: State,
    output: Mapping[str, Json] | None,
    kept: Sequence[str],
    message: MessageId,
) -> None:
    over = {"finished_at": NOW, "shown_at": NOW, "cost": 0} if state.is_final else {}
    changed = {
        "state": state.value,
        "files": list(kept),
        "card_id": message,
        "result": None if output is None else {"output": dict(output)},
    }
    conn.execute(sa.update(jobs_table).where(jobs_table.c.id == job.id).values(**changed, **over))
    jobs.add_message(conn, job.card_owner, message, CHANNEL)


@asynccontextmanager
async def open_quarry(template: Path, folder: Path, workshop: Workshop) -> AsyncIterator[Quarry]:
    """Open a quarry on a fresh database."""
    path = folder / "minstrel.db"
    await asyncio.to_thread(shutil.copy, template, path)
    cdn, clock = Cdn(), SystemClock()
    async with AsyncExitStack() as stack:
        db = await stack.enter_async_context(Database.open(f"sqlite:///{path}"))
        app = web.Application()
        app.router.add_get("/{name}", cdn.serve)
        cdn.server = TestServer(app)
        await cdn.server.start_server()
        stack.push_async_callback(cdn.server.close)
        base = await _serve_fal(stack)
        key = SecretStr("someone:secret")
        fal = await stack.enter_async_context(
            FalProvider(key=key, clock=clock, rest_url=f"{base}/fal/rest")
        )
        limits = DownloadLimits(attempts=2, first_wait_seconds=0.01)
        addresses = Addresses(with_this_machine=True)
        downloader = await stack.enter_async_context(
            Downloader(clock=clock, limits=limits, addresses=addresses)
        )
        quarry = Quarry(folder, db=db, cdn=cdn, fal=fal)
        quarry.sources = Sources(
            db=db,
            downloader=downloader,
            workshop=workshop,
            shelf=quarry.shelf,
            work_dir=quarry.work_dir,
            attachments=quarry.messages,
        )
        yield quarry


async def _serve_fal(stack: AsyncExitStack) -> str:
    """Run the local fal on a port of its own; gives its base."""
    server: TestServer
    fal = Fal(
        clock=SystemClock(),
        faults=Faults(),
        base_url=lambda: str(server.make_url("")).rstrip("/"),
        settings=Settings(queue_seconds=0, run_seconds=0),
    )
    app = web.Application(client_max_size=200 * 2**20)
    fal.add_routes(app)
    server = TestServer(app)
    await server.start_server()
    stack.push_async_callback(server.close)
    stack.push_async_callback(fal.close)
    return str(server.make_url("")).rstrip("/")
