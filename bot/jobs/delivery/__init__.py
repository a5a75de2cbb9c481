"""The cards on Discord: the only room of the jobs that knows discord.py."""

from bot.jobs.delivery._cards import Cards, Renderer, Rendering
from bot.jobs.delivery._errors import discord_errors

__all__ = ["Cards", "Renderer", "Rendering", "discord_errors"]
