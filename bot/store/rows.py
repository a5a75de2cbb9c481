"""Between rows and the domain's objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

import sqlalchemy as sa

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId, WorkerId
from bot.domain.job import AudioFormat, Failure, Handle, Job, Json, Kind, NewJob, State
from bot.domain.money import Micros
from bot.domain.offers import PriceSource
from bot.store.text import search_text


class Changes(TypedDict, total=False):
    """What a write may change about a job besides its state; names are those of `Job`."""

    arguments: Mapping[str, Json]
    handle: Handle | None
    queue_position: int | None
    result: Mapping[str, Json] | None
    files: tuple[str, ...]
    attempt: int
    interaction_token: str | None
    submit_at: datetime | None
    started_at: datetime | None
    next_run_at: datetime
    cancel_at: datetime | None
    shown_at: datetime | None


_PLAIN = frozenset(Changes.__annotations__) - {"handle", "files"}


def job_of(row: sa.Row[Any]) -> Job:
    """Build a job from a row that has every column of `jobs`."""
    return Job(
        id=JobId(row.id),
        guild_id=GuildId(row.guild_id),
        user_id=UserId(row.user_id),
        channel_id=ChannelId(row.channel_id),
        kind=Kind(row.kind),
        provider=row.provider,
        model=row.model,
        prompt=row.prompt,
        arguments=row.arguments,
        options=row.options,
        format=AudioFormat(row.format),
        estimate=Micros(row.estimate),
        parent_id=None if row.parent_id is None else JobId(row.parent_id),
        interaction_token=row.interaction_token,
        priced_by=PriceSource(row.priced_by or PriceSource.CATALOGUE),
        leader_id=None if row.leader_id is None else JobId(row.leader_id),
        part=row.part,
        state=State(row.state),
        version=row.version,
        attempt=row.attempt,
        card_id=None if row.card_id is None else MessageId(row.card_id),
        handle=_handle_of(row),
        queue_position=row.queue_position,
        result=row.result,
        failure=_failure_of(row),
        cost=None if row.cost is None else Micros(row.cost),
        files=tuple(row.files),
        lease_owner=None if row.lease_owner is None else WorkerId(row.lease_owner),
        created_at=row.created_at,
        updated_at=row.updated_at,
        submit_at=row.submit_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cancel_at=row.cancel_at,
        shown_at=row.shown_at,
        next_run_at=row.next_run_at,
    )


def _handle_of(row: sa.Row[Any]) -> Handle | None:
    if row.request_id is None:
        return None
    return Handle(
        request_id=row.request_id,
        status_url=row.status_url,
        response_url=row.response_url,
        cancel_url=row.cancel_url,
    )


def _failure_of(row: sa.Row[Any]) -> Failure | None:
    if row.failure_code is None:
        return None
    return Failure(
        code=row.failure_code,
        sentence=row.failure_sentence,
        offer=row.failure_offer,
        offer_price=None if row.failure_offer_price is None else Micros(row.failure_offer_price),
    )


def new_columns(job: NewJob, *, now: datetime) -> dict[str, object]:
    """Give the columns of a job that has just been accepted."""
    return {
        "id": job.id,
        "guild_id": job.guild_id,
        "user_id": job.user_id,
        "channel_id": job.channel_id,
        "kind": job.kind.value,
        "provider": job.provider,
        "model": job.model,
        "prompt": job.prompt,
        "search_text": search_text(job.prompt, *_words_of(job.options)),
        "arguments": dict(job.arguments),
        "options": dict(job.options),
        "format": job.format.value,
        "estimate": job.estimate,
        "parent_id": job.parent_id,
        "interaction_token": job.interaction_token,
        "priced_by": job.priced_by.value,
        "leader_id": job.leader_id,
        "part": job.part,
        "state": State.ACCEPTED.value,
        "version": 1,
        "attempt": 0,
        "files": [],
        "created_at": now,
        "updated_at": now,
        "next_run_at": now,
    }


_WORDS = ("title", "prompt", "style", "lyrics")
"""The options by which members look for a piece later."""


def _words_of(options: Mapping[str, Json]) -> Iterator[str]:
    """Yield what a member wrote, besides the one text by which the piece is known."""
    for name in _WORDS:
        text = options.get(name)
        if isinstance(text, str) and text.strip():
            yield text


def changed_columns(changes: Changes) -> dict[str, object]:
    """Translate changes into columns.

    Raises:
        TypeError: A name is not one of `Changes`.
    """
    columns: dict[str, object] = {}
    for name, value in changes.items():
        match name, value:
            case "handle", Handle() | None:
                columns |= handle_columns(value)
            case "files", tuple():
                columns["files"] = list(value)
            case "arguments" | "result", Mapping():
                columns[name] = dict(value)
            case _ if name in _PLAIN:
                columns[name] = value
            case _:
                raise TypeError(f"{name}={value!r} cannot be written to a job")
    return columns


def handle_columns(handle: Handle | None) -> dict[str, object]:
    """Give the columns a handle is kept in."""
    return {
        "request_id": handle and handle.request_id,
        "status_url": handle and handle.status_url,
        "response_url": handle and handle.response_url,
        "cancel_url": handle and handle.cancel_url,
    }


def failure_columns(failure: Failure | None) -> dict[str, object]:
    """Give the columns a failure is kept in."""
    return {
        "failure_code": failure and failure.code,
        "failure_sentence": failure and failure.sentence,
        "failure_offer": failure and failure.offer,
        "failure_offer_price": failure and failure.offer_price,
    }
