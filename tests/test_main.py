"""The console command: what each way of starting it comes to."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.domain.clock import SystemClock
from bot.errors import StartupError
from bot.jobs.restoring import Restored, take_in
from bot.store import Database, migrate
from tests import environment


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No setting, no `.env`, and logging put back afterwards."""
    environment.empty(monkeypatch, tmp_path)
    with environment.logging_as_it_was():
        yield


class Became:
    """Stands in for going on as another program."""

    def __init__(self) -> None:
        self.command: list[str] | None = None

    def __call__(self, command: list[str]) -> int:
        self.command = command
        return 0


def test_without_any_key_the_sandbox_starts() -> None:
    """A newcomer hears it work before owning a single key."""
    became = Became()

    assert main(["run"], become=became) == 0

    assert became.command == [sys.executable, "-m", "sandbox"]


def test_the_sandbox_gets_its_own_options() -> None:
    """They are not ours to understand."""
    became = Became()

    main(["sandbox", "--no-bot", "--record", "all.jsonl"], become=became)

    assert became.command == [sys.executable, "-m", "sandbox", "--no-bot", "--record", "all.jsonl"]


def test_the_sandbox_starts_whatever_the_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what one tries when the settings are the trouble."""
    monkeypatch.setenv("MINSTREL_MAX_ACTIVE", "many")
    became = Became()

    assert main(["sandbox"], become=became) == 0


@pytest.mark.parametrize(
    ("given", "missing"), [("DISCORD_TOKEN", "FAL_KEY"), ("FAL_KEY", "DISCORD_TOKEN")]
)
def test_with_one_key_the_other_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: str, missing: str
) -> None:
    """One clear sentence and exit code 69: starting the sandbox then would be a surprise."""
    monkeypatch.setenv(given, "something")
    became = Became()

    assert main(["run"], become=became) == 69

    told = capsys.readouterr()
    assert told.err.startswith(f"minstrel: {missing} is not set.")
    assert told.err.count("\n") == 1
    assert "something" not in told.err
    assert became.command is None


@pytest.mark.parametrize("command", ["run", "migrate", "doctor"])
def test_a_bad_setting_is_named_with_what_was_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Which one, what it is set to, and what it takes, in one line."""
    monkeypatch.setenv("MINSTREL_MAX_ACTIVE", "many")

    assert main([command]) == 69

    told = capsys.readouterr().err
    assert "MINSTREL_MAX_ACTIVE" in told
    assert "'many'" in told
    assert told.count("\n") == 1
    assert "Traceback" not in told


def test_a_database_that_cannot_be_made_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """No traceback for what an operator can mend."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/file/minstrel.db")

    assert main(["migrate"]) == 69

    told = capsys.readouterr().err
    assert told.startswith("minstrel: ")
    assert "Traceback" not in told


def test_migrate_makes_the_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And doing it again is harmless."""
    monkeypatch.setenv("MINSTREL_DATA_DIR", str(tmp_path))

    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0

    with sqlite3.connect(tmp_path / "minstrel.db") as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    db.close()
    assert {"jobs", "ledger", "quota"} <= tables


def test_doctor_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line for each thing; not in order is exit code 1."""
    monkeypatch.setenv("MINSTREL_DATA_DIR", str(tmp_path))
    assert main(["migrate"]) == 0

    assert main(["doctor"]) == 1

    told = capsys.readouterr().out
    assert "ok  Data directory" in told
    assert "ok  Database" in told
    assert "BAD Discord: DISCORD_TOKEN is not set." in told
    assert "BAD Provider: FAL_KEY is not set." in told
    assert "Clock" not in told


def test_an_unknown_option_is_not_swallowed(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped option must not start a bot that ignores it."""
    with pytest.raises(SystemExit) as caught:
        main(["run", "--no-bot"])

    assert caught.value.code == 2
    assert "--no-bot" in capsys.readouterr().err


def test_a_database_is_copied_from_the_console(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides are brought up to date first, and what to do next is said."""
    source, target = (f"sqlite:///{tmp_path / name}.db" for name in ("old", "new"))

    assert main(["copy-database", source, target]) == 0

    told = capsys.readouterr().out
    assert "jobs: 0 rows copied" in told
    assert "Set DATABASE_URL" in told


def test_a_database_that_is_no_database_is_not_copied(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sentence says how to write a URL."""
    assert main(["copy-database", "nonsense", f"sqlite:///{tmp_path / 'new.db'}"]) == 69

    assert "Write it like" in capsys.readouterr().err


def test_a_backup_is_taken_in_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A start command that nobody changed back ends with a sentence, before anything is sent."""
    monkeypatch.setenv("DISCORD_TOKEN", "token")
    monkeypatch.setenv("FAL_KEY", "key:secret")
    monkeypatch.setenv("MINSTREL_DATA_DIR", str(tmp_path))
    url = f"sqlite:///{tmp_path}/minstrel.db"

    async def take_in_before() -> None:
        await migrate(url)
        async with Database.open(url) as db:
            await take_in(db, SystemClock(), Restored.ONCE)

    asyncio.run(take_in_before())

    assert main(["run", "--restored"]) == StartupError.exit_code
    assert "without --restored" in capsys.readouterr().err


def test_of_a_backup_only_once_and_again_can_be_said() -> None:
    """Everything else is a slip of the pen."""
    with pytest.raises(SystemExit):
        main(["run", "--restored", "twice"])
