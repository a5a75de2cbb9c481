"""What a server's admins have chosen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot import catalogue
from bot.catalogue import NO_NEWS, Market
from bot.domain.clock import Clock
from bot.domain.ids import GuildId, UserId
from bot.domain.job import AudioFormat, Kind
from bot.errors import InvalidInput
from bot.jobs.choices import Above, check
from bot.jobs.differences import differences
from bot.store import Database, guilds
from bot.store.guilds import GuildSettings

log = logging.getLogger(__name__)

LISTENING_SECONDS = 5
"""How long a change may wait for whoever wants to know of it."""

Change = Callable[[GuildSettings], GuildSettings]
Listener = Callable[[GuildId, UserId, Sequence[str]], Awaitable[None]]
"""Hears of a change: where, by whom, and what is different, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A server's settings after a change.

    Attributes:
        sentences: What is different now; empty when nothing is.
    """

    settings: GuildSettings
    sentences: Sequence[str]


class Preferences:
    """Reads and changes a server's settings."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        above: Above | None = None,
        market: Callable[[], Market] = lambda: NO_NEWS,
    ) -> None:
        self._db = db
        self._clock = clock
        self._market = market
        self._listeners: list[Listener] = []
        self.above = above or Above()

    def subscribe(self, listener: Listener) -> None:
        """Have somebody hear of every change. What goes wrong there harms no change."""
        self._listeners.append(listener)

    async def of(self, guild_id: GuildId) -> GuildSettings:
        """Give a server's settings."""
        return await self._db.read(guilds.get, guild_id)

    async def change(self, guild_id: GuildId, user_id: UserId, fn: Change) -> Changed:
        """Change a server's settings on behalf of a member; the one door for all of it.

        `fn` gets them as they are at that moment and gives them as they should be. It runs inside
        the transaction, so it must be quick and touch nothing else.

        Raises:
            InvalidInput: What `fn` made cannot be; nothing was changed.
        """

        def checked(before: GuildSettings) -> GuildSettings:
            after = fn(before)
            if guild_id in after.tiers or guild_id in after.exempt_roles:
                # Discord's own role for all members has the server's id.
                raise InvalidInput(
                    "@everyone is no role to make exceptions for. What holds for all members is "
                    "set under Limits and Money."
                )
            check(before, after, self.above)
            return after

        before, after = await self._db.write(
            guilds.change, guild_id, checked, now=self._clock.now()
        )
        sentences = differences(before, after, self.above, market=self._market())
        if sentences:
            log.info("guild %s: member %s: %s", guild_id, user_id, " ".join(sentences))
            await self._tell(guild_id, user_id, sentences)
        return Changed(settings=after, sentences=sentences)

    async def choose_model(
        self, guild_id: GuildId, user_id: UserId, kind: Kind, model: str | None
    ) -> Changed:
        """Set the model that a command uses when none is named; None goes back to our own choice.

        Raises:
            InvalidInput: There is no such model, it cannot do what the command does, or it is not
                among those that the server allows.
        """
        return await self.change(guild_id, user_id, with_model(kind, model))

    async def choose_format(
        self, guild_id: GuildId, user_id: UserId, audio_format: AudioFormat | None
    ) -> Changed:
        """Set the kind of file that members get when they name none; None for our own choice."""
        return await self.change(guild_id, user_id, lambda one: replace(one, format=audio_format))

    async def _tell(self, guild_id: GuildId, user_id: UserId, sentences: Sequence[str]) -> None:
        for listener in self._listeners:
            try:
                async with asyncio.timeout(LISTENING_SECONDS):
                    await listener(guild_id, user_id, sentences)
            except Exception:
                log.exception("guild %s: a change of settings could not be told", guild_id)


def with_model(kind: Kind, model: str | None) -> Change:
    """Give the change that sets a command's model.

    Raises:
        InvalidInput: There is no such model, or it cannot do what the command does.
    """
    chosen = None if model is None else catalogue.find(model)
    if chosen is not None and kind not in chosen.about.serves:
        raise InvalidInput(
            f"{chosen.about.title} is not a model for /{kind.value}. Choose one from the "
            "list that the option shows."
        )

    def change(before: GuildSettings) -> GuildSettings:
        models = dict(before.models)
        models.pop(kind, None)
        if chosen is None:
            return replace(before, models=models)
        endpoint = chosen.about.endpoint
        if before.allowed_models and endpoint not in before.allowed_models:
            raise InvalidInput(
                f"{chosen.about.title} is not among the models that this server allows. Allow it "
                "first, in /settings under Models."
            )
        return replace(before, models=models | {kind: endpoint})

    return change


def with_allowed(offered: Sequence[str], ticked: Sequence[str], *, shown: Sequence[str]) -> Change:
    """Give the change that allows some of the models that were offered, and not the others.

    Only what was ticked or unticked since the list was shown is changed, so that what another
    admin did in between stays. A command's model that is no longer allowed is forgotten.

    Args:
        offered: The endpoints in the list.
        ticked: Those that are to be allowed.
        shown: Those that were ticked when the list was shown.
    """
    come = set(ticked) - set(shown)
    gone = (set(offered) - set(ticked)) & set(shown)

    def change(before: GuildSettings) -> GuildSettings:
        everything = {model.about.endpoint for model in catalogue.all_models()}
        allowed = ((before.allowed_models or everything) - gone) | come
        if not allowed & everything:
            raise InvalidInput(
                "No model would be left, and nobody could ask for anything. Leave one ticked at "
                "least."
            )
        models = {kind: one for kind, one in before.models.items() if one in allowed}
        kept = frozenset() if allowed >= everything else frozenset(allowed)
        return replace(before, allowed_models=kept, models=models)

    return change
