"""The cards on Discord: the only room of the jobs that knows discord.py."""

from bot.jobs.delivery._attachments import MessageAttachments, attached_file
from bot.jobs.delivery._audit import AuditMessages
from bot.jobs.delivery._cards import Cards
from bot.jobs.delivery._errors import discord_errors
from bot.jobs.delivery._looks import Renderer, Rendering
from bot.jobs.delivery._operator import OperatorMessages
from bot.jobs.delivery._sizes import DEFAULT_LIMIT_BYTES

__all__ = [
    "DEFAULT_LIMIT_BYTES",
    "AuditMessages",
    "Cards",
    "MessageAttachments",
    "OperatorMessages",
    "Renderer",
    "Rendering",
    "attached_file",
    "discord_errors",
]
