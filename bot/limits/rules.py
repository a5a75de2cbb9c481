"""What a server allows at all, whatever it costs: who, where, with which model, and how long."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from bot.domain.ids import ChannelId, UserId
from bot.errors import InvalidInput, NotAllowed

SHOWN = 3
"""How many channels a refusal names."""


class Rules(Protocol):
    """A server's own rules."""

    @property
    def blocked_users(self) -> Collection[UserId]:
        """Members who may ask for nothing."""

    @property
    def channels(self) -> Collection[ChannelId]:
        """Channels where requests are taken; empty for all."""


def check_place(
    rules: Rules, *, user: UserId, channel: ChannelId, parent: ChannelId | None = None
) -> None:
    """Refuse a member who is blocked, and a channel where no requests are taken.

    A thread counts as the channel that it belongs to, which is its `parent`.

    Raises:
        NotAllowed: With a sentence for the member.
    """
    if user in rules.blocked_users:
        raise NotAllowed(
            "An admin of this server has blocked you from asking Minstrel for anything here. If "
            "you think that is a mistake, please talk to them."
        )
    if rules.channels and channel not in rules.channels and parent not in rules.channels:
        raise NotAllowed(
            f"Minstrel takes no requests in this channel. Please ask in {_places(rules.channels)}."
        )


def check_length(seconds: float | None, longest: int | None, *, of_source: bool = False) -> None:
    """Refuse what would be longer than a server takes; a length that nobody knows passes.

    Args:
        seconds: How long it would be.
        longest: How long it may be; None for as long as anybody likes.
        of_source: Whether its length comes from the sound that it is made from.

    Raises:
        InvalidInput: The sentence names the longest.
    """
    if longest is None or seconds is None or seconds <= longest:
        return
    remedy = "Choose a shorter sound to work on" if of_source else f"Ask for {longest} or less"
    raise InvalidInput(
        f"This would be {seconds:g} seconds long, and this server takes up to {longest} seconds. "
        f"{remedy}."
    )


def _places(channels: Collection[ChannelId]) -> str:
    *first, last = [f"<#{channel}>" for channel in sorted(channels)][:SHOWN]
    return f"{', '.join(first)} or {last}" if first else last
