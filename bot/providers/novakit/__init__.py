"""NovaKit: models behind a monthly plan, run as jobs that tell a percentage."""

from bot.providers.novakit._provider import NovaKitProvider

__all__ = ["NovaKitProvider"]
