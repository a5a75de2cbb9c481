"""A line of the log says for machines what it is about."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from bot.config import Settings
from bot.log_context import is_about
from bot.logs import set_up_logging
from tests import environment

log = logging.getLogger("bot.test")


async def test_each_task_names_its_own_job(capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs that run side by side do not take each other's lines."""
    with environment.logging_as_it_was():
        set_up_logging(Settings(_env_file=None, minstrel_log_format="json"))
        await _work_side_by_side()

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    found = [{name: line.get(name) for name in ("job", "guild", "request")} for line in lines]
    assert found == [
        {"job": "1", "guild": "10", "request": "abc"},
        {"job": "2", "guild": "20", "request": None},
        {"job": None, "guild": None, "request": None},
    ]


async def _work_side_by_side() -> None:
    async def work(job: int, guild: int, request: str | None) -> None:
        is_about(job=job, guild=guild, request=request)
        await asyncio.sleep(0)
        log.warning("half way")

    await asyncio.gather(work(1, 10, "abc"), work(2, 20, None))
    log.warning("all through")
