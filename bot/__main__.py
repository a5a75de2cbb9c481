"""The console command: run, sandbox, migrate, copy-database, doctor."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from bot.errors import StartupError


def main(
    argv: Sequence[str] | None = None, *, become: Callable[[list[str]], int] | None = None
) -> int:
    """Run one sub-command and give the process's exit code.

    `become` goes on as another program, given its command line.
    """
    become = become or _become
    args, rest = _parser().parse_known_args(argv)
    try:
        if args.command == "sandbox":
            return become(_sandbox(rest))
        if rest:
            _parser().error(f"unrecognized arguments: {' '.join(rest)}")
        if args.command == "copy-database":
            from bot.moving import copy_database  # noqa: PLC0415 - see below

            return asyncio.run(copy_database(args.source, args.target))
        return _with_settings(args, become)
    except StartupError as error:
        print(f"minstrel: {error.sentence}", file=sys.stderr)  # noqa: T201 - a person reads it
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="minstrel", description="A self-hosted Discord bot that makes music."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the bot; without any key, the sandbox")
    run.add_argument(
        "--restored",
        nargs="?",
        const="once",
        choices=("once", "again"),
        help="the database is a backup that was put back: look up what may have been paid since",
    )
    commands.add_parser("sandbox", help="try the bot in a local page, without keys", add_help=False)
    commands.add_parser("migrate", help="bring the database up to date")
    copy = commands.add_parser(
        "copy-database", help="copy everything into another database, such as PostgreSQL"
    )
    copy.add_argument("source", metavar="FROM", help="its DATABASE_URL; no bot may be using it")
    copy.add_argument("target", metavar="TO", help="the DATABASE_URL of an empty database")
    commands.add_parser("doctor", help="check settings, keys, database and disk")
    return parser


def _with_settings(args: argparse.Namespace, become: Callable[[list[str]], int]) -> int:
    # Imported late: audio children import this module again, and need none of it.
    from bot.config import load_settings  # noqa: PLC0415
    from bot.logs import set_up_logging  # noqa: PLC0415

    settings = load_settings()
    set_up_logging(settings)
    if args.command == "migrate":
        from bot.store import migrate  # noqa: PLC0415

        asyncio.run(migrate(settings.store_url))
        return 0
    if args.command == "doctor":
        from bot.doctor import examine  # noqa: PLC0415

        return asyncio.run(examine(settings))
    if settings.discord_token is None and settings.fal_key is None:
        return become(_sandbox([]))
    missing = "DISCORD_TOKEN" if settings.discord_token is None else "FAL_KEY"
    if settings.discord_token is None or settings.fal_key is None:
        raise StartupError(
            f"{missing} is not set. Put it into the environment or the file .env, next to the "
            "other key; with neither of the two, the sandbox starts."
        )
    from bot.app import run  # noqa: PLC0415
    from bot.jobs.restoring import Restored  # noqa: PLC0415

    restored = None if args.restored is None else Restored(args.restored)
    asyncio.run(run(settings, restored=restored))
    return 0


def _sandbox(rest: Sequence[str]) -> list[str]:
    """Give the sandbox's command line. It is a program beside the bot: the bot never imports it."""
    return [sys.executable, "-m", "sandbox", *rest]


def _become(command: list[str]) -> int:
    if os.name != "nt":
        os.execv(command[0], command)  # noqa: S606 - our own interpreter and module
    return subprocess.call(command)  # noqa: S603 - likewise


if __name__ == "__main__":
    sys.exit(main())
