"""Letting moderators know of requests that were refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.catalogue import Ask
from bot.domain.ids import ChannelId, GuildId, UserId
from bot.errors import BudgetExceeded, ContentBlocked, LimitReached, NotAllowed, UserError
from bot.jobs.audit_trail import Audit, TurnedDown

P = ParamSpec("P")
T = TypeVar("T")

_TOLD = (ContentBlocked, LimitReached, BudgetExceeded, NotAllowed)
"""What is of interest to moderators; a mistyped option is not."""


class Asking(Protocol):
    """Whoever asks, as far as moderators care."""

    @property
    def guild_id(self) -> GuildId:
        """The server."""

    @property
    def channel_id(self) -> ChannelId:
        """Where it was asked."""

    @property
    def user_id(self) -> UserId:
        """Who asked."""


class Tells(Protocol):
    """Something with an audience."""

    @property
    def audit(self) -> Audit:
        """The audience."""


S = TypeVar("S", bound=Tells)
A = TypeVar("A", bound=Asking)

_Method = Callable[Concatenate[S, Ask, A, P], Awaitable[T]]


def refusals_told(method: _Method[S, A, P, T]) -> _Method[S, A, P, T]:
    """Tell of every refusal that a method raises for a request."""

    @wraps(method)
    async def asking(self: S, ask: Ask, by: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(self, ask, by, *args, **kwargs)
        except _TOLD as error:
            self.audit.note(_turned_down(by, error))
            raise

    return asking


def _turned_down(by: Asking, error: UserError) -> TurnedDown:
    blocked = error if isinstance(error, ContentBlocked) else None
    return TurnedDown(
        guild_id=by.guild_id,
        channel_id=by.channel_id,
        user_id=by.user_id,
        why=error.sentence,
        place=None if blocked is None else blocked.place,
        word=None if blocked is None else blocked.word,
    )
