"""Messages to the person who runs the bot."""

from __future__ import annotations

import discord

from bot.domain.ids import UserId
from bot.errors import DeliveryError, DiscordUnavailable
from bot.jobs.delivery._errors import discord_errors


class OperatorMessages:
    """Implements `bot.jobs.alarms.Operator` on a discord.py client.

    Without an id it is whoever owns the application on Discord, or the team that does.
    """

    def __init__(self, client: discord.Client, operator_id: UserId | None = None) -> None:
        self._client = client
        self._operator_id = operator_id

    async def tell(self, sentence: str) -> None:
        """Send them a direct message."""
        if not self._client.is_ready():
            raise DiscordUnavailable("Minstrel is not connected to Discord yet.")
        with discord_errors():
            channel = await self._client.create_dm(discord.Object(self._id()))
            await channel.send(sentence)

    def _id(self) -> int:
        if self._operator_id is not None:
            return self._operator_id
        application = self._client.application
        if application is None:
            raise DeliveryError("Discord does not say who owns this application.")
        team = application.team
        return team.owner_id or application.owner.id if team else application.owner.id
