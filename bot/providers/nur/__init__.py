"""Nur: one model of music, with its track to be asked for until it is done."""

from bot.providers.nur._provider import NurProvider

__all__ = ["NurProvider"]
