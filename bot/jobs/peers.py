"""The processes that work on the same jobs, as each of them sees the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ids import JobId, WorkerId


@dataclass(slots=True)
class Peers:
    """How many processes are at work, and which of them this one is.

    It is what was seen at the last renewal of the leases. For some seconds after one came or went,
    two may think a thing is theirs; what is shared out by this must bear being done twice.
    """

    count: int = 1
    rank: int = 0

    def saw(self, workers: Sequence[WorkerId], me: WorkerId) -> None:
        """Take in who is at work."""
        ordered = sorted({*workers, me})
        self.count, self.rank = len(ordered), ordered.index(me)

    def is_mine(self, job_id: JobId) -> bool:
        """Say whether what is done once for a job by all together is for this process to do."""
        # The low bits of Discord's ids are counters that are mostly zero; the middle is time.
        return (job_id >> 22) % self.count == self.rank
