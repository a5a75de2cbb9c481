"""When garbage is looked for, and in what."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from bot import garbage
from bot.app import MinstrelBot, stay_connected
from bot.config import Settings
from tests.clock import ManualClock


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave this process as it was."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_is_loaded_is_gone_through_no_more() -> None:
    """A look at everything holds the event loop up for as long as there is to look at."""
    loaded = [Circle() for _ in range(1_000)]

    garbage.set_apart()

    assert not any(isinstance(one, Circle) for one in gc.get_objects())
    assert gc.get_freeze_count() > len(loaded)


def test_what_comes_later_is_found() -> None:
    """Nothing that a job leaves behind stays."""
    garbage.set_apart()
    left_behind = weakref.ref(Circle())

    gc.collect()

    assert left_behind() is None


def test_what_was_garbage_before_is_freed_first() -> None:
    """Nobody would find it afterwards."""
    left_behind = weakref.ref(Circle())

    garbage.set_apart()

    assert left_behind() is None


def test_the_youngest_are_gone_through_rarely() -> None:
    """A few thousand live requests are no reason to search every second."""
    garbage.set_apart()

    assert gc.get_threshold()[0] >= 10_000
    assert gc.get_threshold()[1] >= 20


class Alone(MinstrelBot):
    """A bot without a Discord; it notes how much is set apart at each step of its start."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, ready_seconds=0)
        self.apart: dict[str, int] = {}

    async def login(self, token: str) -> None:
        """Log in at once."""
        self.apart["login"] = gc.get_freeze_count()

    async def choose_shards(self) -> None:
        """Ask nobody."""

    async def connect(self, *, reconnect: bool = True) -> None:
        """Be where servers would begin to come."""
        self.apart["connect"] = gc.get_freeze_count()


async def test_a_bot_sets_apart_what_it_loaded_before_servers_come() -> None:
    """After the login, with which the commands are loaded; jobs and servers are to be found later."""
    bot = Alone(Settings())

    await stay_connected(bot, "token", ManualClock())

    assert bot.apart["connect"] > bot.apart["login"] + 10_000
    assert gc.get_threshold()[0] >= 10_000
