"""Who looks at a server's pieces, and which of them are theirs to see. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bot.domain.ids import ChannelId, UserId
from bot.domain.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who looks.

    Attributes:
        channels: Where they may read; None for everywhere. Their own pieces they see in any case.
    """

    user_id: UserId
    channels: frozenset[ChannelId] | None

    def may_read(self, channel_id: ChannelId) -> bool:
        """Say whether they may read a channel."""
        return self.channels is None or channel_id in self.channels

    def may_see(self, job: Job, shown_in: Collection[ChannelId] = ()) -> bool:
        """Say whether a piece is theirs to see: their own, or shown where they may read."""
        places = {job.channel_id, *shown_in}
        return job.user_id == self.user_id or any(map(self.may_read, places))
