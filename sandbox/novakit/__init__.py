"""A local NovaKit: jobs with percentages, a monthly quota, and real audio."""

from sandbox.novakit.server import NovaKit

__all__ = ["NovaKit"]
