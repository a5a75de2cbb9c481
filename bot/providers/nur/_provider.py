"""Nur as the rest of the bot sees it: every call of `bot.providers.base.Provider`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.domain.job import Handle, Json
from bot.errors import OutcomeUnknown, ProviderError
from bot.providers import sentences as say
from bot.providers.answers import Answer
from bot.providers.base import NoHistory, Seen
from bot.providers.nur import _tracks
from bot.providers.polled import PolledProvider
from bot.providers.standing import Standing
from bot.providers.verdicts import Said

SUBMIT_SECONDS = 180.0
"""Longest wait for the answer to a submit. Nur's docs do not say that it comes before the track is
made, and a lost one cannot be looked up."""

_NO_HISTORY = "Nur keeps no list in which a lost request could be found."
_NO_STORAGE = "This model makes new music only. Choose another model to work on a sound."


class NurProvider(PolledProvider):
    """Nur's tracks, as one account sees them. A finished one has its waveform and stems with it."""

    name = "nur"
    setting = "NUR_URL"

    async def submit(
        self,
        endpoint: str,
        arguments: Mapping[str, Json],
        *,
        start_seconds: float,
        call_url: str | None = None,
    ) -> Handle:
        """Ask for one track, exactly once, as `Provider.submit` says.

        Nur has one model, no idempotency key, no limit to the wait, and calls nobody: nothing but
        the arguments is sent.
        """
        answer = await self._wire.post_once(
            f"{self._music}/generate", arguments, silence_seconds=SUBMIT_SECONDS
        )
        track_id = _tracks.read_track_id(self._taken(answer))
        if track_id is None:
            raise OutcomeUnknown(say.UNKNOWN)
        return self._handle_of(track_id)

    async def look_up(self, endpoint: str, *, since: datetime) -> Sequence[Seen]:
        """Say that there is no list.

        Raises:
            NoHistory: Always.
        """
        raise NoHistory(_NO_HISTORY)

    async def upload(self, data: bytes, *, content_type: str, file_name: str) -> str:
        """Say that sources are not taken.

        Raises:
            ProviderError: Always.
        """
        raise ProviderError(_NO_STORAGE)

    @property
    def _music(self) -> str:
        # The docs write paths with their version and name no host, so either base is understood.
        return f"{self._base.removesuffix('/v1')}/v1/music"

    def _place_of(self, request_id: str) -> str:
        return f"{self._music}/{request_id}"

    def _standing_in(self, answer: Answer) -> Standing | None:
        return _tracks.read_standing(answer)

    def _said_in(self, answer: Answer) -> Said:
        return _tracks.read_said(answer, now=self._clock.now())
