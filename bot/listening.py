"""The two small servers of the bot's own, as far as they are alike: a port that may be taken."""

from __future__ import annotations

from aiohttp import web

from bot.errors import StartupError

FAREWELL_SECONDS = 1.0
"""How long requests may still take once the process is told to stop."""


async def listen(app: web.Application, *, host: str | None, port: int, taken: str) -> web.AppRunner:
    """Serve an application until the runner is cleaned up; `host` None is every address there is.

    Raises:
        StartupError: The port cannot be had; `taken` is the sentence that says what to do.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=FAREWELL_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise StartupError(taken) from error
    return runner
