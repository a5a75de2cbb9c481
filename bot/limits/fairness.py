"""In which order waiting jobs get their turn at the provider.

The server with the fewest jobs at the provider goes first, among equals the one that was served
longest ago; within the server the same rule picks the member, and the member's oldest job goes.
A server with fifty waiting jobs therefore delays another one by a single job at most.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.ids import GuildId, JobId, UserId


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits for its turn."""

    job_id: JobId
    guild_id: GuildId
    user_id: UserId


@dataclass(frozen=True, slots=True)
class Share:
    """What a server or member has had so far.

    Attributes:
        active: Jobs at the provider now.
        served_at_ms: When the last turn was taken, as epoch milliseconds; 0 for never.
    """

    active: int = 0
    served_at_ms: int = 0


NOTHING = Share()

_Rank = tuple[int, int, int]
"""Fewest active, served longest ago, oldest job (as its place in the line)."""


@dataclass(slots=True)
class _Line:
    """One member's jobs, oldest first, with what the member has had."""

    share: Share
    jobs: deque[tuple[int, JobId]] = field(default_factory=deque)

    def rank(self) -> _Rank:
        return self.share.active, self.share.served_at_ms, self.jobs[0][0]


@dataclass(slots=True)
class _Room:
    """One server: its members' lines by rank, with what the server has had."""

    share: Share
    lines: list[tuple[_Rank, UserId]] = field(default_factory=list)

    def rank(self) -> _Rank:
        return self.share.active, self.share.served_at_ms, self.lines[0][0][2]


def fair_order(
    waiting: Sequence[Waiting],
    *,
    guilds: Mapping[GuildId, Share],
    users: Mapping[tuple[GuildId, UserId], Share],
) -> Iterator[JobId]:
    """Yield jobs in the order of their turns, as if each turn were taken while none ends.

    Args:
        waiting: The jobs, oldest first.
        guilds: What each server has had; a missing one has had nothing.
        users: What each member of a server has had, likewise.
    """
    lines = _lines(waiting, users)
    rooms = {guild: _Room(guilds.get(guild, NOTHING)) for guild, _ in lines}
    for (guild, user), line in lines.items():
        heapq.heappush(rooms[guild].lines, (line.rank(), user))
    queue = [(room.rank(), guild) for guild, room in rooms.items()]
    heapq.heapify(queue)
    turn = _first_turn(guilds, users)
    while queue:
        _, guild = heapq.heappop(queue)
        room = rooms[guild]
        _, user = heapq.heappop(room.lines)
        line = lines[guild, user]
        yield line.jobs.popleft()[1]
        line.share, room.share = _served(line.share, turn), _served(room.share, turn)
        turn += 1
        if line.jobs:
            heapq.heappush(room.lines, (line.rank(), user))
        if room.lines:
            heapq.heappush(queue, (room.rank(), guild))


def _lines(
    waiting: Sequence[Waiting], users: Mapping[tuple[GuildId, UserId], Share]
) -> dict[tuple[GuildId, UserId], _Line]:
    lines: dict[tuple[GuildId, UserId], _Line] = {}
    for place, job in enumerate(waiting):
        key = job.guild_id, job.user_id
        line = lines.setdefault(key, _Line(users.get(key, NOTHING)))
        line.jobs.append((place, job.job_id))
    return lines


def _first_turn(
    guilds: Mapping[GuildId, Share], users: Mapping[tuple[GuildId, UserId], Share]
) -> int:
    """Give a time stamp later than every one so far."""
    shares = [*guilds.values(), *users.values()]
    return max((share.served_at_ms for share in shares), default=0) + 1


def _served(share: Share, turn: int) -> Share:
    return Share(active=share.active + 1, served_at_ms=turn)
