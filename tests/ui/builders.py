"""Jobs to draw; every detail can be set, none has to be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.ids import ChannelId, GuildId, JobId, MessageId, UserId
from bot.domain.job import Job, Kind, State
from bot.domain.money import Micros
from bot.jobs.board import Sound

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def job(state: State = State.ACCEPTED, **more: Any) -> Job:
    """A job as it might stand."""
    details: dict[str, Any] = {
        "id": JobId(1_000),
        "guild_id": GuildId(1),
        "user_id": UserId(7),
        "channel_id": ChannelId(3),
        "card_id": MessageId(4),
        "kind": Kind.MUSIC,
        "provider": "fal",
        "model": "fal-ai/stable-audio-25/text-to-audio",
        "prompt": "rain on a tin roof",
        "arguments": {"prompt": "rain on a tin roof", "seed": 7},
        "estimate": Micros(200_000),
        "state": state,
        "version": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "next_run_at": NOW,
    }
    return Job(**details | more)


def sound(**more: Any) -> Sound:
    """Audio as it might be attached; nobody opens it here."""
    details: dict[str, Any] = {"path": Path("x.mp3"), "file_name": "rain.mp3", "seconds": 83.4}
    return Sound(**details | more)
