"""fal.ai: its queue, results, history and storage, on plain HTTP."""

from bot.providers.fal._provider import FalProvider

__all__ = ["FalProvider"]
