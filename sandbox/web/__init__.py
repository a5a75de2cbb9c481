"""The page to try the bot in: static files, and nothing that knows Discord."""

from sandbox.web.page import Page

__all__ = ["Page"]
