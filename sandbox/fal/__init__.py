"""A local fal to try the bot against, and to test it with."""

from sandbox.fal.server import Fal
from sandbox.fal.settings import Settings

__all__ = ["Fal", "Settings"]
