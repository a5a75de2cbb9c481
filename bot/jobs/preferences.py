"""What a server's admins have chosen."""

from __future__ import annotations

from dataclasses import replace

from bot import catalogue
from bot.domain.clock import Clock
from bot.domain.ids import GuildId
from bot.domain.job import AudioFormat, Kind
from bot.errors import InvalidInput
from bot.store import Database, guilds
from bot.store.guilds import GuildSettings


class Preferences:
    """Reads and changes a server's settings."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of(self, guild_id: GuildId) -> GuildSettings:
        """Give a server's settings."""
        return await self._db.read(guilds.get, guild_id)

    async def choose_model(self, guild_id: GuildId, kind: Kind, model: str | None) -> GuildSettings:
        """Set the model that a command uses when none is named; None goes back to our own choice.

        Raises:
            InvalidInput: There is no such model, or it cannot do what the command does.
        """
        settings = await self.of(guild_id)
        models = dict(settings.models)
        if model is None:
            models.pop(kind, None)
        else:
            chosen = catalogue.find(model)
            if kind not in chosen.about.serves:
                raise InvalidInput(
                    f"{chosen.about.title} is not a model for /{kind.value}. Choose one from the "
                    "list that the option shows."
                )
            models[kind] = chosen.about.endpoint
        return await self._save(guild_id, replace(settings, models=models))

    async def choose_format(self, guild_id: GuildId, audio_format: AudioFormat) -> GuildSettings:
        """Set the kind of file that members get when they name none."""
        return await self._save(guild_id, replace(await self.of(guild_id), format=audio_format))

    async def _save(self, guild_id: GuildId, settings: GuildSettings) -> GuildSettings:
        await self._db.write(guilds.save, guild_id, settings, now=self._clock.now())
        return settings
