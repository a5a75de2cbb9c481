"""What the checks find, and what they tell whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from pydantic import SecretStr

from bot import catalogue
from bot.catalogue import FAL, Market
from bot.config import Settings
from bot.doctor import Finding, Level, page
from bot.doctor.checks import CHECKS
from bot.doctor.findings import Check, Moot, Remark, run
from bot.doctor.patient import Patient, Place, Spot
from bot.domain.offers import Listed
from bot.errors import BadCredentials, StartupError
from bot.store import Database
from tests.clock import ManualClock
from tests.jobs.fakes import ScriptedProvider

ENDPOINTS = [one.about.endpoint for one in catalogue.all_models() if one.about.provider == FAL]
HERE = Spot(mention="<#1>", missing=())


class FakeLine:
    """Discord, as well as a test wants it."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.skew = timedelta()
        self.flags = 0
        self.endpoint: str | None = None

    async def who(self) -> str:
        """Be well."""
        return "connected."

    async def application(self) -> discord.AppInfo:
        """Give what the checks look at."""
        info: Any = type("Info", (), {})()
        info.flags = discord.ApplicationFlags._from_value(self.flags)
        info.interactions_endpoint_url = self.endpoint
        application: discord.AppInfo = info
        return application

    async def time(self) -> datetime:
        """Give the time as Discord has it."""
        return self._clock.now() - self.skew


@pytest.fixture
async def clock() -> ManualClock:
    """A clock that stands still."""
    return ManualClock()


@pytest.fixture
def line(clock: ManualClock) -> FakeLine:
    """Discord at its best."""
    return FakeLine(clock)


@pytest.fixture
async def patient(
    migrated: Path, tmp_path: Path, clock: ManualClock, line: FakeLine
) -> AsyncIterator[Patient]:
    """A bot in a server, with everything in order."""
    settings = Settings(_env_file=None, fal_key=SecretStr("a:b"), minstrel_data_dir=tmp_path)
    async with Database.open(f"sqlite:///{migrated}") as db:

        @asynccontextmanager
        async def database() -> AsyncIterator[Database]:
            yield db

        yield Patient(
            settings=settings,
            clock=clock,
            line=line,
            open_database=database,
            providers={FAL: ScriptedProvider(clock)},
            paused={},
            market=asking(listed_at=clock.now()),
            place=Place(here=HERE, upload_bytes=10 * 1024**2),
        )


def asking(**more: Any) -> Any:
    """Give what asks for a market."""
    known = {"listings": dict.fromkeys(ENDPOINTS, Listed.ACTIVE), "providers": frozenset({FAL})}

    async def ask() -> Market:
        return Market(**known | more)

    return ask


async def told(patient: Patient, subject: str) -> Finding:
    """Look at everything, and give one finding."""
    return next(one for one in await run(CHECKS, patient) if one.subject == subject)


async def test_a_bot_that_is_well_has_nothing_to_complain_of(patient: Patient) -> None:
    """Every check speaks, and each says so."""
    found = await run(CHECKS, patient)

    assert [one.subject for one in found] == [check.subject for check in CHECKS]
    assert {one.level for one in found} == {Level.FINE}
    assert page(found).title == "All is well"


async def test_missing_permissions_are_named_as_discord_names_them(patient: Patient) -> None:
    """Here, and wherever else the bot is used."""
    place = Place(
        here=Spot(mention="<#1>", missing=("Attach Files",)),
        elsewhere=(HERE, Spot(mention="<#2>", missing=("View Channel", "Send Messages"))),
    )

    finding = await told(replace(patient, place=place), "Permissions")

    assert finding.level is Level.BAD
    assert '<#1> lacks "Attach Files"; <#2> lacks "View Channel" and "Send Messages".' in (
        finding.words
    )


async def test_a_wrong_clock_is_told_with_its_direction(patient: Patient, line: FakeLine) -> None:
    """A few seconds are the network's."""
    line.skew = timedelta(seconds=4)
    assert (await told(patient, "Clock")).level is Level.FINE
    for skew, words in ((40, "40 seconds fast"), (-40, "40 seconds slow")):
        line.skew = timedelta(seconds=skew)
        finding = await told(patient, "Clock")
        assert finding.level is Level.BAD
        assert words in finding.words


async def test_intents_and_a_stolen_endpoint_are_told(patient: Patient, line: FakeLine) -> None:
    """Message Content is not needed; commands that go elsewhere are the end of the bot."""
    assert "not granted, and not needed" in (await told(patient, "Intents")).words
    line.flags = 1 << 19
    assert "is granted" in (await told(patient, "Intents")).words
    line.endpoint = "https://example.com"
    finding = await told(patient, "Intents")
    assert finding.level is Level.BAD
    assert "Interactions Endpoint URL" in finding.words


async def test_a_paused_or_locked_account_is_told(patient: Patient, clock: ManualClock) -> None:
    """And that nothing is lost."""
    paused = replace(patient, paused={FAL: "Paused by the operator."})
    assert "go on by themselves" in (await told(paused, "Provider")).words

    provider = ScriptedProvider(clock)
    provider.look_up_faults.append(BadCredentials("The key is not accepted."))
    locked = replace(patient, providers={FAL: provider})
    assert (await told(locked, "Provider")).words == "The key is not accepted."


async def test_models_that_are_gone_are_named(patient: Patient, clock: ManualClock) -> None:
    """One is worth a remark; all of them are trouble; an old list is told with its date."""
    first = catalogue.find(ENDPOINTS[0])
    some = await told(
        replace(patient, market=asking(gone=frozenset(ENDPOINTS[:1]), listed_at=clock.now())),
        "Models",
    )
    none = await told(replace(patient, market=asking(gone=frozenset(ENDPOINTS))), "Models")
    old = await told(
        replace(patient, market=asking(listed_at=clock.now() - timedelta(days=9))), "Models"
    )

    assert some.level is Level.NOTE
    assert first.about.title in some.words
    assert none.level is Level.BAD
    assert (old.level, "No newer one" in old.words) == (Level.NOTE, True)


async def test_members_of_a_server_read_no_paths(patient: Patient, tmp_path: Path) -> None:
    """The operator does, on the console."""
    (tmp_path / "file").touch()
    broken = patient.settings.model_copy(update={"minstrel_data_dir": tmp_path / "file"})
    for is_operator in (False, True):
        for settings in (patient.settings, broken):
            looked_at = replace(patient, settings=settings, is_operator=is_operator)
            finding = await told(looked_at, "Data directory")
            assert (str(tmp_path) in finding.words) is is_operator
            assert (finding.level is Level.BAD) is (settings is broken)


async def test_settings_that_lost_their_ground_are_told(patient: Patient) -> None:
    """With where to put them right."""
    place = Place(here=HERE, lost=("the audit channel is gone",))

    finding = await told(replace(patient, place=place), "Settings")

    assert finding.words == "the audit channel is gone. Choose anew with /settings."


async def test_one_check_that_breaks_spoils_no_other() -> None:
    """Each has its own end, and what hangs is left behind."""

    async def well(_: object) -> str:
        return "well."

    async def remark(_: object) -> str:
        raise Remark("old.")

    async def moot(_: object) -> str:
        raise Moot("no.")

    async def bad(_: object) -> str:
        raise StartupError("bad.")

    async def broken(_: object) -> str:
        raise KeyError("secret")

    async def late(_: object) -> str:
        raise TimeoutError

    async def absent(_: object) -> None:
        await asyncio.sleep(0)

    looks = (well, remark, moot, bad, broken, late, absent)
    found = await run([Check(one.__name__, one) for one in looks], None)

    assert [(one.subject, one.level) for one in found] == [
        ("well", Level.FINE),
        ("remark", Level.NOTE),
        ("bad", Level.BAD),
        ("broken", Level.BAD),
        ("late", Level.BAD),
    ]
    assert "secret" not in str(found)


def test_what_is_not_well_stands_first() -> None:
    """And the title counts it."""
    fine = Finding(subject="A", level=Level.FINE, words="well.")
    bad = Finding(subject="B", level=Level.BAD, words="x " * 400)

    shown = page([fine, bad])

    assert shown.title == "One thing needs somebody"
    assert (shown.description or "").index("**B**") < (shown.description or "").index("**A**")
    assert len(page([bad] * 10).description or "") <= 4096
