"""A line of the log says for machines what it is about."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from bot.config import Settings
from bot.log_context import is_about
from bot.logs import set_up_logging
from tests import environment

log = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def logging_for_machines(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """One JSON object per line, and all put back afterwards."""
    del capsys  # it must be there first: it takes the place of standard error
    with environment.logging_as_it_was():
        set_up_logging(Settings(_env_file=None, minstrel_log_format="json"))
        yield


async def test_each_task_names_its_own_job(capsys: pytest.CaptureFixture[str]) -> None:
    """Jobs that run side by side do not take each other's lines."""

    async def work(job: int, guild: int, request: str | None) -> None:
        is_about(job=job, guild=guild, request=request)
        await asyncio.sleep(0)
        log.warning("half way")

    await asyncio.gather(work(1, 10, "abc"), work(2, 20, None))
    log.warning("all through")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    found = [{name: line.get(name) for name in ("job", "guild", "request")} for line in lines]
    assert found == [
        {"job": "1", "guild": "10", "request": "abc"},
        {"job": "2", "guild": "20", "request": None},
        {"job": None, "guild": None, "request": None},
    ]
