"""What is in order, what is not, and what to do about it: on the console, and in a server."""

from bot.doctor.console import examine
from bot.doctor.findings import Finding, Level
from bot.doctor.page import page
from bot.doctor.server import look_over

__all__ = ["Finding", "Level", "examine", "look_over", "page"]
