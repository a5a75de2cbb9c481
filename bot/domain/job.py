"""A job: one request of one member, from the command to the audio in the channel.

States and moves:

    accepted ─► dispatching ─► submitted ─► running ─► generated ─► delivered
        │            │             │           │            └─► undelivered
        └► cancelled └► unknown    └───────────┴─► failed | cancelled | timed_out

`dispatching` returns to `accepted` only when the request provably never reached the provider.
`unknown` leads to `submitted` when the provider's own list shows the request, else to `failed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId, WorkerId
from bot.domain.money import Micros
from bot.domain.offers import PriceSource

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


LETTERS = "ABCDEFGHIJ"
"""Names of the files of one card, which holds ten at most (Discord docs, Create Message)."""


class Kind(StrEnum):
    """What the member asked for; one per command."""

    MUSIC = "music"
    SFX = "sfx"
    SONG = "song"
    REMIX = "remix"
    STEMS = "stems"


class AudioFormat(StrEnum):
    """What the member wants to hold in the end. The value is also the file name's ending."""

    MP3 = "mp3"
    OGG = "ogg"
    WAV = "wav"
    FLAC = "flac"


class State(StrEnum):
    """Where a job stands; stored by value."""

    ACCEPTED = "accepted"
    DISPATCHING = "dispatching"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    RUNNING = "running"
    GENERATED = "generated"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more happens to the job by itself."""
        return self in FINAL


FINAL = frozenset(
    {State.DELIVERED, State.UNDELIVERED, State.FAILED, State.CANCELLED, State.TIMED_OUT}
)
AT_PROVIDER = frozenset({State.DISPATCHING, State.SUBMITTED, State.RUNNING})
"""States that hold one of the account's places at the provider."""

_ENDS = frozenset({State.FAILED, State.CANCELLED, State.TIMED_OUT})
MOVES: Mapping[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.DISPATCHING, State.UNKNOWN}) | _ENDS,
    State.DISPATCHING: frozenset({State.ACCEPTED, State.SUBMITTED, State.UNKNOWN}) | _ENDS,
    State.UNKNOWN: frozenset({State.SUBMITTED, State.GENERATED}) | _ENDS,
    State.SUBMITTED: frozenset({State.RUNNING, State.GENERATED}) | _ENDS,
    State.RUNNING: frozenset({State.GENERATED}) | _ENDS,
    State.GENERATED: frozenset({State.DELIVERED, State.UNDELIVERED, State.FAILED}),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset({State.DELIVERED}),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.TIMED_OUT: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """A request as the provider knows it, with the URLs that its answer to the submit gave."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job ended without audio.

    Attributes:
        code: A stable word for logs and metrics, such as ``refused`` or ``timed_out``.
        sentence: What happened and what to do next, for the member.
        offer: The endpoint of another model that can do what was asked for, if one is offered.
        offer_price: What one result of it was estimated to cost when it was offered.
    """

    code: str
    sentence: str
    offer: str | None = None
    offer_price: Micros | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """All that accepting a job needs.

    Attributes:
        arguments: The provider's request body, ready to send.
        options: What the member typed, by option name; Again and Edit start from it.
        interaction_token: Removes the acknowledgement after a crash; void after 15 minutes.
        priced_by: Which prices the estimate was made with.
        leader_id: The job whose card shows this one too; None for a job with a card of its own.
            Variations are such takes: one request each, on one card.
        part: Place of this job's first file among those of its card, from 0.
    """

    id: JobId
    guild_id: GuildId
    user_id: UserId
    channel_id: ChannelId
    kind: Kind
    provider: str
    model: str
    prompt: str
    arguments: Mapping[str, Json]
    options: Mapping[str, Json] = field(default_factory=dict)
    format: AudioFormat = AudioFormat.MP3
    estimate: Micros
    parent_id: JobId | None = None
    interaction_token: str | None = None
    priced_by: PriceSource = PriceSource.CATALOGUE
    leader_id: JobId | None = None
    part: int = 0

    @property
    def card_owner(self) -> JobId:
        """The job whose card shows this one: itself, or its leader."""
        return self.id if self.leader_id is None else self.leader_id

    @property
    def letter(self) -> str:
        """What the job's first file is called on a card with several."""
        return LETTERS[self.part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(NewJob):
    """A job as it stands in the database.

    Attributes:
        version: Grows with every write; a writer that read an older one has lost the race.
        attempt: How often dispatching was tried.
        submit_at: When the intent to submit was made durable, just before the POST.
        queue_position: Requests ahead of this one at the provider; None when it does not say.
        result: What the provider made: its output as it came, under ``output``, and, where it
            says, the units it bills, as a decimal string under ``billable_units``.
        shown_at: When the card was written for the last time; a final job without it still owes
            its channel that edit.
        cancel_at: When somebody asked for the job to be cancelled, if so.
        cost: What was charged; None until the job is final.
        files: Kept files, as paths relative to the data directory.
    """

    state: State
    version: int
    attempt: int = 0
    card_id: MessageId | None = None
    handle: Handle | None = None
    queue_position: int | None = None
    result: Mapping[str, Json] | None = None
    failure: Failure | None = None
    cost: Micros | None = None
    files: tuple[str, ...] = ()
    lease_owner: WorkerId | None = None
    created_at: datetime
    updated_at: datetime
    submit_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancel_at: datetime | None = None
    shown_at: datetime | None = None
    next_run_at: datetime

    @property
    def offer_price(self) -> Micros | None:
        """What all that was asked for would cost from the model that is offered, if one is."""
        if self.failure is None or self.failure.offer_price is None:
            return None
        variations = self.options.get("variations")
        return Micros(self.failure.offer_price * (variations if isinstance(variations, int) else 1))

    @property
    def seed(self) -> int | None:
        """The seed that was sent, where the model takes one."""
        seed = self.arguments.get("seed")
        return seed if isinstance(seed, int) else None
