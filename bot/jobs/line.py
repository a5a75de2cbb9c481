"""The cards of those who wait for their turn."""

from __future__ import annotations

from bot.domain.ids import JobId
from bot.domain.job import Job, State
from bot.jobs.runtime import Runtime
from bot.store import jobs

CROWD = 30
"""Cards that wait for a turn, from which on they are not looked through with every change."""

CROWD_SECONDS = 1.0
"""How often a crowd is looked through."""

_Looks = tuple[int, tuple[str | None, ...]]
"""Jobs ahead, and why providers are paused."""


class Line:
    """Knows what each waiting card says of its place, and brings up to date those that change."""

    def __init__(self, runtime: Runtime) -> None:
        self._rt = runtime
        self._looked_at = 0.0
        self._shown: dict[JobId, _Looks] = {}

    def leave(self, job: Job) -> None:
        """Forget what the card of a job said that has its turn now."""
        self._shown.pop(job.card_owner, None)

    async def look(self) -> None:
        """Keep the cards up to date.

        A crowd is looked through once a second: it is asked for with every request that comes in,
        and each look costs as much as the line is long.
        """
        rt = self._rt
        now = rt.clock.monotonic()
        if len(rt.ahead) > CROWD and now - self._looked_at < CROWD_SECONDS:
            return
        self._looked_at = now
        waiting = await rt.db.read(jobs.waiting)
        rt.ahead.clear()
        rt.ahead.update((place.card_owner, place.ahead) for place in waiting)
        # A card that is not posted yet could tell nothing; the next look has it.
        looks = {
            place.card_owner: (place.ahead, rt.gates.reasons)
            for place in waiting
            if place.is_posted and rt.peers.is_mine(place.card_owner)
        }
        shown = {owner: look for owner, look in looks.items() if self._shown.get(owner) == look}
        for takes in await rt.takes_of([owner for owner in looks if owner not in shown]):
            state = rt.card(takes)
            if state.job.state is State.ACCEPTED:
                rt.board.show(state)
                shown[state.job.id] = looks[state.job.id]
        self._shown = shown
