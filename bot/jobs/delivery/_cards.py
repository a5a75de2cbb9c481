"""Cards: posted once, edited as the job goes on, edited last with the audio.

A card is an ordinary message of the bot's, so it can be edited for ever and replied to. Everything
here addresses it by channel and message id, without cache or GET, and so works after any restart.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import discord.http

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import Job, State
from bot.errors import (
    ChannelGone,
    DeliveryError,
    MessageGone,
    MissingPermissions,
    ThreadArchived,
)
from bot.jobs.board import CardState, Sound
from bot.jobs.delivery._barred import Barred
from bot.jobs.delivery._doors import Doors
from bot.jobs.delivery._errors import discord_errors
from bot.jobs.delivery._looks import Renderer, looks_of, news_of
from bot.jobs.delivery._relations import without_relations
from bot.jobs.delivery._sizes import Sizes
from bot.jobs.delivery.names import WAVEFORM_NAME
from bot.jobs.freshness import Freshness
from bot.jobs.pacing import ALL_EDITS, ALL_SECONDS, RESERVED, Pace
from bot.jobs.peers import Peers

log = logging.getLogger(__name__)

EARLY_EDITS = 2
"""So many stages are shown even of a job that rushes through them."""

CROWD = 20
"""Where so many cards live in a channel, stages that nobody has seen yet are left out before a
result: each would keep it, and those behind it, waiting for a second."""

FLUSH_SECONDS = 2.5

UPLOAD_SECONDS = 240
"""How long one request that carries audio may take; it is then tried again."""

TOKEN_LIVES = timedelta(minutes=15)
"""How long a command can be answered (Discord docs, Interactions)."""

OVER_REMEMBERED = 500
"""Of so many ended jobs it is known that a change which comes late must not show any more."""


@dataclass(slots=True)
class _Card:
    """What is still to be written onto one card, and what was."""

    channel_id: ChannelId
    pending: list[CardState] = field(default_factory=list)
    edits: int = 0
    last: tuple[str, str, str] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_settled: bool = False
    is_lost: bool = False


class Cards:
    """Implements `bot.jobs.board.Board` on a discord.py client."""

    def __init__(
        self,
        client: discord.Client,
        render: Renderer,
        clock: Clock,
        peers: Peers | None = None,
    ) -> None:
        self._client = client
        self._render = render
        self._clock = clock
        self._cards: dict[JobId, _Card] = {}
        self._over: deque[JobId] = deque(maxlen=OVER_REMEMBERED)
        self._queues: dict[ChannelId, list[JobId]] = {}
        self._workers: dict[ChannelId, asyncio.Task[None]] = {}
        self._paces: dict[ChannelId, Pace] = {}
        self._pace = Pace(ALL_EDITS, ALL_SECONDS)
        self.freshness: Freshness | None = None
        """Set where other processes write cards, too."""
        self._sizes = Sizes(client, clock)
        self._peers = peers or Peers()
        self._barred = Barred(clock)
        self._doors = Doors(clock, self._peers)

    async def post(self, state: CardState) -> MessageId:
        """Put up the card of a job; Discord gives the first one back for the same nonce."""
        with self._barred.noting(state.job.channel_id):
            return await self._send(state, nonce=str(state.job.id))

    def show(self, state: CardState) -> None:
        """Line the state up to be shown; of later ones only the newest is."""
        job = state.job
        if job.card_id is None or job.id in self._over:
            return
        card = self._cards.setdefault(job.id, _Card(job.channel_id))
        if card.is_settled or card.is_lost:
            return
        rushes = len(card.pending) + card.edits < EARLY_EDITS
        if card.pending and (card.pending[-1].job.state is job.state or not rushes):
            card.pending[-1] = state
        else:
            card.pending.append(state)
        queue = self._queues.setdefault(job.channel_id, [])
        if job.id not in queue:
            queue.append(job.id)
        worker = self._workers.get(job.channel_id)
        if worker is None or worker.done():
            self._workers[job.channel_id] = asyncio.create_task(
                self._work(job.channel_id), name=f"cards-{job.channel_id}"
            )

    async def settle(self, state: CardState) -> MessageId:
        """Write the last state, after everything that was to be seen before it."""
        job = state.job
        card = self._cards.setdefault(job.id, _Card(job.channel_id))
        while card.pending and card.edits < EARLY_EDITS and not self._is_crowded(job.channel_id):
            await self._edit_next(job.channel_id, job.id, reserve=0)
        card.pending.clear()
        await self._pause(job.channel_id, reserve=0)
        async with card.lock:
            card.is_settled = True
            card.pending.clear()
            try:
                message = await self._write_last(state)
            except DeliveryError:
                card.is_settled = False
                raise
        self._cards.pop(job.id, None)
        self._over.append(job.id)
        return message

    def _is_crowded(self, channel_id: ChannelId) -> bool:
        return sum(card.channel_id == channel_id for card in self._cards.values()) >= CROWD

    async def repost(self, state: CardState, channel_id: ChannelId, *, nonce: str) -> MessageId:
        """Post a finished piece once more."""
        there = replace(state, job=replace(state.job, channel_id=channel_id))
        return await self._send(there, nonce=nonce)

    async def hush(self, job: Job) -> None:
        """Delete the response of the command that asked; most often it is gone already."""
        app = self._client.application_id
        age = self._clock.now() - job.created_at
        if job.interaction_token is None or app is None or age > TOKEN_LIVES:
            return
        route = discord.http.Route(
            "DELETE",
            "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
            webhook_id=app,
            webhook_token=job.interaction_token,
        )
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await self._client.http.request(route)

    async def ring(self, job: Job) -> None:
        """Mention the member in a reply to the card; the only message of ours that pings."""
        card = self._message(job)
        try:
            await self._ring(job, reference=card.to_reference(fail_if_not_exists=False))
        except MissingPermissions as error:
            if "Read Message History" not in error.names:
                raise
            await self._ring(job)  # replying needs more than writing does

    async def _ring(self, job: Job, **more: Any) -> None:
        asker = discord.Object(job.user_id)
        async with self._doors.entering(job.channel_id):
            with discord_errors():
                await self._channel(job).send(
                    f"<@{job.user_id}> {news_of(job)}",
                    allowed_mentions=discord.AllowedMentions(users=[asker], replied_user=False),
                    nonce=f"{job.id}p",
                    **more,
                )

    async def hand_over(self, state: CardState, reason: str) -> None:
        """Send the piece to whoever asked for it, where their channel does not take it."""
        job = state.job
        with discord_errors(), _attachments(state.sounds) as files:
            async with asyncio.timeout(UPLOAD_SECONDS):
                direct = await self._client.create_dm(discord.Object(job.user_id))
                await direct.send(
                    f"Your piece is made, but it could not be posted in <#{job.channel_id}>. "
                    f"{reason}",
                    embed=self._render(state).embed,
                    files=files,
                    nonce=f"{job.id}d",
                )

    async def remove(self, job: Job) -> None:
        """Delete the card's message."""
        with suppress(MessageGone, ChannelGone), discord_errors():
            await self._message(job).delete()

    async def disown(self, job: Job) -> None:
        """Edit the message as it stands: of an old card nothing else is known any more."""
        with suppress(MessageGone, ChannelGone), discord_errors():
            message = await self._message(job).fetch()
            embed = without_relations(message)
            if embed is not None:
                await self._message(job).edit(embed=embed)

    async def limit_bytes(self, job: Job) -> int:
        """Give the guild's limit, which boosts raise."""
        return await self._sizes.limit_bytes(job.guild_id)

    async def flush(self) -> None:
        """Bring the cards up to date once more before the process ends, as far as time allows."""
        workers = [worker for worker in self._workers.values() if not worker.done()]
        if not workers:
            return
        _done, late = await asyncio.wait(workers, timeout=FLUSH_SECONDS)
        for worker in late:
            worker.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    # -- edits on the way --------------------------------------------------------------------

    async def _work(self, channel_id: ChannelId) -> None:
        """Edit the channel's cards one after another, no faster than Discord takes it."""
        queue = self._queues[channel_id]
        while queue:
            job_id = queue.pop(0)
            await self._edit_next(channel_id, job_id, reserve=RESERVED)
            card = self._cards.get(job_id)
            if card is not None and card.pending and job_id not in queue:
                queue.append(job_id)
        del self._queues[channel_id], self._workers[channel_id]

    async def _edit_next(self, channel_id: ChannelId, job_id: JobId, *, reserve: int) -> None:
        card = self._cards.get(job_id)
        if card is None or not card.pending:
            return
        # Waited for outside of the lock: whoever settles the card meanwhile need not wait, too.
        await self._pause(channel_id, reserve=reserve)
        async with card.lock:
            if not card.pending or card.is_settled or card.is_lost:
                card.pending.clear()
                return
            state = card.pending.pop(0)
            rendering = self._render(state)
            looks = looks_of(rendering)
            if looks == card.last:
                return
            if self.freshness and not await self.freshness.holds(state.job):
                return
            try:
                with self._barred.trying(channel_id), discord_errors():
                    await self._message(state.job).edit(
                        content=rendering.content, embed=rendering.embed, view=rendering.view
                    )
            except (MessageGone, ChannelGone, MissingPermissions) as error:
                # Nobody can look at this card any more. The result finds its way by `settle`.
                card.is_lost = True
                card.pending.clear()
                log.info("job %s: its card is out of reach: %s", job_id, error.sentence)
            except DeliveryError as error:
                log.warning("job %s: its card is behind: %s", job_id, error.sentence)
            else:
                card.last = looks
                if self.freshness and not await self.freshness.holds(state.job):
                    await self.freshness.mend(state.job)
            finally:
                card.edits += 1

    async def _pause(self, channel_id: ChannelId, *, reserve: int) -> None:
        pace = self._paces.setdefault(channel_id, Pace())
        count = self._peers.count
        while True:
            now = self._clock.monotonic()
            wait = max(
                pace.delay(now, reserve=reserve, processes=count),
                self._pace.delay(now, reserve=reserve, processes=count),
            )
            if wait <= 0:
                break
            await self._clock.sleep(wait)
        for taken in (pace, self._pace):
            taken.take(now)

    # -- the first and the last ---------------------------------------------------------------

    async def _write_last(self, state: CardState) -> MessageId:
        channel_id = state.job.channel_id
        with self._barred.trying(channel_id):
            try:
                try:
                    return await self._edit_last(state)
                except ThreadArchived:
                    await self._open_thread(channel_id)
                    return await self._edit_last(state)
            except MessageGone:
                if state.job.state is not State.DELIVERED:
                    raise
            log.info("job %s: its card was deleted, posting the result anew", state.job.id)
            return await self._send(state, nonce=f"{state.job.id}r")

    async def _edit_last(self, state: CardState) -> MessageId:
        rendering = self._render(state)
        with discord_errors(), _attachments(state.sounds) as files:
            async with asyncio.timeout(UPLOAD_SECONDS):
                message = await self._message(state.job).edit(
                    content=rendering.content,
                    embed=rendering.embed,
                    view=rendering.view,
                    attachments=files,
                )
        return MessageId(message.id)

    async def _open_thread(self, channel_id: ChannelId) -> None:
        """Open an archived thread again; whoever may write in it may, unless it is locked.

        Raises:
            ThreadArchived: It is locked.
        """
        try:
            with discord_errors():
                await self._client.http.edit_channel(channel_id, archived=False)
        except MissingPermissions as error:
            raise ThreadArchived(
                "The thread was archived and locked, so nothing can be posted there."
            ) from error

    async def _send(self, state: CardState, *, nonce: str) -> MessageId:
        async with self._doors.entering(state.job.channel_id):
            return await self._send_now(state, nonce)

    async def _send_now(self, state: CardState, nonce: str) -> MessageId:
        rendering = self._render(state)
        with discord_errors(), _attachments(state.sounds) as files:
            async with asyncio.timeout(UPLOAD_SECONDS):
                message = await self._channel(state.job).send(
                    content=rendering.content,
                    embed=rendering.embed,
                    view=rendering.view or discord.utils.MISSING,
                    files=files,
                    nonce=nonce,
                    silent=True,
                )
        return MessageId(message.id)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)

    def _message(self, job: Job) -> discord.PartialMessage:
        if job.card_id is None:
            raise MessageGone("This piece has no card.")
        return self._channel(job).get_partial_message(job.card_id)


@contextmanager
def _attachments(sounds: Sequence[Sound]) -> Iterator[list[discord.File]]:
    """Open a card's files for one request; discord.py's are good for a single use."""
    with ExitStack() as stack:
        files = []
        for sound in sounds:
            audio = stack.enter_context(sound.path.open("rb"))
            files.append(discord.File(audio, filename=sound.file_name))
        first = sounds[0] if sounds else None
        if first is not None and first.waveform is not None:
            picture = stack.enter_context(first.waveform.open("rb"))
            description = f"Waveform of {first.file_name}"
            files.append(discord.File(picture, WAVEFORM_NAME, description=description))
        yield files
