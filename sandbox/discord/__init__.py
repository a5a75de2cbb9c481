"""A small Discord to run bots against. `Discord` is the door."""

from sandbox.discord.server import Discord

__all__ = ["Discord"]
