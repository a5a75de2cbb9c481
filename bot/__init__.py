"""Minstrel: a self-hosted Discord bot that makes music."""

from importlib.metadata import version

__version__ = version("minstrel")
