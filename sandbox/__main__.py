"""`minstrel sandbox`: try the bot in a page, without accounts and without keys."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bot.config import Settings, load_settings
from bot.errors import StartupError
from bot.logs import set_up_logging
from sandbox.app import Sandbox
from sandbox.child import BotProcess
from sandbox.recording import Recording

WELCOME = """
  Minstrel's sandbox is ready. It runs on this machine alone and costs nothing.

      Open  {url}  and type /music

  To make it real, put two keys into the environment or the file .env, and start again:
      DISCORD_TOKEN   your bot's token, from the Discord Developer Portal
      FAL_KEY         your fal key, as id:secret

  Stop with Ctrl+C.
"""

ALONE = """
  The far ends are ready at {url}, without a bot.
      Discord  {url}/api/v10 and {gateway}
      fal      {url}/fal/queue, {url}/fal/rest, {url}/fal/v1
      others   {url}/novakit, {url}/nur
  Stop with Ctrl+C.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sandbox until it is stopped, and give the process's exit code."""
    try:
        settings = load_settings()
        args = _parser(settings).parse_args(argv)
        set_up_logging(settings)
        logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
        asyncio.run(_run(args, settings))
    except StartupError as error:
        print(f"minstrel: {error.sentence}", file=sys.stderr)  # noqa: T201 - a person reads it
        return error.exit_code
    return 0


def _parser(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="minstrel sandbox", description="Try Minstrel in a local page, without keys."
    )
    parser.add_argument("--no-bot", action="store_true", help="start the far ends alone")
    parser.add_argument("--port", type=int, default=settings.minstrel_sandbox_port)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="write all traffic as JSON lines"
    )
    return parser


async def _run(args: argparse.Namespace, settings: Settings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows: asyncio.run still handles Ctrl+C
            loop.add_signal_handler(number, stopping.set)
    with Recording.open(args.record) as record:
        async with Sandbox(port=args.port, host=args.host, record=record) as sandbox:
            url = sandbox.base_url
            if args.no_bot:
                _say(ALONE.format(url=url, gateway=url.replace("http", "ws", 1) + "/gateway"))
            else:
                data_dir = _fresh(settings.minstrel_data_dir / "sandbox")
                sandbox.bot = BotProcess(lambda: url, data_dir)
                sandbox.bot.start()
                _say(WELCOME.format(url=url))
            await stopping.wait()


def _fresh(folder: Path) -> Path:
    """Begin anew each time: the sandbox's Discord forgets everything, so its bot must, too."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201 - a person reads it


if __name__ == "__main__":
    sys.exit(main())
