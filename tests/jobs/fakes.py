"""The two far ends of a job, by hand: a provider that can be told what to do, and a board."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId, JobId, MessageId
from bot.domain.job import Handle, Job, Json, State
from bot.errors import (
    DeliveryError,
    GenerationFailed,
    MessageGone,
    OutcomeUnknown,
    ProviderError,
    TooLarge,
)
from bot.jobs.board import CardState, Sound
from bot.providers.base import (
    Cancellation,
    Cancelled,
    Finished,
    Forged,
    Progress,
    Queued,
    Result,
    Running,
    Seen,
)

AUDIO_URL = "https://files.example/made.wav"
DONE: Mapping[str, Json] = {"audio_file": {"url": AUDIO_URL}}

LOST = OutcomeUnknown("The answer was lost.")


@dataclass
class Request:
    """A request as the provider sees it."""

    handle: Handle
    endpoint: str
    arguments: Mapping[str, Json]
    sent_at: datetime
    progress: Progress = field(default_factory=Queued)
    outcome: Result | ProviderError = field(default_factory=lambda: Result(output=DONE))
    is_listed: bool = True


@dataclass(frozen=True)
class Accepted:
    """A submit that is accepted and answered with an error all the same."""

    answer: ProviderError


@dataclass(frozen=True)
class Held:
    """A submit that is turned away, but only once the event is set."""

    until: asyncio.Event
    answer: ProviderError


class ScriptedProvider:
    """Implements `bot.providers.base.Provider`, and outlives every crash of ours.

    What is in a `*_faults` queue happens first, one per call: an error is raised, `Accepted` is
    taken in and its error raised, `Held` is waited for and its error raised, a bare event is
    waited for, and None goes well.

    Attributes:
        instantly: Whether requests are over as soon as they are accepted.
        sent: How many POSTs came, accepted or not.
        following: How many follow-ups are open.
    """

    name = "fal"

    def __init__(self, clock: Clock, *, instantly: bool = True) -> None:
        self._clock = clock
        self._changed = asyncio.Condition()
        self.instantly = instantly
        self.sent = 0
        self.sent_at: list[datetime] = []
        self.call_urls: list[str | None] = []
        self.looked_at: list[datetime] = []
        self.cancels: list[str] = []
        self.following = 0
        self.requests: dict[str, Request] = {}
        self.submit_faults: deque[ProviderError | Accepted | Held | asyncio.Event | None] = deque()
        self.follow_faults: deque[Exception] = deque()
        self.result_faults: deque[ProviderError] = deque()
        self.cancel_faults: deque[ProviderError] = deque()
        self.look_up_faults: deque[ProviderError] = deque()
        self.call_faults: deque[ProviderError] = deque()

    @property
    def only(self) -> Request:
        """The one request there is."""
        (request,) = self.requests.values()
        return request

    async def change(
        self,
        request: Request,
        progress: Progress,
        outcome: Result | ProviderError | None = None,
    ) -> None:
        """Bring a request to another stage, and tell whoever follows it."""
        async with self._changed:
            request.progress = progress
            request.outcome = outcome or request.outcome
            self._changed.notify_all()

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Take a request in, unless told otherwise."""
        assert start_seconds > 0
        self.sent += 1
        self.call_urls.append(call_url)
        self.sent_at.append(self._clock.now())
        match self.submit_faults.popleft() if self.submit_faults else None:
            case ProviderError() as error:
                raise error
            case Accepted(answer=error):
                self._take_in(endpoint, arguments)
                raise error
            case Held(until=answered, answer=error):
                await answered.wait()
                raise error
            case asyncio.Event() as answered:
                handle = self._take_in(endpoint, arguments)
                await answered.wait()
                return handle
        return self._take_in(endpoint, arguments)

    def _take_in(self, endpoint: str, arguments: Mapping[str, Json]) -> Handle:
        base = f"https://queue.example/{endpoint}/requests/{len(self.requests) + 1}"
        handle = Handle(
            request_id=f"request-{len(self.requests) + 1}",
            status_url=f"{base}/status",
            response_url=base,
            cancel_url=f"{base}/cancel",
        )
        self.requests[handle.request_id] = Request(
            handle=handle,
            endpoint=endpoint,
            arguments=dict(arguments),
            sent_at=self._clock.now(),
            progress=Finished() if self.instantly else Queued(position=0),
        )
        return handle

    async def follow(self, handle: Handle) -> AsyncGenerator[Progress, None]:
        """Yield each stage until the request is over."""
        if self.follow_faults:
            raise self.follow_faults.popleft()
        request = self._find(handle)
        self.following += 1
        shown: Progress | None = None
        try:
            while not isinstance(shown, Finished):
                async with self._changed:
                    await self._changed.wait_for(lambda: request.progress is not shown)  # noqa: B023
                    shown = request.progress
                yield shown
        finally:
            self.following -= 1

    async def result(self, handle: Handle) -> Result:
        """Give the outcome."""
        if self.result_faults:
            raise self.result_faults.popleft()
        outcome = self._find(handle).outcome
        if isinstance(outcome, ProviderError):
            raise outcome
        return outcome

    async def cancel(self, handle: Handle) -> Cancellation:
        """Drop a request that waits; one that runs goes on, one that is over stays so."""
        self.cancels.append(handle.request_id)
        if self.cancel_faults:
            raise self.cancel_faults.popleft()
        request = self.requests.get(handle.request_id)
        match request and request.progress:
            case Queued():
                assert request is not None
                await self.change(request, Finished(), Cancelled("It was cancelled."))
                return Cancellation.REQUESTED
            case Running():
                return Cancellation.REQUESTED
            case Finished():
                return Cancellation.TOO_LATE
        return Cancellation.NOT_FOUND

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """List what is over, as the platform does."""
        self.looked_at.append(self._clock.now())
        if self.look_up_faults:
            raise self.look_up_faults.popleft()
        return [
            Seen(handle=one.handle, arguments=one.arguments, sent_at=one.sent_at)
            for one in self.requests.values()
            if one.endpoint == endpoint
            and one.is_listed
            and isinstance(one.progress, Finished)
            and one.sent_at >= since
        ]

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Store a file."""
        return f"https://files.example/{len(data)}/{content_type}/{file_name}"

    async def request_of(self, headers: Mapping[str, str], body: bytes) -> str:
        """Believe whoever says that the call is ours."""
        if self.call_faults:
            raise self.call_faults.popleft()
        if headers.get("X-Signed") != "yes":
            raise Forged("A call was not signed.")
        return body.decode()

    def handle_for(self, endpoint: str, request_id: str) -> Handle:
        """Build a request's handle."""
        base = f"https://queue.example/{endpoint}/requests/{request_id.removeprefix('request-')}"
        return Handle(
            request_id=request_id,
            status_url=f"{base}/status",
            response_url=base,
            cancel_url=f"{base}/cancel",
        )

    def _find(self, handle: Handle) -> Request:
        if handle.request_id not in self.requests:
            raise GenerationFailed("The music service does not know this request.")
        return self.requests[handle.request_id]


@dataclass(frozen=True)
class Shown:
    """One look of a card, and when it was written."""

    state: CardState
    at: datetime
    sizes: tuple[int, ...] = ()


class RecordingBoard:
    """Implements `bot.jobs.board.Board` in memory, and outlives every crash of ours.

    Attributes:
        looks: By message, everything it has looked like; the first is the post.
        takes_bytes: Larger files are turned down with `too_large`.
        deleted: Messages that somebody removed.
        disowned: Messages that say nothing of their relations any more.
        handed: What was sent to whoever asked for it, and why.
        rung: Jobs whose asker was told that they are done.
        hushed: Jobs whose acknowledgement was taken away by a later process.
        look_at_sounds: Called with what is attached, while the files are there.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rung: list[JobId] = []
        self.hushed: list[JobId] = []
        self._by_nonce: dict[str, MessageId] = {}
        self.looks: dict[MessageId, list[Shown]] = {}
        self.ends: list[Shown] = []
        self.attempts: list[Shown] = []
        self.deleted: set[MessageId] = set()
        self.disowned: set[MessageId] = set()
        self.remove_faults: deque[Exception] = deque()
        self.limit = 10 * 2**20
        self.takes_bytes: int | None = None
        self.post_faults: deque[Exception] = deque()
        self.settle_faults: deque[Exception] = deque()
        self.hand_over_faults: deque[DeliveryError] = deque()
        self.handed: list[tuple[CardState, str]] = []
        self.slow_posts: deque[asyncio.Event] = deque()
        self.slow_hushes: deque[asyncio.Event] = deque()
        self.look_at_sounds: Callable[[tuple[Sound, ...]], None] = lambda sounds: None

    async def post(self, state: CardState) -> MessageId:
        """Put a card up; the same job's card is put up once, and stays as it is."""
        if self.slow_posts:
            await self.slow_posts.popleft().wait()
        if self.post_faults:
            raise self.post_faults.popleft()
        nonce = str(state.job.id)
        return self._by_nonce.get(nonce) or self._put(nonce, state)

    def show(self, state: CardState) -> None:
        """Change a card at once."""
        card = state.job.card_id
        if card in self.looks and card not in self.deleted:
            self.looks[card].append(Shown(state, self._clock.now()))

    async def settle(self, state: CardState) -> MessageId:
        """Write a card's end, or what the fault queue says."""
        sizes = tuple(sound.path.stat().st_size for sound in state.sounds)
        end = Shown(state, self._clock.now(), sizes)
        self.attempts.append(end)
        self.look_at_sounds(state.sounds)
        await asyncio.sleep(0)
        if self.settle_faults:
            raise self.settle_faults.popleft()
        if self.takes_bytes is not None and any(size > self.takes_bytes for size in sizes):
            raise TooLarge("The file is larger than this server takes.")
        card = state.job.card_id
        if card is None or card in self.deleted:
            if state.job.state is not State.DELIVERED:
                raise MessageGone("The card was deleted.")
            card = self._put(f"{state.job.id}r", state)
        else:
            self.looks[card].append(end)
        self.ends.append(end)
        return card

    async def repost(self, state: CardState, channel_id: ChannelId, *, nonce: str) -> MessageId:
        """Post a piece once more."""
        there = replace(state, job=replace(state.job, id=JobId(int(nonce)), channel_id=channel_id))
        return await self.post(there)

    async def hush(self, job: Job) -> None:
        """Remember whose acknowledgement was taken away."""
        self.hushed.append(job.id)
        if self.slow_hushes:
            await self.slow_hushes.popleft().wait()

    async def ring(self, job: Job) -> None:
        """Remember who was told."""
        self.rung.append(job.id)

    async def hand_over(self, state: CardState, reason: str) -> None:
        """Remember who was sent what, or fail as told."""
        if self.hand_over_faults:
            raise self.hand_over_faults.popleft()
        self.look_at_sounds(state.sounds)
        self.handed.append((state, reason))

    async def remove(self, job: Job) -> None:
        """Take a card away."""
        if self.remove_faults:
            raise self.remove_faults.popleft()
        if job.card_id is not None:
            self.deleted.add(job.card_id)

    async def disown(self, job: Job) -> None:
        """Take a card's relations off it."""
        if job.card_id is not None:
            self.disowned.add(job.card_id)

    async def limit_bytes(self, job: Job) -> int:
        """Give the channel's limit."""
        del job
        return self.limit

    def card(self, job_id: JobId) -> list[Shown]:
        """Everything that a job's first card looked like."""
        return self.looks[self._by_nonce[str(job_id)]]

    def _put(self, nonce: str, state: CardState) -> MessageId:
        card = self._by_nonce.setdefault(nonce, MessageId(9_000_000 + len(self._by_nonce)))
        self.looks.setdefault(card, []).append(Shown(state, self._clock.now()))
        return card


class ListeningOperator:
    """Implements `bot.jobs.alarms.Operator`: keeps what it is told, and outlives every crash.

    Attributes:
        faults: Raised first, one per message.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.faults: deque[DeliveryError] = deque()

    async def tell(self, sentence: str) -> None:
        """Listen."""
        if self.faults:
            raise self.faults.popleft()
        self.told.append(sentence)
