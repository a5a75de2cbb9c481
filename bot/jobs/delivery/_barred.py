"""Channels that turned the bot away for good, which are left alone for a while.

Ten thousand refusals in ten minutes have Discord shut out the whole address (Discord docs, Rate
Limits): a server with many jobs that removed the bot must not add up to that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.clock import Clock
from bot.domain.ids import ChannelId
from bot.errors import ChannelGone, DeliveryError, MissingPermissions, ThreadArchived

REST_SECONDS = 60
"""How long a channel is left alone; a moderator who puts things right waits no longer than that."""

REMEMBERED = 1000


class Barred:
    """Remembers what the latest refusals were."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refusals: OrderedDict[ChannelId, tuple[float, DeliveryError]] = OrderedDict()

    def refusal(self, channel_id: ChannelId) -> DeliveryError | None:
        """Say why a channel is to be left alone now; None where it may be tried."""
        until, error = self._refusals.get(channel_id, (0.0, None))
        if error is not None and self._clock.monotonic() >= until:
            del self._refusals[channel_id]
            return None
        return error

    @contextmanager
    def trying(self, channel_id: ChannelId) -> Iterator[None]:
        """Try something in a channel, unless it is to be left alone.

        Raises:
            DeliveryError: What the channel was refused for, now or a moment ago.
        """
        refusal = self.refusal(channel_id)
        if refusal is not None:
            raise type(refusal)(refusal.sentence)
        with self.noting(channel_id):
            yield

    @contextmanager
    def noting(self, channel_id: ChannelId) -> Iterator[None]:
        """Try something in a channel in any case, and remember what comes of it."""
        try:
            yield
        except (ChannelGone, MissingPermissions) as error:
            if _is_about_all(error):
                self._note(channel_id, error)
            raise
        else:
            self._refusals.pop(channel_id, None)

    def _note(self, channel_id: ChannelId, error: DeliveryError) -> None:
        self._refusals[channel_id] = (self._clock.monotonic() + REST_SECONDS, error)
        while len(self._refusals) > REMEMBERED:
            self._refusals.popitem(last=False)


def _is_about_all(error: ChannelGone | MissingPermissions) -> bool:
    """Say whether nothing at all can be done there, rather than something not."""
    if isinstance(error, MissingPermissions):
        return "View Channel" in error.names
    return not isinstance(error, ThreadArchived)
